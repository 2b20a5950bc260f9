//! Payouts: what the balance holds goes to the merchant's bank.
//!
//! The gateway makes them by itself; here a test says when.

use serde_json::{Value, json};

use super::balance_transactions::{self, Line};
use crate::account::{Account, text};
use crate::errors::{ApiError, Result};
use crate::form::Params;
use crate::ids;
use crate::lists::Page;

pub const KIND: &str = "payout";
const UNDERWAY_S: i64 = 2 * 24 * 60 * 60;

/// Pays out everything in this currency that no payout has paid yet.
pub fn pay_out(account: &mut Account, currency: &str) -> Result<Value> {
    let unpaid = balance_transactions::unpaid(account, currency);
    let amount: i64 = unpaid.iter().filter_map(|line| line["net"].as_i64()).sum();
    if amount < 1 {
        return Err(ApiError::state(
            "balance_insufficient",
            format!("There is nothing to pay out in {currency}."),
        ));
    }
    let mut payout = shape(amount, currency, account.now());
    let id = text(&payout, "id").to_owned();
    for line in &unpaid {
        balance_transactions::mark_paid(account, text(line, "id"), &id);
    }
    let line = Line {
        kind: "payout",
        category: "payout",
        amount: -amount,
        fee: 0,
        source: &payout,
        description: Some("STRIPE PAYOUT"),
    };
    let own = balance_transactions::record(account, line);
    balance_transactions::mark_paid(account, text(&own, "id"), &id);
    payout["balance_transaction"] = own["id"].clone();
    account.store.put(payout.clone());
    account.store.wait(&id, payout["arrival_date"].as_i64());
    account.emit("payout.created", &payout, None);
    Ok(payout)
}

/// The day of arrival has come.
pub fn fall_due(account: &mut Account, payout: &Value) {
    if text(payout, "status") == "in_transit" {
        arrive(account, payout.clone(), "paid");
    }
}

/// The bank took it, or sent it back: `paid` or `failed`. A paid one may still fail.
pub fn move_to(account: &mut Account, id: &str, status: &str) -> Result<Value> {
    let mut payout = account.store.find(KIND, id)?;
    let before = text(&payout, "status");
    if before == "failed" || before == status {
        return Err(ApiError::state(
            "payout_is_over",
            format!("The payout {id} is {before} already."),
        ));
    }
    if status == "failed" {
        let line = Line {
            kind: "payout_failure",
            category: "payout_reversal",
            amount: payout["amount"].as_i64().unwrap_or(0),
            fee: 0,
            source: &payout,
            description: Some("STRIPE PAYOUT FAILURE"),
        };
        let back = balance_transactions::record(account, line);
        payout["failure_balance_transaction"] = back["id"].clone();
        payout["failure_code"] = "account_closed".into();
        payout["failure_message"] = "The bank account has been closed.".into();
    }
    Ok(arrive(account, payout, status))
}

fn arrive(account: &mut Account, mut payout: Value, status: &str) -> Value {
    payout["status"] = status.into();
    account.store.put(payout.clone());
    account.emit(&format!("payout.{status}"), &payout, None);
    payout
}

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let status = params.text("status")?;
    params.finish()?;
    let payouts = account
        .store
        .newest(KIND)
        .filter(|payout| status.as_ref().is_none_or(|it| payout["status"] == **it));
    page.cut("/v1/payouts", payouts)
}

fn shape(amount: i64, currency: &str, now: i64) -> Value {
    json!({
        "id": ids::fresh("po"),
        "object": KIND,
        "amount": amount,
        "application_fee": null,
        "application_fee_amount": null,
        "arrival_date": now + UNDERWAY_S,
        "automatic": true,
        "balance_transaction": null,
        "created": now,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": "ba_sandbox",
        "failure_balance_transaction": null,
        "failure_code": null,
        "failure_message": null,
        "livemode": false,
        "metadata": {},
        "method": "standard",
        "original_payout": null,
        "payout_method": null,
        "reconciliation_status": "completed",
        "reversed_by": null,
        "source_type": "card",
        "statement_descriptor": null,
        "status": "in_transit",
        "trace_id": { "status": "pending", "value": null },
        "type": "bank_account",
    })
}
