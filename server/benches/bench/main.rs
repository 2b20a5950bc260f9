//! `make bench`: what Tender's ways of waiting, storing, reconciling, starting, sending pages and showing
//! them to staff cost, each against a named baseline in the same run. The server is the real one, in a process of its own.

mod desk;
mod growth;
mod pages;
mod reconcile;
mod shop;
mod spends;
mod starting;
mod table;
mod waiters;
mod waiting;
mod webhooks;

use std::error::Error;

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// `cargo bench … -- spends` runs the named parts only.
#[tokio::main]
async fn main() -> Result<()> {
    // cargo passes flags meant for its own harness.
    let parts: Vec<String> = std::env::args().skip(1).collect();
    let parts: Vec<&str> = parts
        .iter()
        .map(String::as_str)
        .filter(|part| !part.starts_with('-'))
        .collect();
    let wanted = |part| parts.is_empty() || parts.contains(&part);
    println!(
        "Durable SQLite on this disk; the server is {}.",
        shop::SERVER
    );
    if wanted("waiting") {
        waiting::run().await?;
    }
    if wanted("waiters") {
        waiters::run().await?;
    }
    if wanted("webhooks") {
        webhooks::run().await?;
    }
    if wanted("spends") {
        spends::run().await?;
    }
    if wanted("growth") {
        growth::run().await?;
    }
    if wanted("reconcile") {
        reconcile::run().await?;
    }
    if wanted("starting") {
        starting::run().await?;
    }
    if wanted("pages") {
        pages::run().await?;
    }
    if wanted("desk") {
        desk::run().await?;
    }
    Ok(())
}
