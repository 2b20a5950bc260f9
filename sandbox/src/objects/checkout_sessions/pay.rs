//! From the page to money: the session's intent is made when somebody pays, and what becomes of
//! the intent becomes of the session.

use serde_json::{Value, json};

use super::{KIND, must_be_open};
use crate::account::{Account, text};
use crate::errors::{ApiError, Result};
use crate::form::Params;
use crate::ids;
use crate::objects::attempt::Attempt;
use crate::objects::intents::must_be_open as must_be_payable;
use crate::objects::{confirmation, customers, payment_methods, terms};

/// Somebody pays on the page, perhaps after another card was declined. Gives the intent.
pub fn pay(account: &mut Account, id: &str, email: Option<&str>, method: &str) -> Result<Value> {
    let mut session = account.store.find(KIND, id)?;
    must_be_open(&session)?;
    let method = payment_methods::usable(account, method, "payment_method")?;
    let allowed = session["payment_method_types"].as_array();
    if !allowed.is_some_and(|types| types.contains(&method["type"])) {
        let message = "This payment method is not accepted here.";
        return Err(ApiError::invalid(message).param("payment_method"));
    }
    if session["customer_email"].is_null() && session["customer"].is_null() {
        let email = email.filter(|email| email.contains('@'));
        let email = email.ok_or_else(|| ApiError::missing_param("email"))?;
        account.store.hide(id, "email", email.into());
    }
    let mut intent = match account.store.any(text(&session, "payment_intent")) {
        Some(intent) => intent.clone(),
        None => begin(account, &mut session)?,
    };
    must_be_payable(&intent)?;
    intent["payment_method"] = method["id"].clone();
    confirmation::start(account, intent, &Attempt::on_page())
}

/// The intent of a session has moved, and so does the session.
pub fn follow(account: &mut Account, intent: &Value) {
    let session = account.store.hidden(text(intent, "id"))["session"].as_str();
    let session = session.and_then(|id| account.store.get(KIND, id));
    let Some(mut session) = session.cloned() else {
        return;
    };
    let paid = text(intent, "status") == "succeeded";
    let event = match (text(&session, "status"), text(intent, "status")) {
        ("open", "succeeded" | "processing" | "requires_capture") => {
            complete(account, &mut session);
            "checkout.session.completed"
        }
        ("complete", "succeeded") => "checkout.session.async_payment_succeeded",
        ("complete", "requires_payment_method") => "checkout.session.async_payment_failed",
        _ => return,
    };
    if paid {
        session["payment_status"] = "paid".into();
    }
    account.store.put(session.clone());
    account.emit(event, &session, None);
}

fn begin(account: &mut Account, session: &mut Value) -> Result<Value> {
    let session_id = text(session, "id").to_owned();
    let amount = session["amount_total"].as_i64().unwrap_or(0);
    let id = ids::fresh("pi");
    let mut intent = terms::shape(&id, amount, text(session, "currency"), account.now());
    let mut details = Params::kept(&account.store.hidden(&session_id)["payment_intent_data"]);
    terms::apply_details(&mut intent, &mut details)?;
    if session["customer_creation"] == "always" {
        session["customer"] = new_customer(account, session)?;
    }
    intent["automatic_payment_methods"] = Value::Null;
    intent["payment_method_types"] = session["payment_method_types"].clone();
    intent["customer"] = session["customer"].clone();
    account.store.put(intent.clone());
    account.store.hide(&id, "session", session_id.into());
    account.emit("payment_intent.created", &intent, None);
    session["payment_intent"] = intent["id"].clone();
    account.store.put(session.clone());
    Ok(intent)
}

fn new_customer(account: &mut Account, session: &Value) -> Result<Value> {
    let email = email_of(account, session);
    let customer = customers::create(account, Params::kept(&json!({ "email": email })))?;
    Ok(customer["id"].clone())
}

fn complete(account: &mut Account, session: &mut Value) {
    session["customer_details"] = json!({
        "address": null,
        "business_name": null,
        "email": email_of(account, session),
        "individual_name": null,
        "name": null,
        "phone": null,
        "tax_exempt": "none",
        "tax_ids": [],
    });
    session["status"] = "complete".into();
    session["url"] = Value::Null;
    account.store.wait(text(session, "id"), None);
}

/// What was typed, or what was known before.
fn email_of(account: &Account, session: &Value) -> Value {
    let typed = &account.store.hidden(text(session, "id"))["email"];
    let customer = account.store.any(text(session, "customer"));
    [Some(typed), Some(&session["customer_email"])]
        .into_iter()
        .chain([customer.map(|customer| &customer["email"])])
        .flatten()
        .find(|email| email.is_string())
        .cloned()
        .unwrap_or_default()
}
