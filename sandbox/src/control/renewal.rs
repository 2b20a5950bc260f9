//! Renewals over HTTP: has the next one of a customer fail, whatever their card, and decides what
//! becomes of a subscription whose renewal is never paid.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::json;

use super::{Refused, Reply, decode, not_found, settle};
use crate::declines::Decline;
use crate::gateway::Gateway;
use crate::objects::subscriptions::AFTER_RETRIES;
use crate::objects::{customers, merchant};

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

#[derive(Debug, Deserialize)]
struct Rule {
    after_retries: String,
}

/// What happens when the last attempt to charge a renewal has failed.
pub async fn rule(State(gateway): State<Arc<Gateway>>, body: String) -> Reply {
    let rule: Rule = decode(&body, &[AFTER_RETRIES])?;
    if !["cancel", "past_due", "unpaid"].contains(&rule.after_retries.as_str()) {
        return Err(Refused::bad(
            "after_retries must be cancel, past_due or unpaid",
        ));
    }
    let mut account = gateway.account();
    merchant::decide(&mut account, AFTER_RETRIES, &rule.after_retries);
    settle(&gateway, account);
    Ok(Json(json!({ AFTER_RETRIES: rule.after_retries })))
}
