//! `make bench`: what Tender's ways of waiting, storing, starting and sending pages cost, each
//! against a named baseline in the same run. The server is the real one, in a process of its own.

mod pages;
mod shop;
mod spends;
mod starting;
mod table;
mod waiting;
mod webhooks;

use std::error::Error;

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    // cargo passes flags meant for its own harness.
    println!(
        "Durable SQLite on this disk; the server is {}.",
        shop::SERVER
    );
    waiting::run().await?;
    webhooks::run().await?;
    spends::run().await?;
    starting::run().await?;
    pages::run().await
}
