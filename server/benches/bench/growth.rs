//! Whether spends become slower as the ledger grows.

use crate::{Result, spends, table};

const SMALLEST: usize = 10_000;
/// `TENDER_BENCH_ENTRIES` sets another end, as 10000000.
const LARGEST: usize = 1_000_000;

pub async fn run() -> Result<()> {
    let largest = match std::env::var("TENDER_BENCH_ENTRIES") {
        Ok(largest) => largest.parse()?,
        Err(_) => LARGEST,
    };
    let folder = tempfile::tempdir()?;
    let sqlite = format!("sqlite:{}", folder.path().join("tender.db").display());
    on("SQLite", &sqlite, largest).await?;
    // `make bench` starts one.
    if let Ok(postgres) = std::env::var("TENDER_TEST_POSTGRES") {
        on("PostgreSQL", &postgres, largest).await?;
    }
    Ok(())
}

async fn on(name: &str, database: &str, largest: usize) -> Result<()> {
    table::title(&format!(
        "Spends in a second as the ledger grows, spread over 10,000 customers, on {name}"
    ));
    // Each customer has one entry to begin with.
    let shop = spends::Shop::open(database).await?;
    let (mut entries, mut size, mut first) = (SMALLEST, SMALLEST, None);
    while size <= largest {
        if size > entries {
            shop.rate(size - entries, spends::Whose::Everybody).await?;
        }
        let rate = shop.rate(spends::SPENDS, spends::Whose::Everybody).await?;
        entries = size + spends::SPENDS;
        let first = *first.get_or_insert(rate);
        println!(
            "  {:<44} {rate:>9.0} /s {:>22.2} x",
            format!("{size} entries"),
            rate / first
        );
        size *= 10;
    }
    shop.close().await;
    Ok(())
}
