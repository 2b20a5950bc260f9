//! What refunds and disputes hold of the credits that one payment granted.
//!
//! Nothing is added up event by event. Whenever a refund or dispute of a payment changes, it is
//! computed anew what each of them must hold, and the difference is moved. So evidence may come
//! late, twice and in any order, and ends in the same books.

mod behind;
mod letters;
mod moves;
mod share;
mod tell;
mod write;

pub(crate) use write::{foresee, write};

use crate::{
    Result,
    clock::Time,
    dispute::Dispute,
    gateway::Witness,
    id::{DisputeId, RefundId},
    money::Credits,
    refund::Refund,
    store::{Tx, disputes, ledger, refunds},
    transaction::{State, Transaction},
    words::words,
};

/// The refund or dispute that holds credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimId {
    Refund(RefundId),
    Dispute(DisputeId),
}

impl ClaimId {
    pub(crate) fn refund(self) -> Option<RefundId> {
        match self {
            Self::Refund(id) => Some(id),
            Self::Dispute(_) => None,
        }
    }

    pub(crate) fn dispute(self) -> Option<DisputeId> {
        match self {
            Self::Refund(_) => None,
            Self::Dispute(id) => Some(id),
        }
    }
}

/// The credits that a refund or dispute holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Left of the purchase, and not to be spent while the dispute lasts.
    pub frozen: Credits,
    /// Left of the purchase, and taken back.
    pub taken: Credits,
    /// Spent before, and owed.
    pub owed: Credits,
    /// Spent before, and not asked for.
    pub written_off: Credits,
}

impl Held {
    pub fn total(self) -> Credits {
        Credits(self.frozen.0 + self.taken.0 + self.owed.0 + self.written_off.0)
    }
}

/// What becomes of credits that were spent before they are taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spent {
    /// The customer owes them; the next grant pays them first.
    #[default]
    Debt,
    /// They are the seller's loss.
    WriteOff,
}

words!(Spent { Debt = "debt", WriteOff = "write-off" });

/// Who told us of a refund or dispute, and how it is acted on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct News<'a> {
    pub gateway: &'static str,
    pub witness: Witness,
    /// Which event, or which question.
    pub detail: Option<&'a str>,
    pub spent: Spent,
    pub now: Time,
}

/// A refund or dispute, as far as the credits of its payment are concerned.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Claim {
    Refund(Refund),
    Dispute(Dispute),
}

impl Claim {
    fn id(&self) -> ClaimId {
        match self {
            Self::Refund(refund) => ClaimId::Refund(refund.id),
            Self::Dispute(dispute) => ClaimId::Dispute(dispute.id),
        }
    }

    fn held(&self) -> Held {
        match self {
            Self::Refund(refund) => refund.held,
            Self::Dispute(dispute) => dispute.held,
        }
    }

    fn version(&self) -> i64 {
        match self {
            Self::Refund(refund) => refund.version,
            Self::Dispute(dispute) => dispute.version,
        }
    }

    fn with_held(mut self, held: Held) -> Self {
        match &mut self {
            Self::Refund(refund) => refund.held = held,
            Self::Dispute(dispute) => dispute.held = held,
        }
        self
    }

    fn with_version(mut self, version: i64, now: Time) -> Self {
        match &mut self {
            Self::Refund(refund) => (refund.version, refund.updated_at) = (version, now),
            Self::Dispute(dispute) => (dispute.version, dispute.updated_at) = (version, now),
        }
        self
    }
}

/// All refunds and disputes of one payment. From now on nobody else moves its customer's credits
/// until `tx` ends.
pub(crate) async fn claims_of(tx: &mut Tx, transaction: &Transaction) -> Result<Vec<Claim>> {
    ledger::lock(tx, transaction.customer).await?;
    let refunds = refunds::of_transaction(tx, transaction.id).await?;
    let disputes = disputes::of_transaction(tx, transaction.id).await?;
    let refunds = refunds.into_iter().map(Claim::Refund);
    Ok(refunds
        .chain(disputes.into_iter().map(Claim::Dispute))
        .collect())
}

/// Whether money of this transaction can have gone back: it came, and what came of it is in the
/// books or before a person.
pub(crate) fn can_be_claimed(transaction: &Transaction) -> bool {
    transaction.state == State::Succeeded || transaction.is_held_back()
}
