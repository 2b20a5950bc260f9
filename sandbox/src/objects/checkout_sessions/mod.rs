//! Checkout sessions: what a customer is asked to pay on a page of the gateway.
//!
//! Only mode `payment` is known here.

use serde_json::Value;

use super::{customers, payment_intents, terms};
use crate::account::{Account, text};
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::ids;
use crate::lists::Page;

mod lines;
mod pay;
mod shape;

pub use lines::list_of as line_items_of;
pub use pay::{follow, pay};

pub const KIND: &str = "checkout.session";
const HOUR_S: i64 = 60 * 60;

pub fn create(account: &mut Account, mut params: Params) -> Result<Value> {
    params
        .choice("mode", &["payment"])?
        .ok_or_else(|| ApiError::missing_param("mode"))?;
    let id = format!("cs_test_{}", ids::random(58));
    let mut session = shape::shape(&id, account);
    apply_addresses(&mut session, &mut params)?;
    apply_customer(account, &mut session, &mut params)?;
    if let Some(types) = params.list("payment_method_types")? {
        session["payment_method_types"] = checked_types(types)?;
    }
    session["expires_at"] = expiry(&mut params, account.now())?.into();
    for name in ["client_reference_id", "locale"] {
        session[name] = params.text(name)?.into();
    }
    session["submit_type"] = params
        .choice("submit_type", &["auto", "book", "donate", "pay"])?
        .into();
    params.choice("ui_mode", &["hosted"])?;
    if let Some(metadata) = params.metadata()? {
        merge_metadata(&mut session, metadata);
    }
    let intent = checked_intent_data(&mut params)?;
    let items = lines::from(account, &mut params)?;
    params.finish()?;
    items.keep(account);
    session["currency"] = items.currency.into();
    session["amount_subtotal"] = items.total.into();
    session["amount_total"] = items.total.into();
    account.store.put(session.clone());
    account.store.hide(&id, "line_items", items.items.into());
    account.store.hide(&id, "payment_intent_data", intent);
    account.store.wait(&id, session["expires_at"].as_i64());
    Ok(session)
}

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn update(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut session = account.store.find(KIND, id)?;
    if let Some(metadata) = params.metadata()? {
        merge_metadata(&mut session, metadata);
    }
    params.finish()?;
    account.store.put(session.clone());
    Ok(session)
}

pub fn expire(account: &mut Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    let session = account.store.find(KIND, id)?;
    must_be_open(&session)?;
    Ok(end(account, session))
}

/// Its time is over.
pub fn fall_due(account: &mut Account, session: Value) {
    if text(&session, "status") == "open" {
        end(account, session);
    }
}

/// Nobody can pay it any more, and neither its intent.
fn end(account: &mut Account, mut session: Value) -> Value {
    session["status"] = "expired".into();
    session["url"] = Value::Null;
    account.store.put(session.clone());
    account.store.wait(text(&session, "id"), None);
    let intent = account.store.any(text(&session, "payment_intent")).cloned();
    if let Some(intent) = intent {
        payment_intents::end(account, intent, None);
    }
    account.emit("checkout.session.expired", &session, None);
    session
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let wanted = [
        ("customer", params.text("customer")?),
        ("payment_intent", params.text("payment_intent")?),
        ("status", params.text("status")?),
    ];
    params.finish()?;
    let sessions = account.store.newest(KIND).filter(|session| {
        wanted
            .iter()
            .all(|(name, value)| value.as_ref().is_none_or(|value| session[*name] == **value))
    });
    page.cut("/v1/checkout/sessions", sessions)
}

pub fn line_items(account: &Account, id: &str, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    params.finish()?;
    account.store.find(KIND, id)?;
    let items = account.store.hidden(id)["line_items"].as_array();
    page.cut(
        &format!("/v1/checkout/sessions/{id}/line_items"),
        items.into_iter().flatten(),
    )
}

pub fn must_be_open(session: &Value) -> Result<()> {
    match text(session, "status") {
        "open" => Ok(()),
        status => Err(ApiError::state(
            "checkout_session_not_open",
            format!(
                "Only Checkout Sessions with a status in [\"open\"] can be expired or paid. This \
                 Checkout Session has a status of {status}."
            ),
        )),
    }
}

/// Where the customer goes afterwards, with the session's id where it was asked for.
fn apply_addresses(session: &mut Value, params: &mut Params) -> Result<()> {
    let success = params.required("success_url")?;
    let cancel = params.text("cancel_url")?;
    for (name, address) in [("success_url", Some(success)), ("cancel_url", cancel)] {
        let readable = address.as_deref().is_none_or(|address| {
            url::Url::parse(address)
                .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        });
        if !readable {
            return Err(ApiError::invalid("Not a valid URL")
                .code("url_invalid")
                .param(name));
        }
        session[name] = address.into();
    }
    Ok(())
}

fn apply_customer(account: &Account, session: &mut Value, params: &mut Params) -> Result<()> {
    let customer = params.text("customer")?;
    let email = params.text("customer_email")?;
    let creation = params.choice("customer_creation", &["always", "if_required"])?;
    if customer.is_some() && (email.is_some() || creation.is_some()) {
        return Err(ApiError::invalid(
            "You may only specify one of these parameters: customer, customer_email, \
             customer_creation.",
        ));
    }
    if let Some(id) = &customer {
        customers::named(account, id, "customer")?;
    } else {
        session["customer_creation"] = creation.as_deref().unwrap_or("if_required").into();
    }
    session["customer"] = customer.into();
    session["customer_email"] = email.into();
    Ok(())
}

fn checked_types(types: Vec<String>) -> Result<Value> {
    match types
        .iter()
        .find(|name| !shape::METHODS.contains(&name.as_str()))
    {
        None if types.is_empty() => Err(ApiError::missing_param("payment_method_types")),
        None => Ok(types.into()),
        Some(name) => Err(ApiError::invalid(format!(
            "Invalid payment_method_types[]: {name} is not one of {}",
            shape::METHODS.join(", ")
        ))
        .param("payment_method_types")),
    }
}

fn expiry(params: &mut Params, now: i64) -> Result<i64> {
    let latest = now + 24 * HOUR_S;
    let at = params.integer("expires_at")?.unwrap_or(latest);
    if (now + HOUR_S / 2..=latest).contains(&at) {
        return Ok(at);
    }
    Err(ApiError::invalid(
        "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from \
         Checkout Session creation.",
    )
    .param("expires_at"))
}

/// What the intent will be told, tried out on one that is thrown away.
fn checked_intent_data(params: &mut Params) -> Result<Value> {
    let Some(mut data) = params.nested("payment_intent_data")? else {
        return Ok(Value::Null);
    };
    let kept = data.as_value();
    terms::apply_details(&mut terms::shape("", 0, "", 0), &mut data)?;
    data.finish()?;
    Ok(kept)
}
