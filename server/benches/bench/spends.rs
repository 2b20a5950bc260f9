//! How many spends a second are durable: spread over many customers, and all of one.

use std::{
    fs::File,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use billing::{
    Billing,
    customer::Naming,
    id::CustomerId,
    ledger::{Gift, Spend, Spent},
    money::Credits,
};
use futures::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use crate::{Result, shop, table};

const CUSTOMERS: usize = 10_000;
pub const SPENDS: usize = 40_000;
/// One after the other they take longer; fewer tell the same.
const BASELINE_SPENDS: usize = 2_000;
const CLIENTS: usize = 1024;
const FLUSHES: u32 = 1_000;

pub async fn run() -> Result<()> {
    let folder = tempfile::tempdir()?;
    table::title("A file on this disk");
    let flushes = flushes(&folder.path().join("file"))?;
    println!("  {:<44} {flushes:>9.0} /s", "4 KiB written and flushed");
    let sqlite = format!("sqlite:{}", folder.path().join("tender.db").display());
    on("SQLite", &sqlite).await?;
    // `make bench` starts one.
    if let Ok(postgres) = std::env::var("TENDER_TEST_POSTGRES") {
        on("PostgreSQL", &postgres).await?;
    }
    Ok(())
}

async fn on(name: &str, database: &str) -> Result<()> {
    table::title(&format!("Spends in a second, durable, on {name}"));
    let shop = Shop::open(database).await?;
    let mut alone = Vec::with_capacity(BASELINE_SPENDS);
    let begun = Instant::now();
    for n in 0..BASELINE_SPENDS {
        let customer = shop.customers[n % CUSTOMERS];
        alone.push(spend(&shop.billing, customer, Keys::AtRandom).await?);
    }
    let baseline = BASELINE_SPENDS as f64 / begun.elapsed().as_secs_f64();
    let spread = shop.rate(SPENDS, Whose::Everybody, Keys::AtRandom).await?;
    let hot = shop.rate(SPENDS, Whose::One, Keys::AtRandom).await?;
    shop.close().await;
    println!(
        "  {:<44} {baseline:>9.0} /s",
        "baseline: one transaction each"
    );
    for (what, rate) in [
        ("spread over 10,000 customers", spread),
        ("of one customer", hot),
    ] {
        println!("  {what:<44} {rate:>9.0} /s {:>22.1} x", rate / baseline);
    }
    println!(
        "  {:<44} {:>36.2} x",
        "of one customer to spread",
        hot / spread
    );
    table::times("latency of one by itself", &mut alone, None);
    Ok(())
}

/// Customers with many credits.
pub struct Shop {
    billing: Billing,
    customers: Vec<CustomerId>,
}

/// Whose credits are spent.
#[derive(Clone, Copy)]
pub enum Whose {
    Everybody,
    One,
}

/// How clients make the keys of their requests.
#[derive(Clone, Copy)]
pub enum Keys {
    /// UUIDs of version 4.
    AtRandom,
    /// UUIDs of version 7.
    InOrderOfTime,
}

impl Shop {
    pub async fn open(database: &str) -> Result<Self> {
        let billing = shop::billing_on(database).await?;
        let customers = stream::iter(0..CUSTOMERS)
            .map(|n| customer(&billing, n))
            .buffered(CLIENTS)
            .try_collect()
            .await?;
        Ok(Self { billing, customers })
    }

    /// Spends so many times, and answers how many were durable in a second.
    pub async fn rate(&self, spends: usize, whose: Whose, keys: Keys) -> Result<f64> {
        let customer = |n: usize| match whose {
            Whose::Everybody => self.customers[n % CUSTOMERS],
            Whose::One => self.customers[0],
        };
        let begun = Instant::now();
        stream::iter(0..spends)
            .map(|n| spend(&self.billing, customer(n), keys))
            .buffer_unordered(CLIENTS)
            .try_for_each(|_| async { Ok(()) })
            .await?;
        Ok(spends as f64 / begun.elapsed().as_secs_f64())
    }

    pub async fn close(self) {
        self.billing.stop().await;
    }
}

/// How many writes a second the disk takes for durable: what a commit costs at least.
fn flushes(path: &Path) -> Result<f64> {
    let mut file = File::create(path)?;
    let begun = Instant::now();
    for _ in 0..FLUSHES {
        file.write_all(&[1; 4096])?;
        file.sync_data()?;
    }
    Ok(f64::from(FLUSHES) / begun.elapsed().as_secs_f64())
}

async fn spend(billing: &Billing, customer: CustomerId, keys: Keys) -> Result<Duration> {
    let begun = Instant::now();
    let spend = Spend {
        customer,
        amount: Credits(1),
        note: "Picture".to_owned(),
        key: match keys {
            Keys::AtRandom => Uuid::new_v4(),
            Keys::InOrderOfTime => Uuid::now_v7(),
        }
        .to_string(),
    };
    match billing.spend(spend).await? {
        Spent::Done(_) => Ok(begun.elapsed()),
        Spent::Insufficient { .. } => Err("too few credits".into()),
    }
}

async fn customer(billing: &Billing, number: usize) -> Result<CustomerId> {
    let naming = Naming {
        external_id: format!("c{number}"),
        email: None,
        key: format!("c{number}"),
    };
    let customer = billing.name_customer(naming).await?.id;
    let gift = Gift {
        customer,
        amount: Credits(1_000_000_000),
        note: "Welcome".to_owned(),
        starts_at: None,
        expires_at: None,
        priority: 0,
        key: "welcome".to_owned(),
    };
    billing.give(gift).await?;
    Ok(customer)
}
