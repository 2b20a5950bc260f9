//! Events, as the API lists them.

use serde_json::Value;

use crate::account::Account;
use crate::errors::{ApiError, Result};
use crate::form::Params;
use crate::lists::Page;

pub const KIND: &str = "event";
const KEPT_FOR_S: i64 = 30 * 24 * 60 * 60;

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let one = params.text("type")?;
    let several = params.list("types")?;
    let delivered = params.flag("delivery_success")?;
    params.finish()?;
    if one.is_some() && several.is_some() {
        return Err(ApiError::invalid(
            "You may only specify one of these parameters: type, types.",
        ));
    }
    let patterns = one.into_iter().chain(several.into_iter().flatten());
    let patterns: Vec<String> = patterns.collect();
    let oldest = account.now() - KEPT_FOR_S;
    let events = account.store.newest(KIND).filter(|event| {
        let kind = event["type"].as_str().unwrap_or_default();
        let waiting = event["pending_webhooks"].as_i64().unwrap_or(0) > 0;
        let failed = account
            .store
            .hidden(event["id"].as_str().unwrap_or_default())["failed"]
            .as_bool()
            .unwrap_or(false);
        (patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, kind)))
            && delivered.is_none_or(|success| success != (waiting || failed))
            && event["created"].as_i64().unwrap_or(0) >= oldest
    });
    page.cut("/v1/events", events)
}

/// `payment_intent.succeeded`, `payment_intent.*` or `*`.
pub fn matches(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => pattern == kind,
    }
}

/// What the merchant wrote on the object of an event, or on the subscription of an invoice.
pub fn metadata(event: &Value) -> &Value {
    let object = &event["data"]["object"];
    match object["object"].as_str() {
        Some("invoice") => &object["parent"]["subscription_details"]["metadata"],
        _ => &object["metadata"],
    }
}

/// The intent that an event is about, if it is about one.
pub fn payment_intent(event: &Value) -> Option<&str> {
    let object = &event["data"]["object"];
    match object["object"].as_str() {
        Some("payment_intent") => object["id"].as_str(),
        Some("invoice_payment") => object["payment"]["payment_intent"].as_str(),
        _ => object["payment_intent"].as_str(),
    }
}
