//! Invoices: what a subscription asks for, from draft to paid.
//!
//! One is made when a subscription begins, for each renewal, and for a change that is billed at
//! once. A renewal's stays a draft for an hour, as at the gateway; the others are final at once.
//! Each final invoice that asks for money has one payment intent. Whoever brings that intent to
//! its end pays the invoice ([`follow`]).
//!
//! A renewal that fails is tried again 1, 3, 5 and 7 days after the first time; then the
//! subscription is canceled and the invoice stays open.

use serde_json::{Value, json};

use super::{invoice_payments, payment_methods};
use crate::account::{Account, text};
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::lists::Page;
use crate::store::Store;

mod collect;
mod draft;
mod finality;
pub mod lines;
pub mod preview;

pub use collect::{attempt, follow, needs_customer};
pub use draft::Draft;
pub use finality::{finalize, rest, void};

pub const KIND: &str = "invoice";
/// How long the gateway leaves a renewal's draft to those who want to add to it.
const DRAFT_FOR_S: i64 = 60 * 60;

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let customer = params.text("customer")?;
    let subscription = params.text("subscription")?;
    let status = params.choice(
        "status",
        &["draft", "open", "paid", "uncollectible", "void"],
    )?;
    params.choice("collection_method", &["charge_automatically"])?;
    params.finish()?;
    let invoices = account.store.newest(KIND).filter(|invoice| {
        customer
            .as_ref()
            .is_none_or(|id| invoice["customer"] == **id)
            && subscription
                .as_ref()
                .is_none_or(|id| subscription_of(invoice) == id)
            && status.as_ref().is_none_or(|it| invoice["status"] == **it)
    });
    page.cut("/v1/invoices", invoices)
}

pub fn list_lines(account: &Account, id: &str, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    params.finish()?;
    let invoice = account.store.find(KIND, id)?;
    let lines = invoice["lines"]["data"].as_array();
    page.cut(
        &format!("/v1/invoices/{id}/lines"),
        lines.into_iter().flatten(),
    )
}

pub fn update(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut invoice = account.store.find(KIND, id)?;
    if let Some(description) = params.change("description")? {
        invoice["description"] = description.into();
    }
    if let Some(advance) = params.flag("auto_advance")? {
        invoice["auto_advance"] = advance.into();
    }
    if let Some(metadata) = params.metadata()? {
        merge_metadata(&mut invoice, metadata);
    }
    params.finish()?;
    account.update("invoice.updated", &invoice);
    Ok(invoice)
}

/// Without waiting for the hour to be over.
pub fn finalize_now(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let invoice = account.store.find(KIND, id)?;
    let advance = params.flag("auto_advance")?;
    params.finish()?;
    must_be(&invoice, &["draft"], "finalize")?;
    let invoice = finalize(account, invoice);
    if invoice["status"] == "open" && advance.unwrap_or(true) {
        let soon = account.now() + DRAFT_FOR_S;
        account.store.wait(id, Some(soon));
    }
    Ok(invoice)
}

/// Tries to pay now, with the method that is given or the one that renewals use.
pub fn pay(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut invoice = account.store.find(KIND, id)?;
    let method = params.text("payment_method")?;
    let out_of_band = params.flag("paid_out_of_band")?.unwrap_or(false);
    params.flag("off_session")?;
    params.finish()?;
    if invoice["status"] == "draft" {
        invoice = finalize(account, invoice);
    }
    if invoice["status"] == "paid" {
        return Err(ApiError::state(
            "invoice_already_paid",
            "Invoice is already paid",
        ));
    }
    must_be(&invoice, &["open", "uncollectible"], "pay")?;
    if out_of_band {
        finality::drop_intent(account, id);
        return Ok(collect::paid(account, invoice, None));
    }
    let method = match method {
        None => None,
        Some(given) => Some(attached(account, &given, &invoice)?),
    };
    collect::pay(account, invoice, method)
}

pub fn void_now(account: &mut Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    let invoice = account.store.find(KIND, id)?;
    must_be(&invoice, &["open", "uncollectible"], "void")?;
    let invoice = void(account, invoice);
    super::subscriptions::invoice_voided(account, &invoice);
    Ok(invoice)
}

/// The money will not come, but may.
pub fn mark_uncollectible(account: &mut Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    let mut invoice = account.store.find(KIND, id)?;
    must_be(&invoice, &["open"], "mark as uncollectible")?;
    invoice["status"] = "uncollectible".into();
    invoice["auto_advance"] = false.into();
    invoice["next_payment_attempt"] = Value::Null;
    invoice["status_transitions"]["marked_uncollectible_at"] = account.now().into();
    account.store.wait(id, None);
    account.update("invoice.updated", &invoice);
    account.emit("invoice.marked_uncollectible", &invoice, None);
    Ok(invoice)
}

/// A renewal's draft is final after an hour, and a payment that failed is tried again.
pub fn fall_due(account: &mut Account, invoice: Value) {
    let invoice = match text(&invoice, "status") {
        "draft" => finalize(account, invoice),
        _ => invoice,
    };
    if invoice["status"] == "open" {
        attempt(account, invoice);
    }
}

/// Leaves a draft alone for an hour.
pub fn finalize_later(account: &mut Account, mut invoice: Value) -> Value {
    let at = account.now() + DRAFT_FOR_S;
    invoice["automatically_finalizes_at"] = at.into();
    account.store.put(invoice.clone());
    account.store.wait(text(&invoice, "id"), Some(at));
    invoice
}

/// What an invoice shows only to those who expand it.
pub fn included(store: &Store, invoice: &Value, name: &str) -> Option<Value> {
    (invoice["object"] == KIND).then_some(())?;
    let id = text(invoice, "id");
    match name {
        "payments" => Some(invoice_payments::list_of(store, id)),
        "confirmation_secret" => Some(match invoice_payments::intent(store, id) {
            Some(intent) if invoice["status"] == "open" => json!({
                "client_secret": intent["client_secret"],
                "type": "payment_intent",
            }),
            _ => Value::Null,
        }),
        _ => None,
    }
}

/// The subscription that an invoice is for.
pub fn subscription_of(invoice: &Value) -> &str {
    text(&invoice["parent"]["subscription_details"], "subscription")
}

fn attached(account: &mut Account, id: &str, invoice: &Value) -> Result<Value> {
    payment_methods::resolve(account, id)
        .filter(|method| method["customer"].is_null() || method["customer"] == invoice["customer"])
        .ok_or_else(|| {
            let mut error = ApiError::missing_object(payment_methods::KIND, id);
            error.status = 400;
            error.param("payment_method")
        })
}

fn must_be(invoice: &Value, states: &[&str], verb: &str) -> Result<()> {
    let status = text(invoice, "status");
    if states.contains(&status) {
        return Ok(());
    }
    Err(ApiError::state(
        "invoice_not_editable",
        format!("You cannot {verb} this invoice because its status is {status}."),
    ))
}
