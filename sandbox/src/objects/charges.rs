//! Charges: one for each time the bank was asked. They are made by confirming an intent.

use serde_json::{Value, json};

use super::balance_transactions::{self, Line};
use super::{payment_intents, refunds};
use crate::account::{Account, text};
use crate::declines::Decline;
use crate::errors::{ApiError, Result};
use crate::form::Params;
use crate::ids;
use crate::lists::Page;
use crate::store::Store;

pub const KIND: &str = "charge";

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let customer = params.text("customer")?;
    let intent = params.text("payment_intent")?;
    params.finish()?;
    let charges = account.store.newest(KIND).filter(|charge| {
        customer
            .as_ref()
            .is_none_or(|id| charge["customer"] == **id)
            && intent
                .as_ref()
                .is_none_or(|id| charge["payment_intent"] == **id)
    });
    page.cut("/v1/charges", charges)
}

/// The charge that a request names, itself or by its intent.
pub fn named(account: &Account, params: &mut Params) -> Result<Value> {
    let charge = params.text("charge")?;
    let intent = params.text("payment_intent")?;
    match (charge, intent) {
        (Some(id), None) => account.store.find_for_param(KIND, &id, "charge"),
        (None, Some(id)) => {
            let intent =
                account
                    .store
                    .find_for_param(payment_intents::KIND, &id, "payment_intent")?;
            let charge = account.store.get(KIND, text(&intent, "latest_charge"));
            let paid = charge.filter(|charge| charge["paid"] == true);
            paid.cloned().ok_or_else(|| {
                let message = format!(
                    "This PaymentIntent ({id}) does not have a successful charge to refund."
                );
                ApiError::invalid(message).param("payment_intent")
            })
        }
        (Some(_), Some(_)) => Err(ApiError::invalid(
            "You may only specify one of these parameters: charge, payment_intent.",
        )),
        (None, None) => Err(ApiError::invalid(
            "One of the following params should be provided for this request: payment_intent or \
             charge.",
        )
        .code("parameter_missing")),
    }
}

/// The refunds of a charge, as it shows them when asked to.
pub fn refunds_of(store: &Store, charge: &Value) -> Value {
    let id = text(charge, "id");
    let refunds: Vec<&Value> = store
        .newest(refunds::KIND)
        .filter(|refund| refund["charge"] == *id)
        .collect();
    json!({
        "object": "list",
        "data": refunds,
        "has_more": false,
        "url": format!("/v1/charges/{id}/refunds"),
    })
}

/// The bank said yes. With manual capture the money is only held.
pub fn approved(account: &mut Account, intent: &Value, method: &Value, captured: bool) -> Value {
    let mut charge = begun(account, intent, method);
    charge["paid"] = true.into();
    charge["status"] = "succeeded".into();
    charge["captured"] = captured.into();
    charge["amount_captured"] = if captured {
        charge["amount"].clone()
    } else {
        0.into()
    };
    if captured {
        let amount = charge["amount"].as_i64().unwrap_or(0);
        charge["balance_transaction"] = earn(account, &charge, amount);
    }
    account.store.put(charge.clone());
    account.emit("charge.succeeded", &charge, None);
    charge
}

/// The bank was asked and takes its time.
pub fn pending(account: &mut Account, intent: &Value, method: &Value) -> Value {
    let mut charge = shape(account, intent, method);
    charge["paid"] = false.into();
    charge["captured"] = true.into();
    charge["status"] = "pending".into();
    account.store.put(charge.clone());
    account.emit("charge.pending", &charge, None);
    charge
}

/// The charge that waits for the bank's answer, or a new one.
fn begun(account: &Account, intent: &Value, method: &Value) -> Value {
    let last = account.store.get(KIND, text(intent, "latest_charge"));
    let waiting = last.filter(|charge| charge["status"] == "pending");
    waiting
        .cloned()
        .unwrap_or_else(|| shape(account, intent, method))
}

/// The bank said no.
pub fn refused(account: &mut Account, intent: &Value, method: &Value, decline: Decline) -> Value {
    let mut charge = begun(account, intent, method);
    charge["paid"] = false.into();
    charge["status"] = "failed".into();
    charge["failure_code"] = decline.code().into();
    charge["failure_message"] = decline.message().into();
    charge["receipt_url"] = Value::Null;
    charge["outcome"] = json!({
        "advice_code": "try_again_later",
        "network_advice_code": null,
        "network_decline_code": "01",
        "network_status": "declined_by_network",
        "reason": decline.decline_code(),
        "risk_level": "normal",
        "risk_score": 32,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    });
    account.store.put(charge.clone());
    account.emit("charge.failed", &charge, None);
    charge
}

