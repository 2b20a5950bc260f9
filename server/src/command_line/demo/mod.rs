//! `tender demo …`: the made-up history of a shop, so that one can look at the desk full. It goes through
//! the verbs through which a shop's own history goes, on a clock that stands in the past and is moved on;
//! so all laws hold of it, and books and figures are what they would be.
//!
//! What it leaves gives a server nothing to catch up with: nobody in it has an account, so no mail is owed,
//! no endpoint hears of it, and every payment is at its end or waits for nobody at the gateway.

mod chance;
mod gateway;
mod history;
mod life;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::ensure;
use billing::{Billing, clock::Clock, staff::proposals::Large};
use clap::Args;

use super::TELL_EVERY;
use crate::settings::{Settings, blame};
use gateway::Gateway;
use history::{History, Progress};

/// So long a history is, unless a part of these days is written down already.
const SPAN: Duration = Duration::from_secs(90 * 24 * 3600);

#[derive(Args)]
pub(super) struct Wished {
    /// How many customers come.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    customers: u32,
}

pub(super) async fn run(settings: &Settings, wished: Wished) -> anyhow::Result<ExitCode> {
    ensure!(
        settings.stripe_secret_key.is_none(),
        "STRIPE_SECRET_KEY: where money moves, no history is made up"
    );
    let billing = open(settings).await?;
    let played = play(&billing, wished.customers).await;
    billing.stop().await;
    played.map(|()| ExitCode::SUCCESS)
}

/// Billing at the beginning of the history, before a gateway of its own.
async fn open(settings: &Settings) -> anyhow::Result<Billing> {
    let mut billing = settings.billing(gateway::settings())?;
    billing.clock = Clock::standing_at(billing.clock.now().minus(SPAN));
    // What it gives waits for nobody, whatever this shop calls large.
    billing.large = Large::default();
    Billing::open_quietly(billing).await.map_err(blame)
}

async fn play(billing: &Billing, customers: u32) -> anyhow::Result<()> {
    ensure!(
        !billing.is_served().await?,
        "DATABASE_URL: a server works on this database; stop it first"
    );
    ensure!(
        billing
            .endpoints()
            .await?
            .iter()
            .all(|it| it.endpoint.disabled_at.is_some()),
        "an endpoint would hear of all of it; `tender endpoints disable ID` first"
    );
    ensure!(
        !billing.catalog().packs.is_empty(),
        "TENDER_CATALOG: there is no pack to buy"
    );
    let started = Instant::now();
    let mut told = started;
    let history = History::new(billing, Gateway, customers, SPAN).await?;
    history
        .play(|Progress { came, day }| {
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                say_aside!("{came} of {customers} customers, up to {day}");
            }
        })
        .await?;
    say_aside!("Adding up the books");
    let entries = history.close().await?;
    say!(
        "{customers} customers came, with {entries} entries in the ledger ({} s).",
        started.elapsed().as_secs()
    );
    Ok(())
}
