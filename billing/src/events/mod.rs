//! What products and operators' systems are told. An event is written down in the transaction that
//! causes it, so both happen or neither; a worker sends it to every endpoint that wants it, at least
//! once, signed as <https://www.standardwebhooks.com> says. A receiver can tell a repetition by its id.

mod endpoint;
mod listing;
mod told;
mod worker;

pub use endpoint::{Endpoint, EndpointError, Listed, Replayed};
pub use listing::{Filter, ReplayError, Sent};
pub(crate) use told::Told;
pub(crate) use worker::run;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Billing, Result,
    clock::Time,
    id::{CustomerId, EndpointId, EventId},
    retry::GIVE_UP_AFTER,
    store::{Tx, deliveries, events},
    words::words,
};

/// Something that happened, as others hear it. Never changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: EventId,
    pub kind: EventType,
    pub customer: CustomerId,
    /// The noun that it is about, as it was then.
    pub data: Value,
    pub created_at: Time,
}

impl Event {
    /// What is sent, the same to the byte each time.
    fn body(&self) -> String {
        json!({ "type": self.kind.as_str(), "timestamp": self.created_at, "data": self.data })
            .to_string()
    }
}

/// What can happen that others are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// An order is paid, and what it brings is there.
    OrderPaid,
    /// They can be spent at once, or from a later time on.
    CreditsGranted,
    /// That time has come.
    CreditsStarted,
    /// A spend, capture or gift was undone.
    CreditsReversed,
    /// A spend or hold took what is available below the level that the operator set.
    CreditsLow,
    /// A spend or hold took the last of them.
    CreditsExhausted,
    /// The first period of a plan is paid.
    SubscriptionStarted,
    SubscriptionRenewed,
    /// It is or will be another plan, will end with its period or go on after all, owes a renewal or
    /// no longer does.
    SubscriptionChanged,
    SubscriptionEnded,
    RefundSucceeded,
    RefundFailed,
    /// A bank asks about a payment, or takes it back.
    DisputeOpened,
    DisputeWon,
    DisputeLost,
    /// It ended before money was taken.
    DisputeClosed,
}

words!(EventType {
    OrderPaid = "order.paid",
    CreditsGranted = "credits.granted",
    CreditsStarted = "credits.started",
    CreditsReversed = "credits.reversed",
    CreditsLow = "credits.low",
    CreditsExhausted = "credits.exhausted",
    SubscriptionStarted = "subscription.started",
    SubscriptionRenewed = "subscription.renewed",
    SubscriptionChanged = "subscription.changed",
    SubscriptionEnded = "subscription.ended",
    RefundSucceeded = "refund.succeeded",
    RefundFailed = "refund.failed",
    DisputeOpened = "dispute.opened",
    DisputeWon = "dispute.won",
    DisputeLost = "dispute.lost",
    DisputeClosed = "dispute.closed",
});

/// An event on its way to an endpoint.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub event: Event,
    pub endpoint: EndpointId,
    /// How often it was tried.
    pub attempts: i64,
    pub give_up_at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    Pending,
    Delivered,
    /// It could not be delivered for days, or its endpoint was disabled.
    Failed,
}

words!(DeliveryStatus {
    Pending = "pending",
    Delivered = "delivered",
    Failed = "failed",
});

/// Under this id the worker waits for new deliveries.
const BELL: Uuid = Uuid::max();

/// Tells what happened as part of `tx`. The same cause tells the same once: telling it again changes
/// nothing.
pub(crate) fn tell(tx: &mut Tx, told: Told, now: Time) {
    let event = Event {
        id: EventId::new(),
        kind: told.kind,
        customer: told.customer,
        data: told.data,
        created_at: now,
    };
    tx.tell(event, told.cause);
}

/// Writes down what a commit tells, with a statement or two for all of it, and owes it to the
/// endpoints.
pub(crate) async fn write(tx: &mut Tx) -> Result<(), sqlx::Error> {
    let told = tx.take_told();
    let Some((first, _)) = told.first() else {
        return Ok(());
    };
    let now = first.created_at;
    for new in events::insert(tx, &told).await? {
        if deliveries::owe(tx, new, now, now.plus(GIVE_UP_AFTER)).await? {
            tx.ring(BELL);
        }
    }
    Ok(())
}

impl Billing {
    /// What happened to everybody or to one customer, of every type or of one, newest first; `before`
    /// continues after the last of the previous page.
    pub async fn list_events(
        &self,
        kind: Option<EventType>,
        customer: Option<CustomerId>,
        before: Option<EventId>,
        limit: i64,
    ) -> Result<Vec<Event>> {
        events::newest(&mut self.store.read().await?, kind, customer, before, limit).await
    }
}