pub fn capture(account: &mut Account, id: &str, amount: i64) -> Result<Value> {
    let mut charge = account.store.find(KIND, id)?;
    charge["captured"] = true.into();
    charge["amount_captured"] = amount.into();
    let rest = charge["amount"].as_i64().unwrap_or(amount) - amount;
    charge["amount_refunded"] = rest.into();
    charge["balance_transaction"] = earn(account, &charge, amount);
    account.store.put(charge.clone());
    account.emit("charge.captured", &charge, None);
    Ok(charge)
}

/// Some of the money went back.
pub fn refund(account: &mut Account, id: &str, amount: i64) -> Result<()> {
    let mut charge = account.store.find(KIND, id)?;
    let before = charge["amount_refunded"].as_i64().unwrap_or(0);
    charge["amount_refunded"] = (before + amount).into();
    charge["refunded"] = (charge["amount_refunded"] == charge["amount"]).into();
    account.store.put(charge.clone());
    let previous = json!({ "amount_refunded": before });
    account.emit("charge.refunded", &charge, Some(previous));
    Ok(())
}

/// A refund came back.
pub fn take_refund_back(account: &mut Account, id: &str, amount: i64) -> Result<()> {
    let mut charge = account.store.find(KIND, id)?;
    let before = charge["amount_refunded"].as_i64().unwrap_or(0);
    charge["amount_refunded"] = (before - amount).into();
    charge["refunded"] = false.into();
    account.store.put(charge);
    Ok(())
}

/// A hold that was let go shows as refunded, though no money ever moved; a debit that was called
/// back has failed.
pub fn release(account: &mut Account, id: &str) {
    let Some(mut charge) = account.store.get(KIND, id).cloned() else {
        return;
    };
    if charge["status"] == "pending" {
        charge["status"] = "failed".into();
        account.store.put(charge.clone());
        account.emit("charge.failed", &charge, None);
    }
    if charge["paid"] != true {
        return;
    }
    charge["refunded"] = true.into();
    charge["amount_refunded"] = charge["amount"].clone();
    account.store.put(charge.clone());
    account.emit("charge.refunded", &charge, None);
}

/// Writes the money that came in to the balance, and gives the line's id.
fn earn(account: &mut Account, charge: &Value, amount: i64) -> Value {
    let line = Line {
        kind: "charge",
        category: "charge",
        amount,
        fee: balance_transactions::fee_of(amount),
        source: charge,
        description: charge["description"].as_str(),
    };
    balance_transactions::record(account, line)["id"].clone()
}

fn shape(account: &Account, intent: &Value, method: &Value) -> Value {
    let id = ids::fresh("ch");
    let receipt_url = format!("{}/receipts/{id}", account.base_url);
    json!({
        "id": id,
        "object": KIND,
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": null,
        "application_fee": null,
        "application_fee_amount": null,
        "balance_transaction": null,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "SANDBOX",
        "captured": false,
        "created": account.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": false,
        "failure_balance_transaction": null,
        "failure_code": null,
        "failure_message": null,
        "fraud_details": {},
        "livemode": false,
        "metadata": intent["metadata"],
        "on_behalf_of": null,
        "outcome": {
            "advice_code": null,
            "network_advice_code": null,
            "network_decline_code": null,
            "network_status": "approved_by_network",
            "reason": null,
            "risk_level": "normal",
            "risk_score": 32,
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": true,
        "payment_intent": text(intent, "id"),
        "payment_method": text(method, "id"),
        "payment_method_details": details(intent, method),
        "receipt_email": intent["receipt_email"],
        "receipt_number": null,
        "receipt_url": receipt_url,
        "refunded": false,
        "review": null,
        "shipping": intent["shipping"],
        "source": null,
        "source_transfer": null,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "succeeded",
        "transfer_data": null,
        "transfer_group": intent["transfer_group"],
    })
}

/// What the charge shows of the method, as it was then.
fn details(intent: &Value, method: &Value) -> Value {
    let kind = text(method, "type");
    if kind != "card" {
        return json!({ kind: method[kind], "type": kind });
    }
    let card = &method["card"];
    json!({
        "card": {
            "amount_authorized": intent["amount"],
            "authorization_code": null,
            "brand": card["brand"],
            "checks": card["checks"],
            "country": card["country"],
            "exp_month": card["exp_month"],
            "exp_year": card["exp_year"],
            "extended_authorization": { "status": "disabled" },
            "fingerprint": card["fingerprint"],
            "funding": card["funding"],
            "incremental_authorization": { "status": "unavailable" },
            "installments": null,
            "last4": card["last4"],
            "mandate": null,
            "multicapture": { "status": "unavailable" },
            "network": card["brand"],
            "network_token": { "used": false },
            "network_transaction_id": null,
            "overcapture": {
                "maximum_amount_capturable": intent["amount"],
                "status": "unavailable",
            },
            "regulated_status": "unregulated",
            "three_d_secure": null,
            "wallet": null,
        },
        "type": "card",
    })
}
