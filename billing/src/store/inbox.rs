//! Rows of `inbox`.

use std::collections::HashSet;

use super::{Conn, Tx};
use crate::{
    Result,
    clock::Time,
    gateway::Witness,
    id::InboxId,
    inbox::{Event, EventStatus},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: InboxId,
    gateway: String,
    event_id: String,
    kind: String,
    witness: Witness,
    status: EventStatus,
    reason: Option<String>,
    attempts: i64,
    received_at: Time,
    next_attempt_at: Option<Time>,
    body: String,
}

impl From<Row> for Event {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            gateway: row.gateway,
            event_id: row.event_id,
            kind: row.kind,
            witness: row.witness,
            status: row.status,
            reason: row.reason,
            attempts: row.attempts,
            received_at: row.received_at,
            next_attempt_at: row.next_attempt_at,
            body: row.body,
        }
    }
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, gateway, event_id, kind, witness, status, reason, attempts, received_at,
                    next_attempt_at, body
             from inbox ",
            $rest
        )
    };
}
/// Stores an event. Answers whether this call did: it may have come before.
pub async fn insert(tx: &mut Tx, event: &Event, api_version: Option<&str>) -> Result<bool> {
    let rows = execute!(
        tx,
        "insert into inbox
           (id, gateway, event_id, kind, api_version, body, witness, status, reason, received_at,
            next_attempt_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (gateway, event_id) do nothing",
        event.id,
        &event.gateway,
        &event.event_id,
        &event.kind,
        api_version,
        &event.body,
        event.witness,
        event.status,
        event.reason.as_deref(),
        event.received_at,
        event.next_attempt_at,
    )?;
    Ok(rows == 1)
}

pub async fn find(conn: &mut Conn, id: InboxId) -> Result<Option<Event>> {
    Ok(fetch_optional!(Row, conn, select!("where id = $1"), id)?.map(Event::from))
}

/// The rows of these events of a gateway. SQLite looks them up by the index only when the gateway stands
/// beside the list, and not in it.
macro_rules! fetch_events {
    ($row:ty, $conn:expr, $head:expr, $gateway:expr, $events:expr) => {{
        let mut found: Vec<$row> = Vec::new();
        for events in super::query::parts($events) {
            found.extend(fetch_built!($row, $conn, $head, |sql| {
                sql.push(" where gateway = ").push_bind($gateway);
                sql.push(" and event_id in (");
                let mut list = sql.separated(", ");
                for event in events {
                    list.push_bind(event);
                }
                sql.push(")");
            })?);
        }
        found
    }};
}

/// Which of these events of a gateway came before.
pub async fn known(conn: &mut Conn, gateway: &str, events: &[&str]) -> Result<HashSet<String>> {
    let head = "select event_id from inbox";
    let known = fetch_events!((String,), conn, head, gateway, events);
    Ok(known.into_iter().map(|(event,)| event).collect())
}

/// Events of a gateway by its ids of them.
pub async fn named(conn: &mut Conn, gateway: &str, events: &[String]) -> Result<Vec<Event>> {
    let found = fetch_events!(Row, conn, select!(""), gateway, events);
    Ok(found.into_iter().map(Event::from).collect())
}

/// Events whose turn has come, the longest waiting first.
pub async fn due(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<Event>> {
    let sql = select!("where next_attempt_at <= $1 order by next_attempt_at limit $2");
    let rows = fetch_all!(Row, conn, sql, now, limit)?;
    Ok(rows.into_iter().map(Event::from).collect())
}

/// Events that were tried and are not done, oldest first.
pub async fn troubled(conn: &mut Conn, limit: i64) -> Result<Vec<Event>> {
    let sql = select!("where status in ('parked', 'failed') order by received_at limit $1");
    let rows = fetch_all!(Row, conn, sql, limit)?;
    Ok(rows.into_iter().map(Event::from).collect())
}

/// How many events wait to be processed.
pub async fn depth(conn: &mut Conn) -> Result<i64> {
    let (depth,) = fetch_one!(
        (i64,),
        conn,
        "select count(*) from inbox where next_attempt_at is not null",
    )?;
    Ok(depth)
}

/// There is more to do about an event than was thought in the transaction that stored it.
pub async fn reopen(tx: &mut Tx, id: InboxId, next_attempt_at: Time) -> Result<()> {
    execute!(
        tx,
        "update inbox set status = 'received', next_attempt_at = $2 where id = $1",
        id,
        next_attempt_at,
    )?;
    Ok(())
}

/// Writes down what came of an event. One that is done stays as it is.
pub async fn set_status(
    tx: &mut Tx,
    id: InboxId,
    status: EventStatus,
    reason: Option<&str>,
    next_attempt_at: Option<Time>,
) -> Result<()> {
    execute!(
        tx,
        "update inbox
         set status = $2, reason = $3, next_attempt_at = $4, attempts = attempts + 1
         where id = $1 and status not in ('processed', 'ignored')",
        id,
        status,
        reason,
        next_attempt_at,
    )?;
    Ok(())
}

/// Events that are done, came before then and stand as they came, oldest first: id and body.
pub async fn personal(conn: &mut Conn, before: Time, limit: i64) -> Result<Vec<(InboxId, String)>> {
    Ok(fetch_all!(
        (InboxId, String),
        conn,
        "select id, body from inbox
         where plain_since is null and received_at < $1 and next_attempt_at is null
         order by received_at limit $2",
        before,
        limit,
    )?)
}

/// Keeps this of an event, in which nothing is personal.
pub async fn make_plain(tx: &mut Tx, id: InboxId, body: &str, now: Time) -> Result<()> {
    execute!(
        tx,
        "update inbox set body = $2, plain_since = $3 where id = $1",
        id,
        body,
        now,
    )?;
    Ok(())
}
