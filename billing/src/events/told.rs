//! The facts that are told of each noun, under the names and in the units of the API.

use serde_json::{Value, json};

use super::EventType;
use crate::{
    clock::Time,
    dispute::{self, Dispute},
    id::{CustomerId, LotId, OrderId, TransferId},
    ledger::{Entry, Grant, Lot, Reason, Terms},
    money::Credits,
    plan::Subscription,
    refund::{self, Refund},
    transaction::Transaction,
};

/// Something to be told, and what caused it.
pub(crate) struct Told {
    pub(super) kind: EventType,
    pub(super) customer: CustomerId,
    /// Unique for this type.
    pub(super) cause: String,
    pub(super) data: Value,
}

impl Told {
    pub fn order_paid(order: OrderId, transaction: &Transaction, now: Time) -> Self {
        Self {
            kind: EventType::OrderPaid,
            customer: transaction.customer,
            cause: order.to_string(),
            data: json!({
                "id": order,
                "object": "order",
                "customer": transaction.customer,
                "status": "paid",
                "title": transaction.title,
                "amount": transaction.amount,
                "credits": transaction.credits,
                "transaction": transaction.id,
                "paid_at": now,
            }),
        }
    }

    pub fn credits_granted(grant: &Grant, terms: Terms, entry: &Entry, lot: LotId) -> Self {
        Self {
            kind: EventType::CreditsGranted,
            customer: grant.customer,
            cause: entry.id.to_string(),
            data: json!({
                "id": entry.id,
                "object": "grant",
                "customer": grant.customer,
                "amount": grant.amount,
                "kind": grant.reason.as_str(),
                "reason": grant.note,
                "lot": lot,
                "priority": terms.priority,
                "balance": entry.balance,
                "transaction": grant.transaction,
                "starts_at": terms.starts_at,
                "expires_at": grant.expires_at,
                "created_at": entry.at,
            }),
        }
    }

    /// That the time came from which credits can be spent.
    pub fn credits_started(customer: CustomerId, lot: &Lot, entry: &Entry) -> Self {
        Self {
            kind: EventType::CreditsStarted,
            customer,
            cause: entry.id.to_string(),
            data: json!({
                "id": entry.id,
                "object": "entry",
                "customer": customer,
                "kind": entry.reason.as_str(),
                "reason": entry.note,
                "amount": entry.amount,
                "balance": entry.balance,
                "lot": lot.id,
                "expires_at": lot.expires_at,
                "created_at": entry.at,
            }),
        }
    }

    /// That something was undone, which was of this kind.
    pub fn credits_reversed(customer: CustomerId, undone: Reason, entry: &Entry) -> Self {
        Self {
            kind: EventType::CreditsReversed,
            customer,
            cause: entry.id.to_string(),
            data: json!({
                "id": entry.id,
                "object": "entry",
                "customer": customer,
                "kind": entry.reason.as_str(),
                "reason": entry.note,
                "amount": entry.amount,
                "balance": entry.balance,
                "reverses": { "id": entry.reverses, "kind": undone.as_str() },
                "created_at": entry.at,
            }),
        }
    }

    /// That few credits are left, or none, after this transfer.
    pub fn credits_left(
        kind: EventType,
        customer: CustomerId,
        after: TransferId,
        available: Credits,
    ) -> Self {
        Self {
            kind,
            customer,
            cause: after.to_string(),
            data: json!({
                "object": "balance",
                "customer": customer,
                "available": available,
            }),
        }
    }

    pub fn subscription(kind: EventType, plan: &Subscription, cause: String) -> Self {
        let period = plan
            .period
            .map(|period| json!({ "start": period.start, "end": period.end }));
        Self {
            kind,
            customer: plan.customer,
            cause,
            data: json!({
                "id": plan.id,
                "object": "subscription",
                "customer": plan.customer,
                "status": plan.status.as_str(),
                "offer": plan.offer.key,
                "offer_version": plan.offer.version,
                "price": plan.offer.price,
                "credits": plan.offer.credits,
                "period": period,
                "next_offer": plan.next_offer.as_ref().map(|offer| &offer.key),
                "cancel_at_end": plan.cancel_at_end,
                "created_at": plan.created_at,
                "ended_at": plan.ended_at,
            }),
        }
    }

    /// What a refund has become, if that is told.
    pub fn refund(refund: &Refund, transaction: &Transaction) -> Option<Self> {
        let kind = match refund.state {
            refund::State::Succeeded => EventType::RefundSucceeded,
            refund::State::Failed => EventType::RefundFailed,
            refund::State::Pending | refund::State::Canceled => return None,
        };
        Some(Self {
            kind,
            customer: transaction.customer,
            cause: refund.id.to_string(),
            data: json!({
                "id": refund.id,
                "object": "refund",
                "customer": transaction.customer,
                "transaction": transaction.id,
                "status": refund.state.as_str(),
                "amount": refund.amount,
                "credits": refund.held.taken.0 + refund.held.owed.0,
                "reason": refund.reason,
                "failure": refund.failure,
                "created_at": refund.created_at,
            }),
        })
    }

    /// What a dispute has become. A bank may change its mind, so each change is a cause of its own.
    pub fn dispute(dispute: &Dispute, transaction: &Transaction) -> Self {
        use dispute::State;
        let kind = match dispute.state {
            State::Inquiry | State::Open => EventType::DisputeOpened,
            State::InquiryClosed | State::Prevented => EventType::DisputeClosed,
            State::Won => EventType::DisputeWon,
            State::Lost => EventType::DisputeLost,
        };
        Self {
            kind,
            customer: transaction.customer,
            cause: format!("{}:{}", dispute.id, dispute.version),
            data: json!({
                "id": dispute.id,
                "object": "dispute",
                "customer": transaction.customer,
                "transaction": transaction.id,
                "status": dispute.state.as_str(),
                "amount": dispute.amount,
                "reason": dispute.reason,
                "respond_by": dispute.respond_by,
                "created_at": dispute.created_at,
            }),
        }
    }
}
