//! `tender keys …`

use std::process::ExitCode;

use billing::{Billing, api_key::Scope, id::ApiKeyId, staff::audit_log::Actor};
use clap::Subcommand;

use super::open;
use crate::settings::Settings;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a key, and print it once.
    Add {
        /// Which product, which server.
        name: String,
        #[arg(long, value_name = "read|write", default_value = "write")]
        scope: Scope,
    },
    /// All keys there ever were.
    List,
    /// Take a key back, at once and for good.
    Revoke {
        id: ApiKeyId,
        /// Why, for the audit log.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

pub(super) async fn run(settings: &Settings, command: Command) -> anyhow::Result<ExitCode> {
    let billing = open(settings).await?;
    let done = match command {
        Command::Add { name, scope } => add(&billing, &name, scope).await,
        Command::List => list(&billing).await,
        Command::Revoke { id, reason } => revoke(&billing, id, &reason).await,
    };
    billing.stop().await;
    done
}

async fn add(billing: &Billing, name: &str, scope: Scope) -> anyhow::Result<ExitCode> {
    let name = name.trim();
    anyhow::ensure!(!name.is_empty(), "NAME must not be empty");
    let (key, secret) = billing
        .add_api_key(name, scope, &Actor::command_line())
        .await?;
    say!(
        "Name:  {}\nScope: {scope}\nId:    {}\nKey:   {}\nIt is not shown again.",
        key.name,
        key.id,
        secret.as_str()
    );
    Ok(ExitCode::SUCCESS)
}

async fn list(billing: &Billing) -> anyhow::Result<ExitCode> {
    let keys = billing.api_keys().await?;
    if keys.is_empty() {
        say!("There is no key yet: tender keys add NAME");
    }
    for key in keys {
        let state = match (key.revoked_at, key.last_used_at) {
            (Some(at), _) => format!("revoked {at}"),
            (None, Some(at)) => format!("valid, used {at}"),
            (None, None) => "valid".to_owned(),
        };
        say!(
            "{}  {:<5}  made {}  {state}  {}",
            key.id,
            key.scope,
            key.created_at,
            key.name
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn revoke(billing: &Billing, id: ApiKeyId, reason: &str) -> anyhow::Result<ExitCode> {
    match billing
        .revoke_api_key(id, reason, &Actor::command_line())
        .await?
    {
        true => say!("The key is revoked."),
        false => anyhow::bail!("ID: there is no valid key {id}"),
    }
    Ok(ExitCode::SUCCESS)
}
