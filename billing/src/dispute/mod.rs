//! A bank's doubt about a payment. While it lasts, the credits that are left of the payment are
//! frozen; it is won, and they thaw, or lost, and they are taken.

mod next;
mod settle;
mod warning;

pub use next::{Change, next};
pub(crate) use settle::{CHECK_EVERY, settle};
pub use warning::Warning;
pub(crate) use warning::note;

use crate::{
    claim::Held,
    clock::Time,
    id::{DisputeId, TransactionId},
    money::Money,
    words::words,
};

/// A dispute as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Dispute {
    pub id: DisputeId,
    pub transaction: TransactionId,
    /// The gateway's own id of it.
    pub reference: String,
    /// What is disputed.
    pub amount: Money,
    pub state: State,
    /// The bank's word: `fraudulent`, `product_not_received`, …
    pub reason: String,
    /// Until when the seller can answer.
    pub respond_by: Option<Time>,
    /// The credits that it holds.
    pub held: Held,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it began.
    pub happened_at: Time,
    /// When the gateway is asked what became of it.
    pub next_check_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// Where a dispute is in its life: later states are greater. An inquiry takes no money yet, and may
/// become a dispute even after it was closed. The last three are final, unless the bank changes its
/// mind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Inquiry,
    InquiryClosed,
    Open,
    /// It ended before money was taken; a refund of its own may have ended it.
    Prevented,
    Won,
    Lost,
}

words!(State {
    Inquiry = "inquiry",
    InquiryClosed = "inquiry_closed",
    Open = "open",
    Prevented = "prevented",
    Won = "won",
    Lost = "lost",
});

impl State {
    pub fn is_final(self) -> bool {
        self >= Self::Prevented
    }

    /// Whether somebody still has to decide.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Inquiry | Self::Open)
    }
}
