//! The staff's desk over many customers: how long the server takes for each page, as a client on the same
//! machine sees it, and how its memory grows while everything is taken along as files.

mod pages;
mod taken_along;

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use sqlx::{Connection, PgConnection};

use crate::{
    Result,
    shop::{self, Customer, Shop},
    table,
};
use pages::pages;
use taken_along::{Sample, taken_along};

/// `TENDER_BENCH_CUSTOMERS` sets another number; `TENDER_BENCH_FILLED` is the URL of a database that
/// `tender demo` has filled already, which gets nothing but one more owner.
const CUSTOMERS: u32 = 10_000;
/// Each has about so many entries in the ledger.
const ENTRIES: u32 = 10;
const REQUESTS: usize = 100;
/// A page that is too slow for so many is asked for no longer than that, but so often at least.
const PATIENCE: Duration = Duration::from_secs(10);
const FEWEST: usize = 10;

pub async fn run() -> Result<()> {
    let customers = match std::env::var("TENDER_BENCH_CUSTOMERS") {
        Ok(customers) => customers.parse()?,
        Err(_) => CUSTOMERS,
    };
    if let Ok(filled) = std::env::var("TENDER_BENCH_FILLED") {
        table::title(&format!("The desk over {filled}"));
        return asked_of(&filled).await;
    }
    let folder = tempfile::tempdir()?;
    let sqlite = format!("sqlite:{}", folder.path().join("tender.db").display());
    on("SQLite", &sqlite, folder.path(), customers).await?;
    // `make bench` starts one.
    if let Ok(postgres) = std::env::var("TENDER_TEST_POSTGRES") {
        let postgres = of_its_own(&postgres).await?;
        on("PostgreSQL", &postgres, folder.path(), customers).await?;
    }
    Ok(())
}

/// A schema that no other part has filled.
async fn of_its_own(postgres: &str) -> Result<String> {
    let sql = "drop schema if exists desk cascade; create schema desk";
    let mut connection = PgConnection::connect(postgres).await?;
    sqlx::raw_sql(sql).execute(&mut connection).await?;
    let joint = if postgres.contains('?') { '&' } else { '?' };
    Ok(format!("{postgres}{joint}options=-csearch_path%3Ddesk"))
}

async fn on(name: &str, database: &str, folder: &Path, customers: u32) -> Result<()> {
    table::title(&format!(
        "The desk over {customers} customers and {} entries, on {name}",
        u64::from(customers) * u64::from(ENTRIES)
    ));
    let took = seed(database, folder, customers)?;
    if database.starts_with("postgres") {
        // Its autovacuum would have done so by now, had the history taken its days.
        let mut connection = PgConnection::connect(database).await?;
        sqlx::raw_sql("vacuum analyze")
            .execute(&mut connection)
            .await?;
    }
    println!("  {:<44} {:>9.1} s", "tender demo", took.as_secs_f64());
    asked_of(database).await
}

/// Starts a server on a database that is filled, and asks for everything that its desk shows.
async fn asked_of(database: &str) -> Result<()> {
    let shop = Shop::open_before_sandbox(database).await?;
    let owner = shop.owner().await?;
    let customers = taken_along(&shop, &owner, "customers").await?;
    let transactions = taken_along(&shop, &owner, "transactions").await?;
    taken_along(&shop, &owner, "audit").await?;

    let first = asked(
        "baseline: the shop's start page",
        &owner,
        &["/".to_owned()],
        None,
    )
    .await?;
    let (customers, transactions) = (Sample::of(&customers), Sample::of(&transactions));
    for (what, paths) in pages(&customers, &transactions) {
        asked(&what, &owner, &paths, Some(first)).await?;
    }
    Ok(())
}

/// Fills the database; how long that took.
fn seed(database: &str, folder: &Path, customers: u32) -> Result<Duration> {
    let begun = Instant::now();
    let status = Command::new(shop::SERVER)
        .args(["demo", "--customers", &customers.to_string()])
        .current_dir(folder)
        .env("RUST_LOG", "warn")
        .env("DATABASE_URL", database)
        .stdout(Stdio::null())
        .status()?;
    match status.success() {
        true => Ok(begun.elapsed()),
        false => Err("the history cannot be made up".into()),
    }
}

/// Asks for these in turn, one after the other, and prints how long that took.
async fn asked(
    what: &str,
    owner: &Customer<'_>,
    paths: &[String],
    first: Option<Duration>,
) -> Result<Duration> {
    let begun = Instant::now();
    let mut times = Vec::with_capacity(REQUESTS);
    for path in paths.iter().cycle().take(REQUESTS) {
        if times.len() >= FEWEST && begun.elapsed() > PATIENCE {
            break;
        }
        let asked = Instant::now();
        let answer = owner.get(path).send().await?;
        let status = answer.status();
        answer.bytes().await?;
        times.push(asked.elapsed());
        // One certain hit of a search leads to its page.
        if !(status.is_success() || status.is_redirection()) {
            return Err(format!("{path}: {status}").into());
        }
    }
    Ok(table::times(what, &mut times, first))
}
