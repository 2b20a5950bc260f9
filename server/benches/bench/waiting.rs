//! From the arrival of a webhook to the answer that a waiting client gets.

use std::time::{Duration, Instant};

use futures::future::try_join_all;
use serde_json::Value;

use crate::{Result, shop, table};

/// One after the other, each with a connection that waits.
const OUR_WAITS: usize = 300;
/// Side by side: each takes seconds.
const POLLS: usize = 100;
const CLIENT_POLL: Duration = Duration::from_secs(2);
const SERVER_POLL: Duration = Duration::from_millis(500);

pub async fn run() -> Result<()> {
    table::title("Webhook arrives until the waiting client is told that the credits are there");
    let shop = shop::Shop::open().await?;

    let (customer, mut gateway) = (shop.customer().await?, shop.gateway().await?);
    let mut ours = Vec::with_capacity(OUR_WAITS);
    for _ in 0..OUR_WAITS {
        ours.push(wait(&mut gateway, &customer).await?);
    }
    let ours = table::times("Tender's wait", &mut ours, None);

    let database = shop.folder.path().join("tender.db");
    let reader = shop::billing(&database).await?;
    let mut polled = try_join_all((0..POLLS).map(|n| poll_database(&shop, &reader, n))).await?;
    table::times(
        "baseline: server polls the database, 500 ms",
        &mut polled,
        Some(ours),
    );
    reader.stop().await;

    let mut polled = try_join_all((0..POLLS).map(|n| poll_server(&shop, n))).await?;
    table::times(
        "baseline: client polls the server, 2 s",
        &mut polled,
        Some(ours),
    );
    Ok(())
}

async fn wait(gateway: &mut shop::Gateway, customer: &shop::Customer<'_>) -> Result<Duration> {
    let transaction = customer.order().await?;
    let delivery = gateway.request(&shop::paid(&transaction));
    let path = format!("{}?awaitStatus=succeeded&timeout=10", path(&transaction));
    let waiting = async {
        let answer: Value = customer.get(&path).send().await?.json().await?;
        let told = Instant::now();
        match answer["settled"].as_bool() {
            Some(true) => Ok::<_, Box<dyn std::error::Error>>(told),
            _ => Err(format!("not settled: {answer}").into()),
        }
    };
    let arriving = async {
        // The waiter is asleep by then.
        tokio::time::sleep(Duration::from_millis(10)).await;
        let begun = Instant::now();
        gateway.send(&delivery).await?;
        Ok(begun)
    };
    let (told, begun) = tokio::try_join!(waiting, arriving)?;
    Ok(told - begun)
}

/// A server without a channel: it reads the row again and again, without any HTTP in between.
async fn poll_database(
    shop: &shop::Shop,
    reader: &billing::Billing,
    number: usize,
) -> Result<Duration> {
    let customer = shop.customer().await?;
    let transaction = customer.order().await?;
    let (owner, id) = (
        parsed(&transaction["customer"])?,
        parsed(&transaction["id"])?,
    );
    let polling = async {
        loop {
            let found = reader
                .transaction(
                    billing::id::CustomerId(owner),
                    billing::id::TransactionId(id),
                )
                .await?;
            if found.is_some_and(|found| found.settled_at.is_some()) {
                return Ok(Instant::now());
            }
            tokio::time::sleep(SERVER_POLL).await;
        }
    };
    let arriving = arrive(shop, &transaction, SERVER_POLL, number);
    let (told, begun): (Instant, Instant) = tokio::try_join!(polling, arriving)?;
    Ok(told.saturating_duration_since(begun))
}

/// A client without a wait: it asks again and again.
async fn poll_server(shop: &shop::Shop, number: usize) -> Result<Duration> {
    let customer = shop.customer().await?;
    let transaction = customer.order().await?;
    let path = path(&transaction);
    let polling = async {
        loop {
            let answer: Value = customer.get(&path).send().await?.json().await?;
            if answer["settled"] == true {
                return Ok(Instant::now());
            }
            tokio::time::sleep(CLIENT_POLL).await;
        }
    };
    let arriving = arrive(shop, &transaction, CLIENT_POLL, number);
    let (told, begun): (Instant, Instant) = tokio::try_join!(polling, arriving)?;
    Ok(told.saturating_duration_since(begun))
}

/// The event comes somewhere between two polls, spread evenly over the samples.
async fn arrive(
    shop: &shop::Shop,
    transaction: &Value,
    interval: Duration,
    number: usize,
) -> Result<Instant> {
    let part = (number as f64 + 0.5) / POLLS as f64;
    tokio::time::sleep(interval + interval.mul_f64(part)).await;
    let begun = Instant::now();
    shop.deliver(shop::paid(transaction)).await?;
    Ok(begun)
}

fn path(transaction: &Value) -> String {
    format!(
        "/v1/transactions/{}",
        transaction["id"].as_str().unwrap_or_default()
    )
}

fn parsed(id: &Value) -> Result<uuid::Uuid> {
    Ok(id.as_str().unwrap_or_default().parse()?)
}
