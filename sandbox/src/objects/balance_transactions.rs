//! Balance transactions: one line for everything that moves the account's balance.
//!
//! A line is `pending` until its money is available, which is two days later.

use serde_json::{Value, json};

use crate::account::{Account, text};
use crate::errors::Result;
use crate::form::Params;
use crate::ids;
use crate::lists::Page;

pub const KIND: &str = "balance_transaction";
const AVAILABLE_AFTER_S: i64 = 2 * 24 * 60 * 60;

/// What a line is about. The source is the object that caused it.
#[derive(Debug)]
pub struct Line<'a> {
    pub kind: &'a str,
    pub category: &'a str,
    /// In the currency's smallest unit; below zero when it leaves.
    pub amount: i64,
    pub fee: i64,
    pub source: &'a Value,
    pub description: Option<&'a str>,
}

/// What the gateway keeps of a charge: 2.9 % and 30, rounded half up.
pub fn fee_of(amount: i64) -> i64 {
    (amount * 29 + 500) / 1_000 + 30
}

pub fn record(account: &mut Account, line: Line<'_>) -> Value {
    let now = account.now();
    let currency = text(line.source, "currency");
    let fee_details = match line.fee {
        0 => json!([]),
        fee => json!([{
            "amount": fee,
            "application": null,
            "currency": currency,
            "description": match line.category {
                "dispute" => "Dispute fee",
                _ => "Stripe processing fees",
            },
            "type": "stripe_fee",
        }]),
    };
    let transaction = json!({
        "id": ids::fresh("txn"),
        "object": KIND,
        "amount": line.amount,
        "available_on": now + AVAILABLE_AFTER_S,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": line.description,
        "exchange_rate": null,
        "fee": line.fee,
        "fee_details": fee_details,
        "net": line.amount - line.fee,
        "reporting_category": line.category,
        "source": line.source["id"],
        "status": "pending",
        "type": line.kind,
    });
    account.store.put(transaction.clone());
    transaction
}

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    let transaction = account.store.find(KIND, id)?;
    Ok(as_of(transaction, account.now()))
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let wanted = [
        ("currency", params.text("currency")?),
        ("source", params.text("source")?),
        ("type", params.text("type")?),
    ];
    let payout = params.text("payout")?;
    params.finish()?;
    let now = account.now();
    let transactions: Vec<Value> = account
        .store
        .newest(KIND)
        .filter(|transaction| {
            let paid_by = payout_of(account, transaction);
            payout.is_none() || paid_by == payout.as_deref()
        })
        .filter(|transaction| {
            wanted.iter().all(|(name, value)| {
                value
                    .as_ref()
                    .is_none_or(|value| transaction[*name] == **value)
            })
        })
        .map(|transaction| as_of(transaction.clone(), now))
        .collect();
    page.cut("/v1/balance_transactions", transactions.iter())
}

/// The lines that no payout has paid yet.
pub fn unpaid(account: &Account, currency: &str) -> Vec<Value> {
    account
        .store
        .newest(KIND)
        .filter(|transaction| {
            transaction["currency"] == *currency && payout_of(account, transaction).is_none()
        })
        .cloned()
        .collect()
}

pub fn mark_paid(account: &mut Account, id: &str, payout: &str) {
    account.store.hide(id, "payout", payout.into());
}

fn payout_of<'a>(account: &'a Account, transaction: &Value) -> Option<&'a str> {
    account.store.hidden(text(transaction, "id"))["payout"].as_str()
}

/// The line as it is at a time.
fn as_of(mut transaction: Value, now: i64) -> Value {
    if transaction["available_on"]
        .as_i64()
        .is_some_and(|at| at <= now)
    {
        transaction["status"] = "available".into();
    }
    transaction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fee_is_a_whole_number() {
        assert_eq!(fee_of(1_900), 85);
        assert_eq!(fee_of(50), 31);
        assert_eq!(fee_of(10_000), 320);
    }
}
