//! Money that goes back, by refunds and disputes: objects of a gateway about it, and what the books
//! say of it.

mod asking;
mod disputes;
mod every_order;
mod histories;
mod letters;
mod refunds;
mod sums;
mod told;
mod wire;

use billing::{
    id::CustomerId,
    order::Order,
    refund::{Reason, Wish},
};
use serde_json::{Value, json};

use crate::books::Books;

pub fn payment_of(order: &Order) -> String {
    format!("pi_{}", order.transaction.id.0.simple())
}

/// A refund, made at the gateway's own dashboard. Its id begins with its number, so that all tests
/// see them made in this order.
pub fn refund(order: &Order, number: i64, amount: i64, status: &str) -> Value {
    json!({
        "id": format!("re_{number}_{}", order.transaction.id.0.simple()),
        "object": "refund",
        "amount": amount,
        "currency": order.transaction.amount.currency.as_str(),
        "created": 1_790_000_000 + number,
        "payment_intent": payment_of(order),
        "charge": "ch_1",
        "status": status,
        "reason": null,
        "failure_reason": if status == "failed" { json!("lost_or_stolen_card") } else { json!(null) },
        "metadata": {},
    })
}

/// The charge of an order, of which this much was refunded; with the refunds, as old API versions
/// send it, or without.
pub fn charge(order: &Order, refunded: i64, refunds: Option<&[Value]>) -> Value {
    let mut charge = json!({
        "id": "ch_1",
        "object": "charge",
        "amount": order.transaction.amount.value,
        "amount_refunded": refunded,
        "captured": true,
        "currency": order.transaction.amount.currency.as_str(),
        "payment_intent": payment_of(order),
    });
    if let Some(refunds) = refunds {
        charge["refunds"] = json!({ "object": "list", "data": refunds, "has_more": false });
    }
    charge
}

pub fn dispute(order: &Order, number: i64, amount: i64, status: &str) -> Value {
    json!({
        "id": format!("dp_{number}_{}", order.transaction.id.0.simple()),
        "object": "dispute",
        "amount": amount,
        "currency": order.transaction.amount.currency.as_str(),
        "created": 1_790_000_000 + number,
        "payment_intent": { "id": payment_of(order), "object": "payment_intent" },
        "charge": "ch_1",
        "status": status,
        "reason": "fraudulent",
        "evidence_details": { "due_by": 1_790_600_000, "has_evidence": false },
    })
}

pub fn wish(order: &Order, amount: i64, key: &str) -> Wish {
    let mut money = order.transaction.amount;
    money.value = amount;
    Wish {
        transaction: order.transaction.id,
        amount: money,
        reason: Reason::RequestedByCustomer,
        key: key.to_owned(),
    }
}

/// What a customer has: available, frozen, owed, and what is left of each lot.
#[derive(Debug, PartialEq)]
pub struct Has {
    pub available: i64,
    pub frozen: i64,
    pub owed: i64,
    pub lots: Vec<i64>,
}

pub fn has(available: i64, frozen: i64, owed: i64, lots: &[i64]) -> Has {
    Has {
        available,
        frozen,
        owed,
        lots: lots.to_vec(),
    }
}

impl Books {
    pub async fn has(&self, customer: CustomerId) -> Has {
        let balance = self.billing.balance(customer).await.unwrap();
        Has {
            available: balance.available.0,
            frozen: balance.frozen.0,
            owed: balance.owed.0,
            lots: balance.lots.iter().map(|lot| lot.remaining.0).collect(),
        }
    }

    /// The refunds of an order, each as state, taken, owed and written off.
    pub async fn refunds(&self, order: &Order) -> Vec<(&'static str, i64, i64, i64)> {
        let refunds = self.billing.refunds(order.transaction.id).await.unwrap();
        let refunds = refunds.into_iter().map(|refund| {
            let held = refund.held;
            let state = refund.state.as_str();
            (state, held.taken.0, held.owed.0, held.written_off.0)
        });
        refunds.collect()
    }

    /// The disputes of an order, each as state, frozen, taken, owed and written off.
    pub async fn disputes(&self, order: &Order) -> Vec<(&'static str, i64, i64, i64, i64)> {
        let disputes = self.billing.disputes(order.transaction.id).await.unwrap();
        let disputes = disputes.into_iter().map(|dispute| {
            let held = dispute.held;
            let state = dispute.state.as_str();
            (
                state,
                held.frozen.0,
                held.taken.0,
                held.owed.0,
                held.written_off.0,
            )
        });
        disputes.collect()
    }
}
