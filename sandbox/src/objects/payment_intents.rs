//! Payment intents: what is asked for, and its way to money or to an end.

use serde_json::Value;

use super::attempt::{Attempt, Caller};
use super::chosen::{Chosen, choose};
use super::intents::{is_open, must_be_open, unexpected_state};
use super::terms::{apply, checked_amount, checked_currency, shape};
use super::{aftermath, charges, checkout_sessions, confirmation};
use crate::account::{Account, text};
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::ids;
use crate::lists::Page;

pub const KIND: &str = "payment_intent";
pub const SHOWN_TO_BROWSERS: &[&str] = &[
    "id",
    "object",
    "amount",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "capture_method",
    "client_secret",
    "confirmation_method",
    "created",
    "currency",
    "description",
    "last_payment_error",
    "livemode",
    "next_action",
    "payment_method",
    "payment_method_types",
    "processing",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "source",
    "status",
];

pub fn create(account: &mut Account, mut params: Params) -> Result<Value> {
    let amount = checked_amount(params.integer("amount")?, "amount")?;
    let currency = checked_currency(params.required("currency")?)?;
    if currency == "usd" && amount < 50 {
        return Err(ApiError::invalid("Amount must be at least $0.50 usd")
            .code("amount_too_small")
            .param("amount"));
    }
    let id = ids::fresh("pi");
    let mut intent = shape(&id, amount, &currency, account.now());
    apply(account, &mut intent, &mut params)?;
    let confirm = params.flag("confirm")?.unwrap_or(false);
    let attempt = Attempt::from(&mut params, Caller::Server)?;
    let chosen = Chosen::from(account, &intent, &mut params)?;
    params.finish()?;
    if confirm {
        attempt.check(&intent)?;
    } else {
        attempt.refuse_without_confirm(&intent)?;
    }
    choose(account, &mut intent, chosen)?;
    account.store.put(intent.clone());
    account.emit("payment_intent.created", &intent, None);
    if confirm {
        return confirmation::start(account, intent, &attempt);
    }
    Ok(intent)
}

pub fn retrieve(account: &Account, id: &str, mut params: Params) -> Result<Value> {
    params.text("client_secret")?;
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn update(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut intent = account.store.find(KIND, id)?;
    let open = is_open(&intent);
    if let Some(amount) = params.integer("amount")? {
        must_be(open, &intent, "update the amount of")?;
        intent["amount"] = checked_amount(Some(amount), "amount")?.into();
    }
    if let Some(currency) = params.text("currency")? {
        must_be(open, &intent, "update the currency of")?;
        intent["currency"] = checked_currency(currency)?.into();
    }
    apply(account, &mut intent, &mut params)?;
    let chosen = Chosen::from(account, &intent, &mut params)?;
    params.finish()?;
    if chosen.is_some() {
        must_be(open, &intent, "update the payment method of")?;
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
    let attempt = Attempt::from(&mut params, caller)?;
    apply(account, &mut intent, &mut params)?;
    let chosen = Chosen::from(account, &intent, &mut params)?;
    params.finish()?;
    must_be_open(&intent)?;
    attempt.check(&intent)?;
    choose(account, &mut intent, chosen)?;
    confirmation::start(account, intent, &attempt)
}

pub fn capture(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut intent = account.store.find(KIND, id)?;
    let capturable = intent["amount_capturable"].as_i64().unwrap_or(0);
    let amount = params.integer("amount_to_capture")?.unwrap_or(capturable);
    let metadata = params.metadata()?;
    params.finish()?;
    if text(&intent, "status") != "requires_capture" {
        return Err(unexpected_state(
            &intent,
            format!(
                "This PaymentIntent could not be captured because it has a status of {}. Only a \
                 PaymentIntent with one of the following statuses may be captured: \
                 requires_capture.",
                text(&intent, "status")
            ),
        ));
    }
    if !(1..=capturable).contains(&amount) {
        return Err(ApiError::invalid(format!(
            "The amount to capture must be between 1 and {capturable}."
        ))
        .code("amount_too_large")
        .param("amount_to_capture"));
    }
    if let Some(metadata) = metadata {
        merge_metadata(&mut intent, metadata);
    }
    let charge = charges::capture(account, text(&intent, "latest_charge"), amount)?;
    intent["status"] = "succeeded".into();
    intent["amount_capturable"] = 0.into();
    intent["amount_received"] = amount.into();
    account.store.put(intent.clone());
    account.emit("payment_intent.succeeded", &intent, None);
    aftermath::of_charge(account, &charge);
    checkout_sessions::follow(account, &intent);
    Ok(intent)
}

pub fn cancel(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let intent = account.store.find(KIND, id)?;
    let reason = params.choice(
        "cancellation_reason",
        &[
            "abandoned",
            "duplicate",
            "fraudulent",
            "requested_by_customer",
        ],
    )?;
    params.finish()?;
    if !account.store.hidden(id)["invoice"].is_null() {
        return Err(unexpected_state(
            &intent,
            "You cannot cancel this PaymentIntent because it was created by an invoice. Void the \
             invoice instead."
                .to_owned(),
        ));
    }
    let status = text(&intent, "status");
    if matches!(status, "succeeded" | "canceled") {
        return Err(unexpected_state(
            &intent,
            format!(
                "You cannot cancel this PaymentIntent because it has a status of {status}. Only a \
                 PaymentIntent with one of the following statuses may be canceled: \
                 requires_payment_method, requires_capture, requires_confirmation, \
                 requires_action, processing."
            ),
        ));
    }
    Ok(end(account, intent, reason.as_deref()))
}

/// Nobody can pay it any more, and what was held is let go.
pub fn end(account: &mut Account, mut intent: Value, reason: Option<&str>) -> Value {
    let held = matches!(text(&intent, "status"), "requires_capture" | "processing");
    intent["status"] = "canceled".into();
    intent["canceled_at"] = account.now().into();
    intent["cancellation_reason"] = reason.into();
    intent["next_action"] = Value::Null;
    intent["processing"] = Value::Null;
    intent["amount_capturable"] = 0.into();
    account.store.put(intent.clone());
    if held {
        charges::release(account, text(&intent, "latest_charge"));
    }
    account.emit("payment_intent.canceled", &intent, None);
    intent
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let customer = params.text("customer")?;
    params.finish()?;
    let intents = account.store.newest(KIND).filter(|intent| {
        customer
            .as_ref()
            .is_none_or(|id| intent["customer"] == **id)
    });
    page.cut("/v1/payment_intents", intents)
}

fn must_be(allowed: bool, intent: &Value, verb: &str) -> Result<()> {
    if allowed {
        return Ok(());
    }
    Err(unexpected_state(
        intent,
        format!(
            "You cannot {verb} this PaymentIntent because it has a status of {}.",
            text(intent, "status")
        ),
    ))
}
