//! What payment intents and setup intents have in common: both are confirmed, perhaps challenged,
//! and known to a browser by their client secret.

use serde_json::Value;

use super::{payment_intents, setup_intents};
use crate::account::{Account, text};
use crate::errors::{ApiError, Result};

/// The kind of intent that an id belongs to.
pub fn kind_of(id: &str) -> &'static str {
    match id.starts_with("seti_") {
        true => setup_intents::KIND,
        false => payment_intents::KIND,
    }
}

/// As messages call it.
pub fn noun(intent: &Value) -> &'static str {
    match is_setup(intent) {
        true => "SetupIntent",
        false => "PaymentIntent",
    }
}

pub fn is_setup(intent: &Value) -> bool {
    intent["object"] == setup_intents::KIND
}

/// Whether a confirmation can start from where the intent is.
pub fn is_open(intent: &Value) -> bool {
    matches!(
        text(intent, "status"),
        "requires_payment_method" | "requires_confirmation" | "requires_action"
    )
}

pub fn must_be_open(intent: &Value) -> Result<()> {
    if is_open(intent) {
        return Ok(());
    }
    let noun = noun(intent);
    let message = match text(intent, "status") {
        "succeeded" => format!(
            "You cannot confirm this {noun} because it has already succeeded after being \
             previously confirmed."
        ),
        status => format!(
            "This {noun}'s status is {status}, and it can only be confirmed when its status is \
             requires_payment_method, requires_confirmation or requires_action."
        ),
    };
    Err(unexpected_state(intent, message))
}

/// A challenge is answered once.
pub fn must_be_challenged(intent: &Value) -> Result<()> {
    match text(intent, "status") {
        "requires_action" => Ok(()),
        status => {
            let message = format!(
                "This {}'s challenge is over: its status is {status}.",
                noun(intent)
            );
            Err(unexpected_state(intent, message))
        }
    }
}

pub fn unexpected_state(intent: &Value, message: String) -> ApiError {
    let kind = text(intent, "object");
    ApiError::state(&format!("{kind}_unexpected_state"), message).with(kind, intent.clone())
}

/// The intent, if the secret is its own.
pub fn with_secret(account: &Account, id: &str, secret: &str) -> Result<Value> {
    let kind = kind_of(id);
    let intent = account.store.find(kind, id)?;
    if intent["client_secret"] == *secret {
        return Ok(intent);
    }
    Err(ApiError::invalid(format!(
        "The client_secret provided does not match the client_secret associated with the {}: \
         {id}.",
        noun(&intent)
    ))
    .code(&format!("{kind}_invalid_parameter"))
    .param("client_secret"))
}

/// What a browser that holds the client secret may see. Other objects pass as they are.
pub fn for_browser(object: &Value) -> Value {
    let shown = match text(object, "object") {
        payment_intents::KIND => payment_intents::SHOWN_TO_BROWSERS,
        setup_intents::KIND => setup_intents::SHOWN_TO_BROWSERS,
        _ => return object.clone(),
    };
    let fields = shown
        .iter()
        .map(|name| ((*name).to_owned(), object[*name].clone()));
    Value::Object(fields.collect())
}
