//! What becomes of refunds, over HTTP.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Deserialize;

use super::{Refused, Reply, decode, perform};
use crate::gateway::Gateway;
use crate::objects::refunds;

#[derive(Debug, Deserialize)]
struct Change {
    status: String,
    /// Why it failed.
    reason: Option<String>,
}

/// Moves a refund to `pending`, `requires_action`, `succeeded`, `failed` or `canceled`.
pub async fn change(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    body: String,
) -> Reply {
    const STATES: &[&str] = &[
        "pending",
        "requires_action",
        "succeeded",
        "failed",
        "canceled",
    ];
    let change: Change = decode(&body, &["status", "reason"])?;
    let reason = change.reason.as_deref().unwrap_or("unknown");
    Refused::unless_one_of("status", &change.status, STATES)?;
    Refused::unless_one_of("reason", reason, refunds::FAILURES)?;
    perform(&gateway, |account| {
        refunds::move_to(account, &id, &change.status, reason)
    })
}
