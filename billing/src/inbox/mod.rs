//! Every event that a gateway sent us, stored before it is acted on. The door verifies, stores and
//! answers; what needs the gateway is the worker's. Only an event that was *processed* counts as a duplicate:
//! one that failed is tried again, and stays visible until it is done.

mod act;
mod age;
mod decide;
mod door;
mod gaps;
mod listing;
mod refusals;
mod worker;

pub use decide::DecideError;
pub use door::{Delivery, Refused};
pub use gaps::Cursor;
pub(crate) use gaps::watch;
pub use listing::Filter;
pub(crate) use refusals::Refusals;
pub use refusals::{Cause, Counted};
pub(crate) use worker::run;

use crate::{
    Billing, Result,
    clock::Time,
    dispute::{Dispute, Warning},
    duty::Duty,
    gateway::Witness,
    id::{InboxId, TransactionId},
    mail::Mail,
    reconcile::Finding,
    refund::Refund,
    staff::proposals::Proposal,
    store::{
        disputes, duties, findings, fraud_warnings, inbox, outbox, proposals, refunds, transactions,
    },
    transaction::Transaction,
    words::words,
};

/// An event as it stands in the inbox.
#[derive(Clone, Debug)]
pub struct Event {
    pub id: InboxId,
    pub gateway: String,
    /// The gateway's id of it: `evt_…`.
    pub event_id: String,
    /// `payment_intent.succeeded`, …
    pub kind: String,
    /// Whether it was sent to us, or found in the gateway's list.
    pub witness: Witness,
    pub status: EventStatus,
    /// Why it was ignored, set aside, or is parked or failing.
    pub reason: Option<String>,
    /// How often the worker tried.
    pub attempts: i64,
    /// How often it came once more.
    pub duplicates: i64,
    /// What it is about, as far as it says so: perhaps one that is not there.
    pub transaction: Option<TransactionId>,
    /// The header that proved it, when it was sent to us.
    pub signature: Option<String>,
    /// What its sender called itself.
    pub user_agent: Option<String>,
    pub received_at: Time,
    /// When it is tried again; nothing when it is done.
    pub next_attempt_at: Option<Time>,
    /// As it came, byte for byte; without anything personal once it is old. Empty in a list.
    pub body: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventStatus {
    Received,
    Processed,
    Ignored,
    /// Its transaction is not there yet.
    Parked,
    Failed,
    /// Staff decided that nothing comes of it, and why.
    SetAside,
}

words!(EventStatus {
    Received = "received",
    Processed = "processed",
    Ignored = "ignored",
    Parked = "parked",
    Failed = "failed",
    SetAside = "set_aside",
});

/// What staff must look at.
#[derive(Clone, Debug, Default)]
pub struct Attention {
    /// Payments that differ from their order: paid, but nothing granted for it.
    pub reviews: Vec<Transaction>,
    /// What differs from the gateway's books, until somebody has decided about it.
    pub findings: Vec<Finding>,
    /// Events that could not be processed so far.
    pub events: Vec<Event>,
    /// Disputes that nobody has decided yet.
    pub disputes: Vec<Dispute>,
    /// Warnings of fraud that neither a refund nor a dispute has followed.
    pub warnings: Vec<Warning>,
    /// Refunds whose money came back, and for which no other was made.
    pub failed_refunds: Vec<Refund>,
    /// What the gateway could not be told so far.
    pub duties: Vec<Duty>,
    /// What waits for a second person, the most urgent first.
    pub proposals: Vec<Proposal>,
    /// Mails that were tried in vain: those given up, and those still tried.
    pub mails: Vec<Mail>,
}

/// More is not shown at once.
const ATTENTION: i64 = 100;

impl Billing {
    /// What staff must look at, oldest first.
    pub async fn attention(&self) -> Result<Attention> {
        let mut conn = self.store.read().await?;
        Ok(Attention {
            reviews: transactions::in_review(&mut conn, ATTENTION).await?,
            findings: findings::all_undecided(&mut conn, ATTENTION).await?,
            events: inbox::troubled(&mut conn, ATTENTION).await?,
            disputes: disputes::open(&mut conn, ATTENTION).await?,
            warnings: fraud_warnings::unfollowed(&mut conn, ATTENTION).await?,
            failed_refunds: refunds::failed(&mut conn, ATTENTION).await?,
            proposals: proposals::open(&mut conn, ATTENTION).await?,
            duties: duties::troubled(&mut conn, ATTENTION).await?,
            mails: outbox::troubled(&mut conn, ATTENTION).await?,
        })
    }

    /// How many events wait to be processed.
    pub async fn inbox_depth(&self) -> Result<i64> {
        inbox::depth(&mut self.store.read().await?).await
    }
}
