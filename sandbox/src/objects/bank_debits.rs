//! Bank debits: the payment is `processing` for a day, and only then is the money here or not.

use serde_json::Value;

use super::{charges, checkout_sessions, confirmation, payment_methods};
use crate::account::{Account, text};
use crate::bank_accounts::Outcome;

const TAKES_S: i64 = 24 * 60 * 60;

/// The bank was told to send the money.
pub fn begin(account: &mut Account, mut intent: Value, method: &Value) -> Value {
    let charge = charges::pending(account, &intent, method);
    intent["latest_charge"] = charge["id"].clone();
    intent["next_action"] = Value::Null;
    intent["status"] = "processing".into();
    account.store.put(intent.clone());
    let due = account.now() + TAKES_S;
    account.store.wait(text(&intent, "id"), Some(due));
    account.emit("payment_intent.processing", &intent, None);
    checkout_sessions::follow(account, &intent);
    intent
}

/// The bank has had its time. Who was faster, such as a test, has decided already.
pub fn fall_due(account: &mut Account, intent: Value) {
    if text(&intent, "status") != "processing" {
        return;
    }
    let method_id = text(&intent, "payment_method");
    let behind = payment_methods::bank_account_behind(account, method_id);
    let method = account.store.any(method_id).cloned().unwrap_or_default();
    match behind.map(|bank_account| bank_account.outcome) {
        Some(Outcome::Pays) => {
            confirmation::approve(account, intent, &method);
        }
        Some(Outcome::Refuses(decline)) => {
            confirmation::refuse(account, intent, &method, decline);
        }
        Some(Outcome::Silent) | None => {}
    }
}
