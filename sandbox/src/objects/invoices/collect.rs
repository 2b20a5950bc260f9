//! From a final invoice to money: its intent is brought to an end by the customer in a browser, or
//! by the gateway off session.

use serde_json::Value;

use super::{KIND, subscription_of};
use crate::account::{Account, text};
use crate::declines::Decline;
use crate::errors::{ApiError, Result};
use crate::objects::attempt::Attempt;
use crate::objects::{confirmation, invoice_payments, subscriptions};

const DAY_S: i64 = 24 * 60 * 60;
/// Days after the first attempt on which a renewal is tried again. After the last one the
/// subscription is given up.
const RETRY_ON_DAYS: &[i64] = &[1, 3, 5, 7];

/// Asks the bank for an open invoice's money while the customer is not there.
pub fn attempt(account: &mut Account, mut invoice: Value) -> Value {
    let id = text(&invoice, "id").to_owned();
    let now = account.now();
    let attempts = invoice["attempt_count"].as_i64().unwrap_or(0) + 1;
    let first = account.store.hidden(&id)["first_attempt"].as_i64();
    let first = first.unwrap_or(now);
    account.store.hide(&id, "first_attempt", first.into());
    let retried = is_retried(&invoice);
    let again = match retried {
        true => usize::try_from(attempts - 1)
            .ok()
            .and_then(|done| RETRY_ON_DAYS.get(done)),
        false => None,
    };
    let again = again.map(|days| first + days * DAY_S);
    invoice["attempted"] = true.into();
    invoice["attempt_count"] = attempts.into();
    invoice["next_payment_attempt"] = again.into();
    account.store.put(invoice.clone());
    account.store.wait(&id, again);
    charge(account, &invoice);
    let mut invoice = account.store.any(&id).cloned().unwrap_or(invoice);
    if invoice["status"] == "open" && again.is_none() && retried {
        invoice["auto_advance"] = false.into();
        account.update("invoice.updated", &invoice);
        subscriptions::give_up(account, &invoice);
    }
    invoice
}

/// A first invoice is for the customer to pay, and so is a change that waits for its payment.
fn is_retried(invoice: &Value) -> bool {
    invoice["auto_advance"] == true && invoice["billing_reason"] != "subscription_create"
}

/// Pays at somebody's request, who is told when it does not work.
pub fn pay(account: &mut Account, invoice: Value, method: Option<Value>) -> Result<Value> {
    let id = text(&invoice, "id").to_owned();
    let subscription = account.store.any(subscription_of(&invoice)).cloned();
    let method =
        method.or_else(|| subscriptions::method_of(account, &subscription.unwrap_or_default()));
    let intent = invoice_payments::intent(&account.store, &id);
    let (Some(method), Some(intent)) = (method, intent) else {
        return Err(ApiError::state(
            "invoice_no_payment_method",
            "Cannot charge customer that has no default payment method. You can set one on the \
             subscription or in the customer's invoice settings.",
        ));
    };
    let intent = confirmation::start(
        account,
        with_method(intent, &method),
        &Attempt::unattended(),
    )?;
    if intent["status"] == "requires_action" {
        return Err(ApiError::card(
            "invoice_payment_intent_requires_action",
            "This payment requires additional user action before it can be completed \
             successfully. Payment can be completed using the PaymentIntent associated with the \
             invoice.",
        )
        .with("payment_intent", intent));
    }
    account.store.find(KIND, &id)
}

fn with_method(mut intent: Value, method: &Value) -> Value {
    intent["payment_method"] = method["id"].clone();
    intent["status"] = "requires_confirmation".into();
    intent
}

/// Confirms the invoice's intent; [`follow`] hears how it went.
fn charge(account: &mut Account, invoice: &Value) {
    let Some(intent) = invoice_payments::intent(&account.store, text(invoice, "id")) else {
        return;
    };
    let subscription = account.store.any(subscription_of(invoice)).cloned();
    let method = subscriptions::method_of(account, &subscription.unwrap_or_default());
    let Some(method) = method else {
        failed(account, invoice.clone());
        return;
    };
    let intent = with_method(intent, &method);
    let forced = subscriptions::forced_decline(account, invoice);
    match forced {
        None => {
            // A refusal is in the intent by now, and nobody waits for the error.
            let _ = confirmation::start(account, intent, &Attempt::unattended());
        }
        Some(Decline::AuthenticationRequired) => {
            Attempt::unattended().challenge(account, intent);
        }
        Some(decline) => {
            confirmation::refuse(account, intent, &method, decline);
        }
    }
}

/// An intent has come to an end of some kind: if it is an invoice's, so does the invoice.
pub fn follow(account: &mut Account, intent: &Value) {
    let Some(invoice) = asked_for(account, intent) else {
        return;
    };
    match text(intent, "status") {
        "succeeded" => {
            paid(account, invoice, Some(intent));
        }
        "requires_payment_method" => failed(account, invoice),
        _ => {}
    }
}

/// An intent waits for the customer. When they are there they just go on; otherwise somebody has to
/// call them, and the attempt has failed for now.
pub fn needs_customer(account: &mut Account, intent: &Value, unattended: bool) {
    let Some(invoice) = asked_for(account, intent) else {
        return;
    };
    account.emit("invoice.payment_action_required", &invoice, None);
    if unattended {
        failed(account, invoice);
    }
}

/// The invoice that an intent is to pay, if it is still to be paid.
fn asked_for(account: &Account, intent: &Value) -> Option<Value> {
    let id = text(account.store.hidden(text(intent, "id")), "invoice");
    let invoice = account.store.get(KIND, id)?;
    matches!(text(invoice, "status"), "open" | "uncollectible").then(|| invoice.clone())
}

fn failed(account: &mut Account, mut invoice: Value) {
    if invoice["attempt_count"] == 0 {
        invoice["attempt_count"] = 1.into();
    }
    invoice["attempted"] = true.into();
    account.update("invoice.updated", &invoice);
    account.emit("invoice.payment_failed", &invoice, None);
    subscriptions::invoice_failed(account, &invoice);
}

/// The invoice is settled, by an intent or because nothing was due.
pub fn paid(account: &mut Account, mut invoice: Value, intent: Option<&Value>) -> Value {
    let now = account.now();
    let id = text(&invoice, "id").to_owned();
    if intent.is_some() {
        invoice_payments::close(account, &id, "paid");
        if invoice["attempt_count"] == 0 {
            invoice["attempt_count"] = 1.into();
        }
    }
    invoice["attempted"] = true.into();
    invoice["auto_advance"] = false.into();
    invoice["amount_paid"] = invoice["amount_due"].clone();
    invoice["amount_remaining"] = 0.into();
    invoice["next_payment_attempt"] = Value::Null;
    invoice["status"] = "paid".into();
    invoice["status_transitions"]["paid_at"] = now.into();
    account.store.wait(&id, None);
    account.update("invoice.updated", &invoice);
    account.emit("invoice.paid", &invoice, None);
    account.emit("invoice.payment_succeeded", &invoice, None);
    subscriptions::invoice_paid(account, &invoice, intent);
    invoice
}
