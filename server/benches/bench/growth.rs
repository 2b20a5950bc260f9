//! Whether spends become slower as the ledger grows.

use reqwest::Url;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{
    Result,
    spends::{self, Keys, Whose},
    table,
};

const SMALLEST: usize = 10_000;
/// `TENDER_BENCH_ENTRIES` sets another end, as 10000000.
const LARGEST: usize = 1_000_000;

pub async fn run() -> Result<()> {
    let largest = match std::env::var("TENDER_BENCH_ENTRIES") {
        Ok(largest) => largest.parse()?,
        Err(_) => LARGEST,
    };
    let folder = tempfile::tempdir()?;
    for (keys, how) in [
        (Keys::InOrderOfTime, "in order"),
        (Keys::AtRandom, "at random"),
    ] {
        let file = folder.path().join("tender.db");
        let sqlite = format!("sqlite:{}", file.display());
        on("SQLite", &sqlite, keys, how, largest).await?;
        std::fs::remove_file(file)?;
        // `make bench` starts one.
        if let Ok(postgres) = std::env::var("TENDER_TEST_POSTGRES") {
            let postgres = own_database(&postgres, how).await?;
            on("PostgreSQL", &postgres, keys, how, largest).await?;
        }
    }
    Ok(())
}

/// An empty database beside the one at this address: other parts leave what they wrote in that.
async fn own_database(postgres: &str, name: &str) -> Result<String> {
    let mut connection = PgConnection::connect(postgres).await?;
    let sql = AssertSqlSafe(format!("create database \"{name}\""));
    sqlx::query(sql).execute(&mut connection).await?;
    let mut own = Url::parse(postgres)?;
    own.set_path(name);
    Ok(own.into())
}

async fn on(name: &str, database: &str, keys: Keys, how: &str, largest: usize) -> Result<()> {
    table::title(&format!(
        "Spends in a second as the ledger grows, over 10,000 customers, keys {how}, on {name}"
    ));
    // Each customer has one entry to begin with.
    let shop = spends::Shop::open(database).await?;
    let (mut entries, mut size, mut first) = (SMALLEST, SMALLEST, None);
    while size <= largest {
        if size > entries {
            shop.rate(size - entries, Whose::Everybody, keys).await?;
        }
        let rate = shop.rate(spends::SPENDS, Whose::Everybody, keys).await?;
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
