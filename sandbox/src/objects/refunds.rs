//! Refunds: money back, in parts or whole, never more than was captured.
//!
//! A refund may still fail after it succeeded; then the money is back where it was.

use serde_json::{Value, json};

use super::balance_transactions::{self, Line};
use super::{charges, disputes, fraud_warnings, payment_methods};
use crate::account::{Account, text};
use crate::cards::Aftermath;
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::lists::Page;
use crate::{ids, money};

pub const KIND: &str = "refund";
/// How long a bank thinks about a refund that it will not just carry out.
const DECIDED_AFTER_S: i64 = 2;
/// Why a bank sends a refund back.
pub const FAILURES: &[&str] = &[
    "lost_or_stolen_card",
    "expired_or_canceled_card",
    "charge_for_pending_refund_disputed",
    "insufficient_funds",
    "declined",
    "merchant_request",
    "unknown",
];

pub fn create(account: &mut Account, mut params: Params) -> Result<Value> {
    let charge = charges::named(account, &mut params)?;
    let asked = params.integer("amount")?;
    let reason = params.choice(
        "reason",
        &["duplicate", "fraudulent", "requested_by_customer"],
    )?;
    let metadata = params.metadata()?;
    params.finish()?;
    let amount = checked_amount(account, &charge, asked)?;
    let mut refund = shape(&charge, amount, account.now());
    refund["reason"] = reason.into();
    refund["metadata"] = metadata.unwrap_or_default().into();
    let line = Line {
        kind: "refund",
        category: "refund",
        amount: -amount,
        fee: 0,
        source: &refund,
        description: Some("REFUND FOR CHARGE"),
    };
    refund["balance_transaction"] = balance_transactions::record(account, line)["id"].clone();
    let card = payment_methods::card_behind(account, text(&charge, "payment_method"));
    let aftermath = card.map_or(Aftermath::Nothing, |card| card.aftermath);
    if aftermath == Aftermath::RefundPends {
        refund["status"] = "pending".into();
    }
    account.store.put(refund.clone());
    if matches!(aftermath, Aftermath::RefundPends | Aftermath::RefundFails) {
        let due = account.now() + DECIDED_AFTER_S;
        account.store.wait(text(&refund, "id"), Some(due));
    }
    account.emit("refund.created", &refund, None);
    charges::refund(account, text(&charge, "id"), amount)?;
    fraud_warnings::dealt_with(account, text(&charge, "id"));
    Ok(refund)
}

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn update(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut refund = account.store.find(KIND, id)?;
    if let Some(metadata) = params.metadata()? {
        merge_metadata(&mut refund, metadata);
    }
    params.finish()?;
    Ok(tell_updated(account, refund))
}

/// Only a refund that waits for its receiver can be called back.
pub fn cancel(account: &mut Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    let refund = account.store.find(KIND, id)?;
    let status = text(&refund, "status");
    if status != "requires_action" {
        return Err(ApiError::state(
            "refund_not_cancelable",
            format!(
                "You cannot cancel this refund because it has a status of {status}. Only a refund \
                 with the status requires_action may be canceled."
            ),
        ));
    }
    undo(account, refund, "canceled", "merchant_request")
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let charge = params.text("charge")?;
    let intent = params.text("payment_intent")?;
    params.finish()?;
    let refunds = account.store.newest(KIND).filter(|refund| {
        charge.as_ref().is_none_or(|id| refund["charge"] == **id)
            && intent
                .as_ref()
                .is_none_or(|id| refund["payment_intent"] == **id)
    });
    page.cut("/v1/refunds", refunds)
}

/// The bank has had its time with a refund of a card that makes trouble.
pub fn fall_due(account: &mut Account, refund: &Value) {
    let (status, reason) = match text(refund, "status") {
        "pending" => ("succeeded", ""),
        "succeeded" => ("failed", "expired_or_canceled_card"),
        _ => return,
    };
    if let Err(error) = move_to(account, text(refund, "id"), status, reason) {
        tracing::warn!(error = %error.body(), "a refund could not be decided");
    }
}

/// Moves a refund on, as its bank would.
pub fn move_to(account: &mut Account, id: &str, status: &str, reason: &str) -> Result<Value> {
    let mut refund = account.store.find(KIND, id)?;
    if matches!(text(&refund, "status"), "failed" | "canceled") {
        return Err(ApiError::state(
            "refund_is_over",
            format!("The refund {id} is {} already.", text(&refund, "status")),
        ));
    }
    if matches!(status, "failed" | "canceled") {
        return undo(account, refund, status, reason);
    }
    refund["status"] = status.into();
    Ok(tell_updated(account, refund))
}

/// The money did not arrive: the charge counts it as paid again.
fn undo(account: &mut Account, mut refund: Value, status: &str, reason: &str) -> Result<Value> {
    let amount = refund["amount"].as_i64().unwrap_or(0);
    let line = Line {
        kind: "refund_failure",
        category: "refund_failure",
        amount,
        fee: 0,
        source: &refund,
        description: Some("REFUND FAILURE"),
    };
    let back = balance_transactions::record(account, line);
    refund["failure_balance_transaction"] = back["id"].clone();
    refund["failure_reason"] = reason.into();
    refund["status"] = status.into();
    charges::take_refund_back(account, text(&refund, "charge"), amount)?;
    let refund = tell_updated(account, refund);
    if status == "failed" {
        account.emit("refund.failed", &refund, None);
    }
    Ok(refund)
}

fn tell_updated(account: &mut Account, refund: Value) -> Value {
    account.store.put(refund.clone());
    account.emit("refund.updated", &refund, None);
    account.emit("charge.refund.updated", &refund, None);
    refund
}

fn checked_amount(account: &Account, charge: &Value, asked: Option<i64>) -> Result<i64> {
    let id = text(charge, "id");
    let number = |name: &str| charge[name].as_i64().unwrap_or(0);
    let left = number("amount") - number("amount_refunded");
    if charge["captured"] != true || charge["paid"] != true {
        return Err(ApiError::state(
            "charge_not_refundable",
            format!("Charge {id} was not captured, so there is nothing to refund."),
        ));
    }
    if disputes::withholds(account, id) {
        return Err(ApiError::state(
            "charge_disputed",
            format!("Charge {id} has been charged back; cannot issue a refund."),
        ));
    }
    if charge["refunded"] == true || left <= 0 {
        return Err(ApiError::state(
            "charge_already_refunded",
            format!("Charge {id} has already been refunded."),
        ));
    }
    let amount = asked.unwrap_or(left);
    if amount < 1 {
        return Err(
            ApiError::invalid("This value must be greater than or equal to 1.")
                .code("parameter_invalid_integer")
                .param("amount"),
        );
    }
    if amount > left {
        let shown = |amount| money::shown(amount, text(charge, "currency"));
        return Err(ApiError::invalid(format!(
            "Refund amount ({}) is greater than unrefunded amount on charge ({})",
            shown(amount),
            shown(left)
        ))
        .param("amount"));
    }
    Ok(amount)
}

fn shape(charge: &Value, amount: i64, now: i64) -> Value {
    json!({
        "id": ids::fresh("re"),
        "object": KIND,
        "amount": amount,
        "balance_transaction": null,
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": null,
        "destination_details": destination(charge),
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": null,
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": "succeeded",
        "transfer_reversal": null,
    })
}

fn destination(charge: &Value) -> Value {
    match text(&charge["payment_method_details"], "type") {
        "card" => json!({
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        }),
        kind => json!({ kind: {}, "type": kind }),
    }
}
