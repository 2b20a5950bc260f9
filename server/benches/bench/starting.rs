//! From the start of the process to its first answer, on a database that is there.

use crate::{Result, shop, table};

const STARTS: usize = 20;

pub async fn run() -> Result<()> {
    table::title("Start on an existing database until the first answer");
    let mut shop = shop::Shop::open().await?;
    let mut starts = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        starts.push(shop.restart().await?);
    }
    table::times("after a kill", &mut starts, None);
    Ok(())
}
