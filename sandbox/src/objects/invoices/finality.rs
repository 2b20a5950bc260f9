//! An invoice becomes final: it gets its number, and a payment intent when it asks for money. And
//! it ends without being paid.

use serde_json::{Value, json};

use super::collect::paid;
use super::draft::total;
use super::subscription_of;
use crate::account::{Account, text};
use crate::ids;
use crate::objects::{invoice_payments, payment_intents, subscriptions, terms};

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
    let id = ids::fresh("pi");
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
