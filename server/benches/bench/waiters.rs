//! Many clients that wait at once: what each costs while nothing happens, and how soon all of them are
//! told.

use std::time::{Duration, Instant};

use billing::{api_key::Scope, customer::Naming, staff::audit_log::Actor};
use futures::future::try_join_all;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};

use crate::{
    Result,
    shop::{self, Shop},
    table,
};

const WAITERS: usize = 20_000;
/// The first ones, with whom servers take what they keep anyway: connections to the database, room for
/// requests under way. Memory is counted from there on.
const FIRST: usize = 1_000;
/// Files and connections that a process needs besides.
const SPARE: usize = 1_000;
const TRANSACTIONS: usize = 100;
const IDLE: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(60);
const READS: &str = "tender_database_reads_total";

/// A client that has asked, and comes back with the moment of its answer.
type Waiter = JoinHandle<std::io::Result<(Instant, Vec<u8>)>>;

pub async fn run() -> Result<()> {
    let shop = Shop::open().await?;
    let database = format!("sqlite:{}", shop.folder.path().join("tender.db").display());
    on("one server on SQLite", &database, &[shop]).await?;
    // `make bench` starts one.
    if let Ok(postgres) = std::env::var("TENDER_TEST_POSTGRES") {
        let shops = [
            Shop::open_on(&postgres).await?,
            Shop::open_on(&postgres).await?,
        ];
        on("two servers on PostgreSQL", &postgres, &shops).await?;
    }
    Ok(())
}

async fn on(name: &str, database: &str, shops: &[Shop]) -> Result<()> {
    let count = WAITERS.min(may_open()?.saturating_sub(SPARE));
    table::title(&format!("{count} clients wait over HTTP, {name}"));
    let billing = shop::billing_on(database).await?;
    let (_, key) = billing
        .add_api_key("bench", Scope::Read, &Actor::command_line())
        .await?;
    let transactions = try_join_all((0..TRANSACTIONS).map(|n| order(&billing, n))).await?;
    billing.stop().await;

    let before = look(shops).await?;
    tokio::time::sleep(IDLE).await;
    let reads_alone = look(shops).await?.reads - before.reads;
    let mut waiters: Vec<Waiter> = Vec::with_capacity(count);
    let mut first = None;
    for number in 0..count {
        if number == FIRST {
            first = Some(all_wait(shops, before.waiters, number).await?);
        }
        let id = transactions[number % TRANSACTIONS]["id"]
            .as_str()
            .unwrap_or_default();
        let host = shops[number % shops.len()]
            .url
            .trim_start_matches("http://");
        waiters.push(wait(host, id, key.as_str()).await?);
    }
    let first = first.ok_or("too few connections may be open")?;
    let asleep = all_wait(shops, before.waiters, count).await?;
    tokio::time::sleep(IDLE).await;
    let reads = look(shops).await?.reads - asleep.reads;

    let begun = Instant::now();
    try_join_all(
        transactions
            .iter()
            .map(|it| shops[0].deliver(shop::paid(it))),
    )
    .await?;
    let mut last = begun;
    for waiter in waiters {
        let (told, answer) = waiter.await??;
        if !String::from_utf8_lossy(&answer).contains("\"settled\":true") {
            return Err("somebody was told something else".into());
        }
        last = last.max(told);
    }
    let taken = asleep.memory.saturating_sub(first.memory) as f64;
    println!(
        "  {:<44} {:>9.1} KiB",
        "memory for each",
        taken / (count - FIRST) as f64 / 1024.0
    );
    println!(
        "  {:<44} {reads:>9.0}     without anybody {reads_alone:.0}",
        format!("reads of the database in {} s of waiting", IDLE.as_secs()),
    );
    println!(
        "  {:<44} {:>9.0} ms",
        format!("{TRANSACTIONS} payments settle until all are told"),
        (last - begun).as_secs_f64() * 1e3,
    );
    Ok(())
}

/// What servers say of themselves, added up.
struct Look {
    memory: u64,
    reads: f64,
    waiters: f64,
}

async fn look(shops: &[Shop]) -> Result<Look> {
    let mut all = Look {
        memory: 0,
        reads: 0.0,
        waiters: 0.0,
    };
    for shop in shops {
        all.memory += shop.memory()?;
        all.reads += shop.metric(READS).await?;
        all.waiters += shop.metric("tender_waiters ").await?;
    }
    Ok(all)
}

/// What servers say as soon as so many more than `before` wait.
async fn all_wait(shops: &[Shop], before: f64, count: usize) -> Result<Look> {
    let begun = Instant::now();
    loop {
        let now = look(shops).await?;
        if now.waiters >= before + count as f64 {
            return Ok(now);
        }
        if begun.elapsed() > PATIENCE {
            return Err("some clients do not wait".into());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn order(billing: &billing::Billing, number: usize) -> Result<Value> {
    let naming = Naming {
        external_id: format!("waiter-{number}"),
        email: None,
        key: format!("waiter-{number}"),
    };
    let customer = billing.name_customer(naming).await?.id;
    let catalog = billing.catalog();
    let pack = catalog.pack("starter").ok_or("no such pack")?;
    let order = billing.place_order(customer, pack, None).await?;
    let amount = order.transaction.amount;
    Ok(json!({
        "id": order.transaction.id.to_string(),
        "amount": { "value": amount.value, "currency": amount.currency.as_str() },
    }))
}

/// Asks over a connection of its own, as each browser does.
async fn wait(host: &str, transaction: &str, key: &str) -> Result<Waiter> {
    let mut connection = TcpStream::connect(host).await?;
    let request = format!(
        "GET /v1/transactions/{transaction}?awaitStatus=succeeded&timeout=120 HTTP/1.1\r\n\
         host: {host}\r\nauthorization: Bearer {key}\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).await?;
    Ok(tokio::spawn(async move {
        let mut answer = Vec::new();
        // The last field of what is told.
        while !answer.ends_with(b"\"timed_out\":false}") {
            if connection.read_buf(&mut answer).await? == 0 {
                break;
            }
        }
        Ok((Instant::now(), answer))
    }))
}

/// How many files and connections a process may hold.
fn may_open() -> Result<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let files = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let files = files.and_then(|files| files.split_whitespace().next());
    Ok(files.ok_or("the system does not tell")?.parse()?)
}
