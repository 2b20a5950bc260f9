//! Money of a payment that goes back, in parts or whole, asked for by us or at the gateway.

mod ask;
mod next;
mod settle;

pub use ask::{RefundError, Wish};
pub(crate) use ask::{Said, asked, paid, within, write_down};
pub use next::next;
pub(crate) use settle::{settle, settle_all};

use crate::{
    claim::Held,
    clock::Time,
    id::{RefundId, TransactionId},
    money::Money,
    words::words,
};

/// A refund as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Refund {
    pub id: RefundId,
    pub transaction: TransactionId,
    /// The gateway's own id of it, once there is one.
    pub reference: Option<String>,
    /// The key under which we were asked for it; none when it was made at the gateway.
    pub key: Option<String>,
    pub amount: Money,
    pub state: State,
    /// Why it was made, in the gateway's word.
    pub reason: Option<String>,
    /// Why it failed.
    pub failure: Option<String>,
    /// The credits that it holds.
    pub held: Held,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was made at the gateway; before it is there, when it was asked for.
    pub happened_at: Time,
    /// When the gateway is asked what became of it.
    pub next_check_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// Where a refund is in its life: later states are greater. One that succeeded may fail later, when
/// the bank sends the money back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// On its way. Its credits are taken already, so that nobody spends them meanwhile.
    Pending,
    Succeeded,
    Canceled,
    Failed,
}

words!(State {
    Pending = "pending",
    Succeeded = "succeeded",
    Canceled = "canceled",
    Failed = "failed",
});

/// Why money goes back. Source: <https://docs.stripe.com/api/refunds/create>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Duplicate,
    Fraudulent,
    RequestedByCustomer,
}

words!(Reason {
    Duplicate = "duplicate",
    Fraudulent = "fraudulent",
    RequestedByCustomer = "requested_by_customer",
});
