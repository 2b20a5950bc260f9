//! How many webhooks a second are accepted, each durable before it is answered.

use std::time::Instant;

use billing::inbox::Delivery;
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use crate::{Result, shop, table};

const EVENTS: usize = 10_000;
/// One after the other they take longer; fewer tell the same.
const BASELINE_EVENTS: usize = 2_000;
const CONNECTIONS: usize = 64;

pub async fn run() -> Result<()> {
    table::title("Webhooks accepted in a second, verified and durable");

    let shop = shop::Shop::open().await?;
    let events = bodies(EVENTS);
    let begun = Instant::now();
    stream::iter(events)
        .map(|event| shop.deliver(event))
        .buffer_unordered(CONNECTIONS)
        .try_collect::<Vec<()>>()
        .await?;
    let ours = EVENTS as f64 / begun.elapsed().as_secs_f64();
    drop(shop);

    let folder = tempfile::tempdir()?;
    let billing = shop::billing(&folder.path().join("tender.db")).await?;
    let events = bodies(BASELINE_EVENTS);
    let begun = Instant::now();
    for event in &events {
        let header = shop::signature(event.as_bytes());
        let signatures = [header.as_bytes()];
        let delivery = Delivery {
            signatures: &signatures,
            user_agent: None,
            body: event.as_bytes(),
        };
        billing.receive(delivery).await?;
    }
    let baseline = BASELINE_EVENTS as f64 / begun.elapsed().as_secs_f64();
    billing.stop().await;

    let ratio = ours / baseline;
    println!(
        "  {:<44} {ours:>9.0} /s",
        "Tender, over HTTP, 64 connections"
    );
    println!(
        "  {:<44} {baseline:>9.0} /s {ratio:>22.1} x",
        "baseline: one transaction each, no HTTP"
    );
    Ok(())
}

fn bodies(n: usize) -> Vec<String> {
    (0..n)
        .map(|_| shop::event("customer.created", json!({ "object": "customer" })))
        .collect()
}
