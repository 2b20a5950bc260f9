//! Setup intents: a card is kept for later, and nothing is charged.

use serde_json::{Value, json};

use super::attempt::{Attempt, Caller};
use super::chosen::{Chosen, choose};
use super::intents::{must_be_open, unexpected_state};
use super::setup_confirmation;
use super::terms::{apply_customer, apply_methods};
use crate::account::{Account, text};
use crate::errors::Result;
use crate::form::{Params, merge_metadata};
use crate::ids;
use crate::lists::Page;

pub const KIND: &str = "setup_intent";
pub const SHOWN_TO_BROWSERS: &[&str] = &[
    "id",
    "object",
    "automatic_payment_methods",
    "cancellation_reason",
    "client_secret",
    "created",
    "description",
    "last_setup_error",
    "livemode",
    "next_action",
    "payment_method",
    "payment_method_types",
    "status",
    "usage",
];

pub fn create(account: &mut Account, mut params: Params) -> Result<Value> {
    let mut intent = shape(&ids::fresh("seti"), account.now());
    apply(account, &mut intent, &mut params)?;
    if let Some(usage) = params.choice("usage", &["off_session", "on_session"])? {
        intent["usage"] = usage.into();
    }
    let confirm = params.flag("confirm")?.unwrap_or(false);
    let attempt = Attempt::of_setup(&mut params, Caller::Server)?;
    let chosen = Chosen::from(account, &intent, &mut params)?;
    params.finish()?;
    if confirm {
        attempt.check(&intent)?;
    } else {
        attempt.refuse_without_confirm(&intent)?;
    }
    choose(account, &mut intent, chosen)?;
    account.store.put(intent.clone());
    account.emit("setup_intent.created", &intent, None);
    if confirm {
        return setup_confirmation::start(account, intent, &attempt);
    }
    Ok(intent)
}

/// One for a subscription that asks for no money yet, so that there is a card when it does.
pub fn for_subscription(account: &mut Account, subscription: &Value) -> Value {
    let id = ids::fresh("seti");
    let mut intent = shape(&id, account.now());
    intent["automatic_payment_methods"] = Value::Null;
    intent["customer"] = subscription["customer"].clone();
    account.store.put(intent.clone());
    account
        .store
        .hide(&id, "subscription", subscription["id"].clone());
    account.emit("setup_intent.created", &intent, None);
    intent
}

pub fn retrieve(account: &Account, id: &str, mut params: Params) -> Result<Value> {
    params.text("client_secret")?;
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn update(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut intent = account.store.find(KIND, id)?;
    apply(account, &mut intent, &mut params)?;
    let chosen = Chosen::from(account, &intent, &mut params)?;
    params.finish()?;
    if chosen.is_some() {
        must_be_open(&intent)?;
    }
    choose(account, &mut intent, chosen)?;
    account.store.put(intent.clone());
    Ok(intent)
}

pub fn confirm(
    account: &mut Account,
    id: &str,
    mut params: Params,
    caller: Caller,
) -> Result<Value> {
    let mut intent = account.store.find(KIND, id)?;
    params.text("client_secret")?;
    let attempt = Attempt::of_setup(&mut params, caller)?;
    let chosen = Chosen::from(account, &intent, &mut params)?;
    params.finish()?;
    must_be_open(&intent)?;
    attempt.check(&intent)?;
    choose(account, &mut intent, chosen)?;
    setup_confirmation::start(account, intent, &attempt)
}

pub fn cancel(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut intent = account.store.find(KIND, id)?;
    let reason = params.choice(
        "cancellation_reason",
        &["abandoned", "duplicate", "requested_by_customer"],
    )?;
    params.finish()?;
    let status = text(&intent, "status");
    if matches!(status, "succeeded" | "canceled" | "processing") {
        let message = format!(
            "You cannot cancel this SetupIntent because it has a status of {status}. Only a \
             SetupIntent with one of the following statuses may be canceled: \
             requires_payment_method, requires_confirmation, requires_action."
        );
        return Err(unexpected_state(&intent, message));
    }
    intent["status"] = "canceled".into();
    intent["cancellation_reason"] = reason.into();
    intent["next_action"] = Value::Null;
    account.store.put(intent.clone());
    account.emit("setup_intent.canceled", &intent, None);
    Ok(intent)
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let customer = params.text("customer")?;
    let method = params.text("payment_method")?;
    params.finish()?;
    let intents = account.store.newest(KIND).filter(|intent| {
        customer
            .as_ref()
            .is_none_or(|id| intent["customer"] == **id)
            && method
                .as_ref()
                .is_none_or(|id| intent["payment_method"] == **id)
    });
    page.cut("/v1/setup_intents", intents)
}

fn apply(account: &Account, intent: &mut Value, params: &mut Params) -> Result<()> {
    apply_customer(account, intent, params)?;
    apply_methods(intent, params)?;
    if let Some(description) = params.change("description")? {
        intent["description"] = description.into();
    }
    if let Some(options) = params.any("payment_method_options") {
        intent["payment_method_options"] = options;
    }
    if let Some(metadata) = params.metadata()? {
        merge_metadata(intent, metadata);
    }
    Ok(())
}

fn shape(id: &str, now: i64) -> Value {
    json!({
        "id": id,
        "object": KIND,
        "application": null,
        "automatic_payment_methods": { "allow_redirects": "always", "enabled": true },
        "cancellation_reason": null,
        "client_secret": ids::client_secret(id),
        "created": now,
        "customer": null,
        "customer_account": null,
        "description": null,
        "excluded_payment_method_types": null,
        "flow_directions": null,
        "last_setup_error": null,
        "latest_attempt": null,
        "livemode": false,
        "mandate": null,
        "metadata": {},
        "next_action": null,
        "on_behalf_of": null,
        "payment_method": null,
        "payment_method_configuration_details": null,
        "payment_method_options": {
            "card": {
                "mandate_options": null,
                "network": null,
                "request_three_d_secure": "automatic",
            },
        },
        "payment_method_types": ["card"],
        "single_use_mandate": null,
        "status": "requires_payment_method",
        "usage": "off_session",
    })
}
