//! Confirming a payment intent: ask the card, perhaps the customer, then the bank.

use serde_json::Value;

use super::attempt::{Attempt, Circumstances, Purpose, Step, next_step};
use super::intents::{must_be_challenged, unexpected_state};
use super::method_data::BANK_ACCOUNT;
use super::payment_intents::KIND;
use super::{aftermath, bank_debits, charges, checkout_sessions, invoices, payment_methods};
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
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can \
             either update the PaymentIntent with a payment method and then confirm it again, or \
             confirm it again directly with a payment method or ConfirmationToken."
                .to_owned(),
        ));
    };
    intent["last_payment_error"] = Value::Null;
    if text(&method, "type") == BANK_ACCOUNT {
        return Ok(bank_debits::begin(account, intent, &method));
    }
    let card = payment_methods::card_behind(account, &method_id);
    let set_up = account.store.hidden(&method_id)["set_up"] == true;
    let now = Circumstances {
        off_session: attempt.off_session,
        set_up,
        authenticated: false,
    };
    match next_step(card, Purpose::Charge, now) {
        Step::Approve => Ok(approve(account, intent, &method)),
        Step::Decline(Decline::AuthenticationRequired) if attempt.unattended => {
            Ok(attempt.challenge(account, intent))
        }
        Step::Decline(decline) => Err(refuse(account, intent, &method, decline)),
        Step::Challenge if attempt.error_on_requires_action => Err(refuse(
            account,
            intent,
            &method,
            Decline::AuthenticationRequired,
        )),
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
    match next_step(card, Purpose::Charge, now) {
        Step::Decline(decline) => {
            refuse(account, intent, &method, decline);
            account.store.find(KIND, id)
        }
        Step::Approve | Step::Challenge => Ok(approve(account, intent, &method)),
    }
}

/// The bank agreed: the money is here, or held until it is captured.
pub fn approve(account: &mut Account, mut intent: Value, method: &Value) -> Value {
    let captured = text(&intent, "capture_method") != "manual";
    let charge = charges::approved(account, &intent, method, captured);
    intent["latest_charge"] = charge["id"].clone();
    intent["next_action"] = Value::Null;
    intent["processing"] = Value::Null;
    intent["last_payment_error"] = Value::Null;
    remember_method(account, &intent, method);
    let event = if captured {
        intent["status"] = "succeeded".into();
        intent["amount_received"] = intent["amount"].clone();
        "payment_intent.succeeded"
    } else {
        intent["status"] = "requires_capture".into();
        intent["amount_capturable"] = intent["amount"].clone();
        "payment_intent.amount_capturable_updated"
    };
    account.store.put(intent.clone());
    account.emit(event, &intent, None);
    if captured {
        invoices::follow(account, &intent);
        aftermath::of_charge(account, &charge);
    }
    checkout_sessions::follow(account, &intent);
    intent
}

/// The bank refused: the intent is open for another card. Gives the error for the caller.
pub fn refuse(
    account: &mut Account,
    mut intent: Value,
    method: &Value,
    decline: Decline,
) -> ApiError {
    let charge = charges::refused(account, &intent, method, decline);
    intent["latest_charge"] = charge["id"].clone();
    let error = decline
        .error()
        .with("charge", charge["id"].clone())
        .with("payment_method", method.clone());
    let intent = reopen(account, intent, error.as_value());
    error.with("payment_intent", intent)
}

fn fail_authentication(account: &mut Account, intent: Value, method: &Value) -> Value {
    let error = ApiError::state(
        "payment_intent_authentication_failure",
        "The provided PaymentMethod has failed authentication. You can provide \
         payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent \
         again.",
    )
    .with("payment_method", method.clone());
    reopen(account, intent, error.as_value())
}

fn reopen(account: &mut Account, mut intent: Value, error: Value) -> Value {
    intent["status"] = "requires_payment_method".into();
    intent["last_payment_error"] = error;
    intent["next_action"] = Value::Null;
    intent["processing"] = Value::Null;
    intent["payment_method"] = Value::Null;
    account.store.put(intent.clone());
    account.emit("payment_intent.payment_failed", &intent, None);
    invoices::follow(account, &intent);
    checkout_sessions::follow(account, &intent);
    intent
}

/// A card that is to be used again belongs to the customer from now on.
fn remember_method(account: &mut Account, intent: &Value, method: &Value) {
    if let Some(usage) = intent["setup_future_usage"].as_str() {
        payment_methods::keep_for(account, method, &intent["customer"], usage);
    }
}
