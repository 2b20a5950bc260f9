//! What one member of staff wants to do, and a second one decides about: it moves more than one may
//! move alone. Nothing moves before, and then exactly once.

mod ask;
mod decide;
mod leave;

pub(crate) use ask::propose;
pub use decide::DecideError;
pub(crate) use decide::end_of_customer;
pub(crate) use leave::Leave;
pub use leave::{Amount, Large, Second};

use std::time::Duration;

use crate::{
    Billing, Result,
    clock::Time,
    id::{CustomerId, PersonId, ProposalId, TransactionId},
    money::{Credits, Money},
    refund::Reason,
    store::proposals,
    words::words,
};

/// Nobody decides about it later.
pub const LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);

#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    pub id: ProposalId,
    pub customer: CustomerId,
    pub what: What,
    /// Why, for whoever decides and for the log.
    pub reason: String,
    /// Made when the form was shown. The same key asks once.
    pub key: String,
    pub asked_by: PersonId,
    /// Their address at that time.
    pub asked_by_name: String,
    pub created_at: Time,
    pub expires_at: Time,
    pub state: State,
    /// What was decided, once it is.
    pub decision: Option<Decision>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Give {
        amount: Credits,
        /// What the customer reads on their statement.
        note: String,
        /// For ever, when it does not say.
        until: Option<Time>,
    },
    Take {
        amount: Credits,
        note: String,
    },
    Refund {
        transaction: TransactionId,
        amount: Money,
        /// As the gateway is told.
        word: Reason,
    },
}

impl What {
    /// `Give 2,000 credits`
    pub fn title(&self) -> String {
        match self {
            Self::Give { amount, .. } => format!("Give {}", amount.counted()),
            Self::Take { amount, .. } => format!("Take {}", amount.counted()),
            Self::Refund { amount, .. } => format!("Refund {amount}"),
        }
    }
}

/// A decision about a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Nobody, when its time was over.
    pub by: Option<PersonId>,
    pub by_name: Option<String>,
    pub reason: String,
    pub at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Open,
    /// It was done in that commit; money is on its way back.
    Approved,
    Refused,
    /// By who asked.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
}

words!(State {
    Open = "open",
    Approved = "approved",
    Refused = "refused",
    Withdrawn = "withdrawn",
    Expired = "expired",
});

/// What came of something that staff want to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<T> {
    Done(T),
    /// It waits for a second person.
    Waits(Box<Proposal>),
}

/// More is not shown at once.
const SHOWN: i64 = 20;

impl Billing {
    pub async fn proposal(&self, id: ProposalId) -> Result<Option<Proposal>> {
        proposals::find(&mut self.store.read().await?, id).await
    }

    /// What is undecided about a customer, oldest first.
    pub async fn open_proposals(&self, customer: CustomerId) -> Result<Vec<Proposal>> {
        proposals::open_of(&mut self.store.read().await?, customer, SHOWN).await
    }
}
