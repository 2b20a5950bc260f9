//! What staff see of deliveries, and send once more.

use serde_json::json;

use super::{BELL, DeliveryStatus, Event, EventType};
use crate::{
    Billing, Error, Result,
    clock::Time,
    id::{CustomerId, EndpointId, EventId},
    retry::GIVE_UP_AFTER,
    staff::{
        Cursor, Part, Rows,
        audit_log::{self, Action, Actor, Deed, SubjectKind},
    },
    store::{deliveries, endpoints, events},
};

/// An event on its way to an endpoint, or there.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub event: EventId,
    pub kind: EventType,
    pub customer: CustomerId,
    pub endpoint: EndpointId,
    pub url: String,
    pub status: DeliveryStatus,
    pub attempts: i64,
    /// The status of its last answer.
    pub answer: Option<i64>,
    /// Why that was not enough.
    pub error: Option<String>,
    pub told_at: Time,
    pub next_attempt_at: Option<Time>,
    pub delivered_at: Option<Time>,
}

/// Which deliveries are wanted; all of what is said must be true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub status: Option<DeliveryStatus>,
    pub endpoint: Option<EndpointId>,
    pub event: Option<EventId>,
}

#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("there is no such delivery")]
    Missing,
    #[error("its endpoint is disabled")]
    Disabled,
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<sqlx::Error> for ReplayError {
    fn from(error: sqlx::Error) -> Self {
        Self::Other(error.into())
    }
}

impl Billing {
    /// Deliveries in the order in which their events were told.
    pub async fn deliveries(&self, filter: &Filter, part: Part) -> Result<Rows<Sent>> {
        let mut conn = self.store.read().await?;
        // Endpoints stay, and new ones come last: so a small number names each of them in a cursor.
        let endpoints = endpoints::ids(&mut conn).await?;
        let number = |id: EndpointId| endpoints.iter().position(|other| *other == id);
        let after = part.after.and_then(|cursor| {
            let endpoint = endpoints.get(usize::try_from(cursor.key).ok()?)?;
            Some((EventId(cursor.id), *endpoint))
        });
        let sent = deliveries::part(&mut conn, filter, part, after).await?;
        Ok(part.rows(sent, |sent| Cursor {
            key: number(sent.endpoint).map_or(0, |number| number as i64),
            id: sent.event.0,
        }))
    }

    /// What was told.
    pub async fn event(&self, id: EventId) -> Result<Option<Event>> {
        events::find(&mut self.store.read().await?, id).await
    }

    /// Sends an event to an endpoint once more, whether it got there or not.
    pub async fn replay_delivery(
        &self,
        event: EventId,
        endpoint: EndpointId,
        by: &Actor,
    ) -> Result<(), ReplayError> {
        let (by, now) = (by.clone(), self.clock.now());
        let replayed = self.store.write(move |tx| {
            Box::pin(async move {
                let known = endpoints::find(tx, endpoint).await?;
                if known.is_some_and(|endpoint| endpoint.disabled_at.is_some()) {
                    return Err(ReplayError::Disabled);
                }
                let before = deliveries::status(tx, event, endpoint).await?;
                let before = before.ok_or(ReplayError::Missing)?;
                deliveries::again(tx, event, endpoint, now, now.plus(GIVE_UP_AFTER)).await?;
                tx.ring(BELL);
                let deed = Deed::new(Action::ReplayDelivery, SubjectKind::Event, event)
                    .before(json!({ "status": before.as_str() }))
                    .after(json!({ "endpoint": endpoint }));
                Ok(audit_log::record(tx, &by, &deed, now).await?)
            })
        });
        replayed.await
    }
}

impl Event {
    /// What is told, with each field on a line of its own.
    pub fn data_in_lines(&self) -> String {
        format!("{:#}", self.data)
    }
}
