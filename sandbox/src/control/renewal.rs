//! Renewals over HTTP: has the next one of a customer fail, whatever their card.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::json;

use super::{Refused, Reply, decode, not_found, settle};
use crate::declines::Decline;
use crate::gateway::Gateway;
use crate::objects::customers;

/// How the next attempt to charge a renewal ends.
#[derive(Debug, Deserialize)]
struct Wanted {
    /// A decline code. `authentication_required` makes it wait for the customer instead.
    #[serde(default = "generic")]
    decline: String,
}

fn generic() -> String {
    "generic_decline".to_owned()
}

/// It fails once; the attempt after that goes as the card has it.
pub async fn fail_next(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    body: String,
) -> Reply {
    let wanted: Wanted = decode(&body, &["decline"])?;
    if Decline::named(&wanted.decline).is_none() {
        return Err(Refused::bad(format!(
            "no such decline code: {}",
            wanted.decline
        )));
    }
    let mut account = gateway.account();
    if account.store.get(customers::KIND, &id).is_none() {
        return Err(not_found(customers::KIND, &id));
    }
    account
        .store
        .hide(&id, "next_renewal", wanted.decline.clone().into());
    settle(&gateway, account);
    Ok(Json(json!({ "customer": id, "decline": wanted.decline })))
}
