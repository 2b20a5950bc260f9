//! Confirming a setup intent: the bank is asked for consent, and the card belongs to the customer.

use serde_json::Value;

use super::attempt::{Attempt, Circumstances, Purpose, Step, next_step};
use super::intents::{must_be_challenged, unexpected_state};
use super::method_data::BANK_ACCOUNT;
use super::setup_intents::KIND;
use super::{payment_methods, subscriptions};
use crate::account::{Account, text};
use crate::declines::Decline;
use crate::errors::{ApiError, Result};

/// Confirms an intent that is open and has been checked.
pub fn start(account: &mut Account, mut intent: Value, attempt: &Attempt) -> Result<Value> {
    let method_id = text(&intent, "payment_method").to_owned();
    let Some(method) = account
        .store
        .get(payment_methods::KIND, &method_id)
        .cloned()
    else {
        return Err(unexpected_state(
            &intent,
            "You cannot confirm this SetupIntent because it's missing a payment method. Update \
             the SetupIntent with a payment method and then confirm it again."
                .to_owned(),
        ));
    };
    intent["last_setup_error"] = Value::Null;
    if text(&method, "type") == BANK_ACCOUNT {
        return Ok(approve(account, intent, &method));
    }
    let card = payment_methods::card_behind(account, &method_id);
    match next_step(card, Purpose::SetUp, Circumstances::default()) {
        Step::Approve => Ok(approve(account, intent, &method)),
        Step::Decline(decline) => Err(refuse(account, intent, &method, decline)),
        Step::Challenge => Ok(attempt.challenge(account, intent)),
    }
}

/// The customer answered the challenge. The answer is the intent as it is then.
pub fn answer_challenge(account: &mut Account, id: &str, completed: bool) -> Result<Value> {
    let intent = account.store.find(KIND, id)?;
    must_be_challenged(&intent)?;
    let method_id = text(&intent, "payment_method").to_owned();
    let method = account.store.find(payment_methods::KIND, &method_id)?;
    if !completed {
        return Ok(fail_authentication(account, intent, &method));
    }
    let card = payment_methods::card_behind(account, &method_id);
    let now = Circumstances {
        authenticated: true,
        ..Circumstances::default()
    };
    match next_step(card, Purpose::SetUp, now) {
        Step::Decline(decline) => {
            refuse(account, intent, &method, decline);
            account.store.find(KIND, id)
        }
        Step::Approve | Step::Challenge => Ok(approve(account, intent, &method)),
    }
}

/// The card is set up, and belongs to the customer if there is one.
pub fn approve(account: &mut Account, mut intent: Value, method: &Value) -> Value {
    let usage = text(&intent, "usage").to_owned();
    payment_methods::keep_for(account, method, &intent["customer"], &usage);
    intent["payment_method"] = method["id"].clone();
    intent["next_action"] = Value::Null;
    intent["last_setup_error"] = Value::Null;
    intent["status"] = "succeeded".into();
    account.store.put(intent.clone());
    account.emit("setup_intent.succeeded", &intent, None);
    subscriptions::card_set_up(account, &intent);
    intent
}

/// The bank refused: the intent is open for another card. Gives the error for the caller.
pub fn refuse(account: &mut Account, intent: Value, method: &Value, decline: Decline) -> ApiError {
    let error = decline.error().with("payment_method", method.clone());
    let intent = reopen(account, intent, error.as_value());
    error.with("setup_intent", intent)
}

fn fail_authentication(account: &mut Account, intent: Value, method: &Value) -> Value {
    let error = ApiError::state(
        "setup_intent_authentication_failure",
        "The latest attempt to set up the payment method has failed because authentication \
         failed.",
    )
    .with("payment_method", method.clone());
    reopen(account, intent, error.as_value())
}

fn reopen(account: &mut Account, mut intent: Value, error: Value) -> Value {
    intent["status"] = "requires_payment_method".into();
    intent["last_setup_error"] = error;
    intent["next_action"] = Value::Null;
    intent["payment_method"] = Value::Null;
    account.store.put(intent.clone());
    account.emit("setup_intent.setup_failed", &intent, None);
    intent
}
