//! Plans: what a customer pays for again and again. A gateway keeps the calendar and sends invoices;
//! we keep what it means. Credits come from paid invoices alone, through the one `settle`; what a
//! gateway says about the plan itself only moves the plan's own row.

mod change;
mod check;
mod invoice;
mod letters;
mod rollover;
mod standing;
mod subscribe;
mod tell;

use std::time::Duration;

use crate::{
    Billing, Error, Result,
    catalog::Offer,
    clock::Time,
    id::{CustomerId, SubscriptionId},
    store::{Tx, subscriptions, transactions},
    transaction::Transaction,
    words::words,
};

pub use change::{ChangeError, QUOTE_HOLDS, Quote};
pub(crate) use invoice::{deliver, fell_behind, meant, never_began};
pub(crate) use letters::announce;
pub(crate) use standing::stand;
pub use subscribe::Subscribed;

/// A renewal is charged about an hour after its period began. Who has heard nothing by then asks.
const NEWS_BY: Duration = Duration::from_secs(2 * 3600);
/// How often the gateway is asked about a plan that owes a renewal, or whose renewal is late.
const ASK_EVERY: Duration = Duration::from_secs(3600);

/// A customer's plan as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    pub id: SubscriptionId,
    pub customer: CustomerId,
    /// What was paid for last.
    pub offer: Offer,
    /// What the next period is paid for, if it is another.
    pub next_offer: Option<Offer>,
    pub status: Status,
    /// The gateway's own id of it, once there is one.
    pub reference: Option<String>,
    /// The present period, as the gateway sees it.
    pub period: Option<Period>,
    /// The end of the newest period that was paid for.
    pub paid_until: Option<Time>,
    /// It ends with its period.
    pub cancel_at_end: bool,
    /// Since when it has owed a renewal.
    pub past_due_since: Option<Time>,
    /// Counts its changes, from 1.
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
    pub ended_at: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub start: Time,
    pub end: Time,
}

/// A renewal that is not paid.
#[derive(Clone, Debug, PartialEq)]
pub struct Owed {
    pub plan: Subscription,
    pub transaction: Transaction,
    /// When the plan ends if nobody pays.
    pub ends_at: Time,
}

/// Where a plan is in its life. `Ended` is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Its first invoice is not paid yet.
    Starting,
    Active,
    /// A renewal is not paid.
    PastDue,
    Ended,
}

words!(Status {
    Starting = "starting",
    Active = "active",
    PastDue = "past_due",
    Ended = "ended",
});

impl Subscription {
    /// When the gateway is asked next, if no news comes.
    fn next_check(&self, now: Time) -> Option<Time> {
        match self.status {
            // The transaction that pays its first invoice is asked about.
            Status::Starting | Status::Ended => None,
            Status::Active => self.period.map(|period| period.end.plus(NEWS_BY)),
            Status::PastDue => Some(now.plus(ASK_EVERY)),
        }
    }

    fn ended(self, now: Time) -> Self {
        Self {
            status: Status::Ended,
            past_due_since: None,
            ended_at: Some(now),
            ..self
        }
    }
}

impl Billing {
    /// The plan that a customer has, or is about to have.
    pub async fn subscription(&self, customer: CustomerId) -> Result<Option<Subscription>> {
        subscriptions::live(&mut self.store.read().await?, customer).await
    }

    /// The renewal that a customer owes, and when their plan ends if they do not pay it.
    pub async fn owed_renewal(&self, customer: CustomerId) -> Result<Option<Owed>> {
        let mut conn = self.store.read().await?;
        let plan = subscriptions::live(&mut conn, customer).await?;
        let Some((plan, since)) = plan.and_then(|plan| {
            let since = plan.past_due_since?;
            Some((plan, since))
        }) else {
            return Ok(None);
        };
        let owed = transactions::owed(&mut conn, plan.id).await?;
        let ends_at = since.plus(self.grace);
        Ok(owed.into_iter().next().map(|transaction| Owed {
            plan,
            transaction,
            ends_at,
        }))
    }
}

/// A plan, locked until `tx` ends, so that what is decided about it holds.
async fn locked(tx: &mut Tx, id: SubscriptionId) -> Result<Subscription> {
    subscriptions::lock(tx, id).await?;
    let found = subscriptions::find(tx, id).await?;
    found.ok_or(Error::Broken(
        "a transaction names a plan that is not there",
    ))
}

/// Stores what became of a locked plan.
async fn save(
    tx: &mut Tx,
    new: Subscription,
    witness: &str,
    detail: Option<&str>,
    now: Time,
) -> Result<()> {
    let new = Subscription {
        version: new.version + 1,
        updated_at: now,
        ..new
    };
    let next_check_at = new.next_check(now);
    match subscriptions::compare_and_set(tx, &new, next_check_at, witness, detail).await? {
        true => Ok(()),
        false => Err(Error::Busy),
    }
}
