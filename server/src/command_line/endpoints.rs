//! `tender endpoints …`

use std::process::ExitCode;

use anyhow::Context;
use billing::{
    Billing,
    clock::Time,
    events::{EventType, Listed},
    id::EndpointId,
    staff::audit_log::Actor,
};
use clap::Subcommand;

use super::open;
use crate::settings::Settings;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Tell an address what happens, and print the secret that signs it once.
    Add {
        /// https://…, or http:// on this machine.
        url: String,
        /// Which events, comma separated; all of them, if it is not said.
        #[arg(long, value_name = "TYPE,…", value_delimiter = ',')]
        events: Vec<EventType>,
    },
    /// All endpoints there ever were, and how they fare.
    List,
    /// Tell it nothing more, at once and for good.
    Disable {
        id: EndpointId,
        /// Why, for the audit log.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Tell it once more what has happened since then.
    Replay {
        id: EndpointId,
        /// Such as 2026-11-20T09:30:00Z.
        #[arg(long, value_name = "TIME")]
        since: Time,
    },
}

pub(super) async fn run(settings: &Settings, command: Command) -> anyhow::Result<ExitCode> {
    let billing = open(settings).await?;
    let done = match command {
        Command::Add { url, events } => add(&billing, &url, events).await,
        Command::List => list(&billing).await,
        Command::Disable { id, reason } => disable(&billing, id, &reason).await,
        Command::Replay { id, since } => replay(&billing, id, since).await,
    };
    billing.stop().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn add(billing: &Billing, url: &str, events: Vec<EventType>) -> anyhow::Result<()> {
    let endpoint = billing
        .add_endpoint(url, events, &Actor::command_line())
        .await
        .context("URL")?;
    say!(
        "Url:    {}\nEvents: {}\nId:     {}\nSecret: {}\nIt is not shown again.",
        endpoint.url,
        in_words(&endpoint.types),
        endpoint.id,
        endpoint.secret.as_str()
    );
    Ok(())
}

async fn list(billing: &Billing) -> anyhow::Result<()> {
    let endpoints = billing.endpoints().await?;
    if endpoints.is_empty() {
        say!("There is no endpoint yet: tender endpoints add URL");
    }
    for listed in endpoints {
        let Listed {
            endpoint,
            pending,
            delivered,
            failed,
            trouble,
        } = listed;
        let state = match endpoint.disabled_at {
            Some(at) => format!("disabled {at}"),
            None => "enabled".to_owned(),
        };
        say!(
            "{}  made {}  {state}  {delivered} delivered, {pending} pending, {failed} failed  {}  {}",
            endpoint.id,
            endpoint.created_at,
            in_words(&endpoint.types),
            endpoint.url
        );
        if let Some(trouble) = trouble {
            say!("    {trouble}");
        }
    }
    Ok(())
}

async fn disable(billing: &Billing, id: EndpointId, reason: &str) -> anyhow::Result<()> {
    billing
        .disable_endpoint(id, reason, &Actor::command_line())
        .await
        .context("ID")?;
    say!("The endpoint is disabled.");
    Ok(())
}

async fn replay(billing: &Billing, id: EndpointId, since: Time) -> anyhow::Result<()> {
    let replayed = billing
        .replay_events(id, since, &Actor::command_line())
        .await
        .context("ID")?;
    match replayed {
        1 => say!("1 event is sent once more."),
        _ => say!("{replayed} events are sent once more."),
    }
    Ok(())
}

fn in_words(types: &[EventType]) -> String {
    match types {
        [] => "all".to_owned(),
        types => types
            .iter()
            .map(|kind| kind.as_str())
            .collect::<Vec<_>>()
            .join(","),
    }
}
