//! From a draft to money: an invoice becomes final, gets a payment intent, and is paid by whoever
//! brings that intent to its end, be it the customer in a browser or the gateway off session.

use serde_json::{Value, json};

use super::draft::total;
use super::{KIND, subscription_of};
use crate::account::{Account, text};
use crate::declines::Decline;
use crate::errors::{ApiError, Result};
use crate::objects::attempt::Attempt;
use crate::objects::{confirmation, invoice_payments, payment_intents, subscriptions, terms};

const DAY_S: i64 = 24 * 60 * 60;
/// Days after the first attempt on which a renewal is tried again. After the last one the
/// subscription is given up.
const RETRY_ON_DAYS: &[i64] = &[1, 3, 5, 7];

/// Makes a draft final. One that asks for nothing is paid at once, any other can be paid from now
/// on.
pub fn finalize(account: &mut Account, mut invoice: Value) -> Value {
    let now = account.now();
    let mut customer = account
        .store
        .any(text(&invoice, "customer"))
        .cloned()
        .unwrap_or_default();
    total(&mut invoice, customer["balance"].as_i64().unwrap_or(0));
    let sequence = customer["next_invoice_sequence"].as_i64().unwrap_or(1);
    invoice["number"] = format!("{}-{sequence:04}", text(&customer, "invoice_prefix")).into();
    invoice["status"] = "open".into();
    invoice["effective_at"] = now.into();
    invoice["automatically_finalizes_at"] = Value::Null;
    invoice["status_transitions"]["finalized_at"] = now.into();
    customer["next_invoice_sequence"] = (sequence + 1).into();
    if customer["balance"] == invoice["ending_balance"] {
        account.store.put(customer);
    } else {
        customer["balance"] = invoice["ending_balance"].clone();
        account.update("customer.updated", &customer);
    }
    account.store.put(invoice.clone());
    account.store.wait(text(&invoice, "id"), None);
    account.emit("invoice.finalized", &invoice, None);
    if invoice["amount_due"] == 0 {
        return paid(account, invoice, None);
    }
    let intent = intent_for(account, &invoice);
    invoice_payments::open(account, &invoice, text(&intent, "id"));
    account.emit("payment_intent.created", &intent, None);
    invoice
}

/// What a customer owes by an invoice, as an intent. It says which invoice it is for as the
/// gateway does, by its order reference.
fn intent_for(account: &mut Account, invoice: &Value) -> Value {
    let id = crate::ids::fresh("pi");
    let amount = invoice["amount_due"].as_i64().unwrap_or(0);
    let mut intent = terms::shape(&id, amount, text(invoice, "currency"), account.now());
    let subscription = account.store.any(subscription_of(invoice)).cloned();
    let subscription = subscription.unwrap_or_default();
    intent["automatic_payment_methods"] = Value::Null;
    intent["customer"] = invoice["customer"].clone();
    intent["description"] = match text(invoice, "billing_reason") {
        "subscription_create" => "Subscription creation",
        _ => "Subscription update",
    }
    .into();
    intent["payment_details"] = json!({
        "customer_reference": null,
        "order_reference": invoice["id"],
    });
    let keeps = &subscription["payment_settings"]["save_default_payment_method"];
    if *keeps == "on_subscription" {
        intent["setup_future_usage"] = "off_session".into();
    }
    if let Some(method) = subscriptions::method_of(account, &subscription) {
        intent["payment_method"] = method["id"].clone();
        intent["status"] = "requires_confirmation".into();
    }
    account.store.put(intent.clone());
    account.store.hide(&id, "invoice", invoice["id"].clone());
    intent
}

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

/// The customer owes it no longer: their credit comes back, and the intent cannot be paid.
pub fn void(account: &mut Account, mut invoice: Value) -> Value {
    let id = text(&invoice, "id").to_owned();
    invoice["status"] = "void".into();
    invoice["auto_advance"] = false.into();
    invoice["next_payment_attempt"] = Value::Null;
    invoice["status_transitions"]["voided_at"] = account.now().into();
    account.store.wait(&id, None);
    drop_intent(account, &id);
    let used = invoice["starting_balance"].as_i64().unwrap_or(0)
        - invoice["ending_balance"].as_i64().unwrap_or(0);
    let customer = account.store.any(text(&invoice, "customer")).cloned();
    if let Some(mut customer) = customer.filter(|_| used != 0) {
        let balance = customer["balance"].as_i64().unwrap_or(0) + used;
        customer["balance"] = balance.into();
        account.update("customer.updated", &customer);
    }
    account.store.put(invoice.clone());
    account.emit("invoice.voided", &invoice, None);
    invoice
}

/// The intent of an invoice that is to be paid otherwise, or not at all, comes to its end.
pub fn drop_intent(account: &mut Account, invoice: &str) {
    let intent = invoice_payments::intent(&account.store, invoice);
    invoice_payments::close(account, invoice, "canceled");
    if let Some(intent) = intent.filter(|intent| intent["status"] != "succeeded") {
        payment_intents::end(account, intent, Some("void_invoice"));
    }
}

/// Asks nobody for this money any more, though it is still owed.
pub fn rest(account: &mut Account, mut invoice: Value) {
    invoice["auto_advance"] = false.into();
    invoice["next_payment_attempt"] = Value::Null;
    invoice["automatically_finalizes_at"] = Value::Null;
    account.store.wait(text(&invoice, "id"), None);
    account.update("invoice.updated", &invoice);
}
