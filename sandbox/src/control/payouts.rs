//! Payouts, and what the merchant's account may do, over HTTP.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Refused, Reply, decode, perform};
use crate::account::text;
use crate::gateway::Gateway;
use crate::objects::{merchant, payouts};

const STATES: &[&str] = &["in_transit", "paid", "failed"];

#[derive(Debug, Deserialize)]
struct Create {
    currency: Option<String>,
    /// What becomes of it at once: `in_transit`, `paid` (when nothing is said) or `failed`.
    status: Option<String>,
}

/// Pays out all that no payout has paid yet.
pub async fn create(State(gateway): State<Arc<Gateway>>, body: String) -> Reply {
    let create: Create = decode(&body, &["currency", "status"])?;
    let status = create.status.as_deref().unwrap_or("paid");
    Refused::unless_one_of("status", status, STATES)?;
    perform(&gateway, |account| {
        let payout = payouts::pay_out(account, create.currency.as_deref().unwrap_or("usd"))?;
        match status {
            "in_transit" => Ok(payout),
            status => payouts::move_to(account, text(&payout, "id"), status),
        }
    })
}

#[derive(Debug, Deserialize)]
struct Change {
    status: String,
}

/// The bank took a payout, or sent it back.
pub async fn change(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    body: String,
) -> Reply {
    let change: Change = decode(&body, &["status"])?;
    Refused::unless_one_of("status", &change.status, &STATES[1..])?;
    perform(&gateway, |account| {
        payouts::move_to(account, &id, &change.status)
    })
}

/// Lets the gateway restrict the merchant, or not any more.
pub async fn change_account(State(gateway): State<Arc<Gateway>>, body: String) -> Reply {
    let changes: Map<String, Value> = decode(
        &body,
        &[
            "charges_enabled",
            "payouts_enabled",
            "details_submitted",
            "capabilities",
            "requirements",
        ],
    )?;
    perform(&gateway, |account| Ok(merchant::change(account, changes)))
}
