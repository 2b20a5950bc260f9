//! Confirming an intent: ask the card, perhaps the customer, then the bank.
//!
//! What comes next is decided by [`next_step`]; the functions below write it down.

use serde_json::{Value, json};

use super::payment_intents::{KIND, unexpected_state};
use super::{charges, payment_methods};
use crate::account::{Account, text};
use crate::cards::TestCard;
use crate::declines::Decline;
use crate::errors::{ApiError, Result};
use crate::form::Params;

/// Who makes a call. A browser stays on its page and answers the challenge there.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    #[default]
    Server,
    Browser,
}

/// How a confirmation is made.
#[derive(Debug, Default)]
pub struct Attempt {
    off_session: bool,
    use_stripe_sdk: bool,
    error_on_requires_action: bool,
    return_url: Option<String>,
    caller: Caller,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Challenge,
    Decline(Decline),
    Approve,
}

fn next_step(
    card: Option<&TestCard>,
    off_session: bool,
    set_up: bool,
    authenticated: bool,
) -> Step {
    let Some(card) = card else {
        return Step::Decline(Decline::LiveCard);
    };
    if !authenticated && card.asks_for_challenge(off_session, set_up) {
        return match off_session {
            true => Step::Decline(Decline::AuthenticationRequired),
            false => Step::Challenge,
        };
    }
    card.decline.map_or(Step::Approve, Step::Decline)
}

impl Attempt {
    pub fn from(params: &mut Params, caller: Caller) -> Result<Self> {
        params.any("mandate_data");
        params.text("mandate")?;
        Ok(Self {
            // Also `one_off` and `recurring`, which older clients send.
            off_session: params
                .text("off_session")?
                .is_some_and(|value| value != "false"),
            use_stripe_sdk: params.flag("use_stripe_sdk")?.unwrap_or(false),
            error_on_requires_action: params.flag("error_on_requires_action")?.unwrap_or(false),
            return_url: params.text("return_url")?,
            caller,
        })
    }

    /// These parameters say how to confirm, so they mean nothing without it.
    pub fn refuse_without_confirm(&self) -> Result<()> {
        let given = [
            ("off_session", self.off_session),
            ("error_on_requires_action", self.error_on_requires_action),
            ("return_url", self.return_url.is_some()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((name, _)) => Err(ApiError::invalid(format!(
                "The parameter `{name}` cannot be passed when creating a PaymentIntent unless \
                 `confirm` is set to true."
            ))
            .param(name)),
        }
    }

    /// With methods chosen by the gateway, some might leave the page, so it wants the way back.
    pub fn check(&self, intent: &Value) -> Result<()> {
        let automatic = &intent["automatic_payment_methods"];
        let may_redirect = automatic["enabled"] == true && automatic["allow_redirects"] != "never";
        if may_redirect
            && self.return_url.is_none()
            && !self.off_session
            && !self.use_stripe_sdk
            && self.caller == Caller::Server
        {
            return Err(ApiError::invalid(
                "This PaymentIntent is configured to accept payment methods enabled in your \
                 Dashboard. Because some of these payment methods might redirect your customer \
                 off of your page, you must provide a `return_url`. If you don't want to accept \
                 redirect-based payment methods, set \
                 `automatic_payment_methods[enabled]` to `true` and \
                 `automatic_payment_methods[allow_redirects]` to `never` when creating Setup \
                 Intents and Payment Intents.",
            )
            .param("return_url"));
        }
        Ok(())
    }
}

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
    let card = payment_methods::card_behind(account, &method_id);
    let set_up = account.store.hidden(&method_id)["set_up"] == true;
    match next_step(card, attempt.off_session, set_up, false) {
        Step::Approve => Ok(approve(account, intent, &method)),
        Step::Decline(decline) => Err(refuse(account, intent, &method, decline)),
        Step::Challenge if attempt.error_on_requires_action => Err(refuse(
            account,
            intent,
            &method,
            Decline::AuthenticationRequired,
        )),
        Step::Challenge => Ok(challenge(account, intent, attempt)),
    }
}

/// The customer answered the challenge. The answer is the intent as it is then.
pub fn answer_challenge(account: &mut Account, id: &str, completed: bool) -> Result<Value> {
    let intent = account.store.find(KIND, id)?;
    if text(&intent, "status") != "requires_action" {
        return Err(unexpected_state(
            &intent,
            format!(
                "This PaymentIntent's challenge is over: its status is {}.",
                text(&intent, "status")
            ),
        ));
    }
    let method_id = text(&intent, "payment_method").to_owned();
    let method = account.store.find(payment_methods::KIND, &method_id)?;
    if !completed {
        return Ok(fail_authentication(account, intent, &method));
    }
    let card = payment_methods::card_behind(account, &method_id);
    match next_step(card, false, false, true) {
        Step::Decline(decline) => {
            refuse(account, intent, &method, decline);
            account.store.find(KIND, id)
        }
        Step::Approve | Step::Challenge => Ok(approve(account, intent, &method)),
    }
}

fn challenge(account: &mut Account, mut intent: Value, attempt: &Attempt) -> Value {
    let url = format!(
        "{}/challenge/{}?client_secret={}",
        account.base_url,
        text(&intent, "id"),
        text(&intent, "client_secret"),
    );
    intent["status"] = "requires_action".into();
    intent["next_action"] = match &attempt.return_url {
        Some(return_url) if !attempt.use_stripe_sdk && attempt.caller == Caller::Server => {
            let back: String =
                url::form_urlencoded::byte_serialize(return_url.as_bytes()).collect();
            json!({
                "redirect_to_url": {
                    "return_url": return_url,
                    "url": format!("{url}&return_url={back}"),
                },
                "type": "redirect_to_url",
            })
        }
        _ => json!({
            "type": "use_stripe_sdk",
            "use_stripe_sdk": { "type": "three_d_secure_redirect", "stripe_js": url },
        }),
    };
    account.store.put(intent.clone());
    account.emit("payment_intent.requires_action", &intent, None);
    intent
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
    intent
}

/// A card that is to be used again belongs to the customer from now on.
fn remember_method(account: &mut Account, intent: &Value, method: &Value) {
    if intent["setup_future_usage"].is_null() {
        return;
    }
    let id = text(method, "id");
    if intent["setup_future_usage"] == "off_session" {
        account.store.hide(id, "set_up", true.into());
    }
    if method["customer"].is_null() && !intent["customer"].is_null() {
        let mut method = method.clone();
        method["customer"] = intent["customer"].clone();
        account.store.put(method.clone());
        account.emit("payment_method.attached", &method, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards::by_number;

    #[test]
    fn a_card_that_is_set_up_is_charged_without_the_customer() {
        let card = by_number("4000002500003155");
        assert_eq!(next_step(card, false, false, false), Step::Challenge);
        assert_eq!(next_step(card, true, true, false), Step::Approve);
        assert_eq!(
            next_step(card, true, false, false),
            Step::Decline(Decline::AuthenticationRequired)
        );
        let always = by_number("4000002760003184");
        assert_eq!(next_step(always, false, true, false), Step::Challenge);
        let set_up = by_number("4000003800000446");
        assert_eq!(next_step(set_up, true, false, false), Step::Approve);
        assert_eq!(next_step(set_up, false, false, false), Step::Challenge);
    }
}
