//! Rows of `events`: what others are told. Append only.

use serde_json::Value;
use uuid::Uuid;

use super::{Conn, Tx};
use crate::{
    Error, Result,
    clock::Time,
    events::{Event, EventType},
    id::{CustomerId, EventId},
};

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: EventId,
    kind: EventType,
    customer_id: CustomerId,
    data: String,
    created_at: Time,
}

impl TryFrom<Row> for Event {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let data: Value = serde_json::from_str(&row.data)
            .map_err(|error| Error::Store(sqlx::Error::Decode(Box::new(error))))?;
        Ok(Self {
            id: row.id,
            kind: row.kind,
            customer: row.customer_id,
            data,
            created_at: row.created_at,
        })
    }
}

/// Writes events down, each with its cause, except those whose cause told the same before. Answers the
/// new ones if there is an endpoint that may want them.
pub async fn insert(tx: &mut Tx, told: &[(Event, String)]) -> Result<Vec<EventId>, sqlx::Error> {
    let new = fetch_rows!(
        (EventId, i64),
        tx,
        "insert into events (id, type, cause, customer_id, data, created_at) ",
        told,
        |(event, cause)| [
            event.id,
            event.kind,
            cause,
            event.customer,
            event.data.to_string(),
            event.created_at,
        ],
        " on conflict (type, cause) do nothing
         returning id, (select count(*) from endpoints where disabled_at is null)",
    );
    let listened_to = new.into_iter().filter(|(_, endpoints)| *endpoints > 0);
    Ok(listened_to.map(|(id, _)| id).collect())
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, type as kind, customer_id, data, created_at from events ",
            $rest
        )
    };
}

pub async fn find(conn: &mut Conn, id: EventId) -> Result<Option<Event>> {
    let row = fetch_optional!(Row, conn, select!("where id = $1"), id)?;
    row.map(Event::try_from).transpose()
}

/// The newest, of one customer or of all; `before` continues after the last of the previous page.
pub async fn newest(
    conn: &mut Conn,
    kind: Option<EventType>,
    customer: Option<CustomerId>,
    before: Option<EventId>,
    limit: i64,
) -> Result<Vec<Event>> {
    let before = before.unwrap_or(EventId(Uuid::max()));
    let rows = match customer {
        Some(customer) => {
            let sql = select!(
                "where customer_id = $1 and id < $2 and type = coalesce($3, type)
                 order by id desc limit $4"
            );
            fetch_all!(Row, conn, sql, customer, before, kind, limit)?
        }
        None => {
            let sql =
                select!("where id < $1 and type = coalesce($2, type) order by id desc limit $3");
            fetch_all!(Row, conn, sql, before, kind, limit)?
        }
    };
    rows.into_iter().map(Event::try_from).collect()
}
