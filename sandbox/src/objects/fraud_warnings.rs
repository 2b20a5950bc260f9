//! Early fraud warnings: a bank heard from its customer that a payment was none of theirs.

use serde_json::{Value, json};

use crate::account::{Account, text};
use crate::errors::Result;
use crate::form::Params;
use crate::ids;
use crate::lists::Page;

pub const KIND: &str = "radar.early_fraud_warning";
pub const TYPES: &[&str] = &[
    "card_never_received",
    "fraudulent_card_application",
    "made_with_counterfeit_card",
    "made_with_lost_card",
    "made_with_stolen_card",
    "misc",
    "unauthorized_use_of_card",
];

pub fn warn(account: &mut Account, charge: &Value, fraud_type: &str) -> Value {
    let actionable = charge["refunded"] != true && charge["disputed"] != true;
    let warning = json!({
        "id": ids::fresh("issfr"),
        "object": KIND,
        "actionable": actionable,
        "charge": charge["id"],
        "created": account.now(),
        "fraud_type": fraud_type,
        "livemode": false,
        "payment_intent": charge["payment_intent"],
    });
    account.store.put(warning.clone());
    account.emit("radar.early_fraud_warning.created", &warning, None);
    warning
}

/// A charge that was refunded needs no action any more.
pub fn dealt_with(account: &mut Account, charge: &str) {
    let about: Vec<Value> = account
        .store
        .newest(KIND)
        .filter(|warning| warning["charge"] == *charge && warning["actionable"] == true)
        .cloned()
        .collect();
    for mut warning in about {
        warning["actionable"] = false.into();
        account.store.put(warning.clone());
        let previous = json!({ "actionable": true });
        account.emit(
            "radar.early_fraud_warning.updated",
            &warning,
            Some(previous),
        );
    }
}

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let charge = params.text("charge")?;
    let intent = params.text("payment_intent")?;
    params.finish()?;
    let warnings = account.store.newest(KIND).filter(|warning| {
        charge
            .as_deref()
            .is_none_or(|id| text(warning, "charge") == id)
            && intent
                .as_deref()
                .is_none_or(|id| text(warning, "payment_intent") == id)
    });
    page.cut("/v1/radar/early_fraud_warnings", warnings)
}
