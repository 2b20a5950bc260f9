//! What staff see of the inbox.

use super::{Event, EventStatus};
use crate::{
    Billing, Result,
    clock::Time,
    id::{InboxId, TransactionId},
    staff::{Cursor, Part, Rows},
    store::{inbox, transactions},
    transaction::Transaction,
};

/// Which events are wanted; all of what is said must be true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub status: Option<EventStatus>,
    pub kind: Option<String>,
    /// The gateway's id of it.
    pub event: Option<String>,
    pub transaction: Option<TransactionId>,
    pub from: Option<Time>,
    pub to: Option<Time>,
}

impl Event {
    /// The body with each field on a line of its own.
    pub fn body_in_lines(&self) -> String {
        let value = serde_json::from_str::<serde_json::Value>(&self.body);
        value.map_or_else(|_| self.body.clone(), |value| format!("{value:#}"))
    }
}

impl Billing {
    /// Events by the time at which they came, without their bodies.
    pub async fn inbox(&self, filter: &Filter, part: Part) -> Result<Rows<Event>> {
        let events = inbox::part(&mut self.store.read().await?, filter, part).await?;
        Ok(part.rows(events, |event| Cursor {
            key: event.received_at.0,
            id: event.id.0,
        }))
    }

    /// An event, and the transaction that it is about, if there is one.
    pub async fn inbox_event(&self, id: InboxId) -> Result<Option<(Event, Option<Transaction>)>> {
        let mut conn = self.store.read().await?;
        let Some(event) = inbox::find(&mut conn, id).await? else {
            return Ok(None);
        };
        let transaction = match event.transaction {
            Some(id) => transactions::find(&mut conn, id).await?,
            None => None,
        };
        Ok(Some((event, transaction)))
    }
}
