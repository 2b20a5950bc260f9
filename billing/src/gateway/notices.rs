//! What a gateway says of money that goes back, or may.

use crate::{clock::Time, dispute, id::RefundId, money::Money, refund};

/// A refund as a gateway describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct RefundNotice {
    /// The gateway's own id of it.
    pub reference: String,
    /// The gateway's id of the payment.
    pub payment: String,
    /// Our id, which travels with it when we asked for it.
    pub refund: Option<RefundId>,
    pub amount: Money,
    pub state: refund::State,
    pub reason: Option<String>,
    /// Why it failed.
    pub failure: Option<String>,
    pub happened_at: Time,
}

/// What a charge says of its refunds.
#[derive(Clone, Debug, PartialEq)]
pub struct ChargeNotice {
    /// The gateway's id of the payment.
    pub payment: String,
    /// The sum of all refunds, in the currency's smallest unit.
    pub refunded: i64,
    /// Those that it names; there may be more.
    pub refunds: Vec<RefundNotice>,
}

/// A dispute as a gateway describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct DisputeNotice {
    /// The gateway's own id of it.
    pub reference: String,
    /// The gateway's id of the payment.
    pub payment: String,
    pub amount: Money,
    pub state: dispute::State,
    pub reason: String,
    pub respond_by: Option<Time>,
    pub happened_at: Time,
}

/// A warning that a payment may be fraud.
#[derive(Clone, Debug, PartialEq)]
pub struct FraudNotice {
    /// The gateway's own id of it.
    pub reference: String,
    /// The gateway's id of the payment.
    pub payment: String,
    pub kind: String,
    pub happened_at: Time,
}
