//! Subscriptions: what a customer pays for again and again.
//!
//! A subscription begins `incomplete` with an invoice that is final at once, and becomes `active`
//! when that invoice is paid; if nobody pays it for 23 hours it is `incomplete_expired`. With a
//! trial it is `trialing` until the trial ends. From then on the clock renews it: a new period, and
//! an invoice that is charged an hour later off session. A renewal that fails makes it `past_due`,
//! until it is paid or given up (`canceled`).
//!
//! Its metadata is copied to `parent.subscription_details.metadata` of each of its invoices, as it
//! is when the invoice is made.
//!
//! Beside what the gateway documents: all prices of one subscription share an interval, an update
//! either happens or is refused (`error_if_incomplete` is not supported), and canceling does not
//! settle the period that is left (`invoice_now` and `prorate` are refused).

use serde_json::Value;

use super::invoices;
use crate::account::{Account, text};
use crate::errors::{ApiError, Result};
use crate::form::Params;
use crate::lists::Page;

pub mod begin;
pub mod change;
pub mod cycle;
pub mod items;
mod shape;
mod standing;
mod terms;
pub mod update;

pub use begin::create;
pub use cycle::fall_due;
pub use standing::{
    AFTER_RETRIES, card_set_up, forced_decline, give_up, invoice_failed, invoice_paid,
    invoice_voided, method_of,
};

pub const KIND: &str = "subscription";

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    const STATES: &[&str] = &[
        "active",
        "all",
        "canceled",
        "ended",
        "incomplete",
        "incomplete_expired",
        "past_due",
        "paused",
        "trialing",
        "unpaid",
    ];
    let page = Page::from(&mut params)?;
    let customer = params.text("customer")?;
    let price = params.text("price")?;
    let status = params.choice("status", STATES)?;
    params.finish()?;
    let wanted = |found: &str| match status.as_deref() {
        None => found != "canceled",
        Some("all") => true,
        Some("ended") => matches!(found, "canceled" | "incomplete_expired"),
        Some(wanted) => wanted == found,
    };
    let subscriptions = account.store.newest(KIND).filter(|subscription| {
        customer
            .as_ref()
            .is_none_or(|id| subscription["customer"] == **id)
            && price.as_ref().is_none_or(|id| {
                let mut items = subscription["items"]["data"]
                    .as_array()
                    .into_iter()
                    .flatten();
                items.any(|item| item["price"]["id"] == **id)
            })
            && wanted(text(subscription, "status"))
    });
    page.cut("/v1/subscriptions", subscriptions)
}

/// Ends it now. One that has never been paid for leaves nothing owed.
pub fn cancel(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut subscription = alive(account, id)?;
    for name in ["invoice_now", "prorate"] {
        if params.flag(name)?.unwrap_or(false) {
            return Err(ApiError::invalid(format!("{name} is not supported here.")).param(name));
        }
    }
    terms::cancellation_details(&mut subscription, &mut params)?;
    params.finish()?;
    Ok(end(account, subscription, "cancellation_requested"))
}

/// Ends a trial that was paused because there was nothing to charge: a period begins now.
pub fn resume(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let subscription = alive(account, id)?;
    params.choice("billing_cycle_anchor", &["now"])?;
    params.choice("proration_behavior", update::PRORATIONS)?;
    params.finish()?;
    if subscription["status"] != "paused" {
        return Err(ApiError::state(
            "subscription_not_paused",
            "Only a subscription whose status is paused can be resumed.",
        ));
    }
    cycle::restart(account, subscription);
    account.store.find(KIND, id)
}

/// Writes down what a subscription has become, tells it, and looks when it is its turn again.
fn save(account: &mut Account, subscription: &Value) {
    account.update("customer.subscription.updated", subscription);
    cycle::schedule(account, subscription);
}

/// Ends a subscription. Nobody is asked for what is still open.
fn end(account: &mut Account, mut subscription: Value, reason: &str) -> Value {
    let now = account.now();
    let id = text(&subscription, "id").to_owned();
    let unpaid = subscription["status"] == "incomplete";
    subscription["status"] = match unpaid {
        true => "incomplete_expired",
        false => "canceled",
    }
    .into();
    if subscription["canceled_at"].is_null() {
        subscription["canceled_at"] = now.into();
    }
    subscription["ended_at"] = now.into();
    subscription["cancellation_details"]["reason"] = reason.into();
    let invoices: Vec<Value> = account
        .store
        .newest(invoices::KIND)
        .filter(|invoice| invoices::subscription_of(invoice) == id)
        .filter(|invoice| matches!(text(invoice, "status"), "draft" | "open"))
        .cloned()
        .collect();
    for invoice in invoices {
        match unpaid {
            true => drop(invoices::void(account, invoice)),
            false => invoices::rest(account, invoice),
        }
    }
    account.store.put(subscription.clone());
    cycle::schedule(account, &subscription);
    account.emit("customer.subscription.deleted", &subscription, None);
    subscription
}

/// Ends all that a customer has, because the customer goes.
pub fn end_all_of(account: &mut Account, customer: &str) {
    let theirs: Vec<Value> = account
        .store
        .newest(KIND)
        .filter(|subscription| subscription["customer"] == customer && !is_over(subscription))
        .cloned()
        .collect();
    for subscription in theirs {
        end(account, subscription, "cancellation_requested");
    }
}

/// A subscription that has not ended.
fn alive(account: &Account, id: &str) -> Result<Value> {
    let subscription = account.store.find(KIND, id)?;
    if is_over(&subscription) {
        return Err(ApiError::missing_object(KIND, id));
    }
    Ok(subscription)
}

pub fn is_over(subscription: &Value) -> bool {
    matches!(
        text(subscription, "status"),
        "canceled" | "incomplete_expired"
    )
}
