//! Rows of `inbox`.

use std::collections::HashSet;

use super::{Conn, Tx};
use crate::{
    Result,
    clock::Time,
    gateway::{Witness, stripe},
    id::{InboxId, TransactionId},
    inbox::{Event, EventStatus, Filter},
    staff::Part,
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
    duplicates: i64,
    transaction_id: Option<TransactionId>,
    signature: Option<String>,
    user_agent: Option<String>,
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
            duplicates: row.duplicates,
            transaction: row.transaction_id,
            signature: row.signature,
            user_agent: row.user_agent,
            received_at: row.received_at,
            next_attempt_at: row.next_attempt_at,
            body: row.body,
        }
    }
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        select!("body", $rest)
    };
    ($body:literal, $rest:literal) => {
        concat!(
            "select id, gateway, event_id, kind, witness, status, reason, attempts, duplicates,
                    transaction_id, signature, user_agent, received_at, next_attempt_at, ",
            $body,
            " from inbox ",
            $rest
        )
    };
}

/// Stores an event. Answers whether this call did: it may have come before, and is counted then.
pub async fn insert(tx: &mut Tx, event: &Event, api_version: Option<&str>) -> Result<bool> {
    let (kept,) = fetch_one!(
        (InboxId,),
        tx,
        "insert into inbox
           (id, gateway, event_id, kind, api_version, body, witness, status, reason, received_at,
            next_attempt_at, signature, user_agent, transaction_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (gateway, event_id) do update set duplicates = inbox.duplicates + 1
         returning id",
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
        event.signature.as_deref(),
        event.user_agent.as_deref(),
        event.transaction,
    )?;
    Ok(kept == event.id)
}

/// Notes which transaction an event was about, if that is not known.
pub async fn link(tx: &mut Tx, id: InboxId, transaction: TransactionId) -> Result<()> {
    execute!(
        tx,
        "update inbox set transaction_id = $2 where id = $1 and transaction_id is null",
        id,
        transaction,
    )?;
    Ok(())
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

/// Events of a gateway by its ids of them, without their bodies.
pub async fn named(conn: &mut Conn, gateway: &str, events: &[String]) -> Result<Vec<Event>> {
    let head = select!("'' as body", "");
    let found = fetch_events!(Row, conn, head, gateway, events);
    Ok(found.into_iter().map(Event::from).collect())
}

/// The events that were about a transaction, without their bodies.
pub async fn of_transaction(conn: &mut Conn, id: TransactionId) -> Result<Vec<Event>> {
    let sql = select!("'' as body", "where transaction_id = $1");
    let found = fetch_all!(Row, conn, sql, id)?;
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
    // The first part, so that either database sees that the index holds them all.
    let sql = select!(
        "where status <> 'processed' and status in ('parked', 'failed') order by received_at limit $1"
    );
    let rows = fetch_all!(Row, conn, sql, limit)?;
    Ok(rows.into_iter().map(Event::from).collect())
}

/// Events by their time, without their bodies, one more than the part's limit.
pub async fn part(conn: &mut Conn, filter: &Filter, part: Part) -> Result<Vec<Event>> {
    let head = select!("'' as body", "where true");
    let rows = fetch_built!(Row, conn, head, |sql| {
        match filter.status {
            None => {}
            Some(EventStatus::Processed) => {
                sql.push(" and status = 'processed'");
            }
            // Both, so that either database sees that the index holds them all.
            Some(status) => {
                sql.push(" and status <> 'processed' and status = ")
                    .push_bind(status);
            }
        }
        if let Some(kind) = &filter.kind {
            sql.push(" and kind = ").push_bind(kind);
        }
        if let Some(event) = &filter.event {
            sql.push(" and gateway = ")
                .push_bind(stripe::NAME)
                .push(" and event_id = ")
                .push_bind(event);
        }
        if let Some(transaction) = filter.transaction {
            sql.push(" and transaction_id = ").push_bind(transaction);
        }
        if let Some(from) = filter.from {
            sql.push(" and received_at >= ").push_bind(from);
        }
        if let Some(to) = filter.to {
            sql.push(" and received_at < ").push_bind(to);
        }
        push_part!(sql, part, "received_at", "id");
    })?;
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

/// An event is acted on once more, whatever came of it before: at once by who says so, and at
/// `next_attempt_at` by the worker, should that not come to an end.
pub async fn again(tx: &mut Tx, id: InboxId, next_attempt_at: Time) -> Result<()> {
    execute!(
        tx,
        "update inbox set status = 'received', reason = null, next_attempt_at = $2 where id = $1",
        id,
        next_attempt_at,
    )?;
    Ok(())
}

/// Sets an event aside that is not done. Answers whether this call did.
pub async fn set_aside(tx: &mut Tx, id: InboxId, reason: &str) -> Result<bool> {
    let rows = execute!(
        tx,
        "update inbox set status = 'set_aside', reason = $2, next_attempt_at = null
         where id = $1 and status in ('received', 'parked', 'failed')",
        id,
        reason,
    )?;
    Ok(rows == 1)
}

/// Brings an event back that was set aside. Answers whether this call did.
pub async fn take_back(tx: &mut Tx, id: InboxId, now: Time) -> Result<bool> {
    let rows = execute!(
        tx,
        "update inbox set status = 'received', reason = null, next_attempt_at = $2
         where id = $1 and status = 'set_aside'",
        id,
        now,
    )?;
    Ok(rows == 1)
}

/// Writes down that there is nothing more to do about an event. One that was done before, or set aside
/// meanwhile, stays as it is.
pub async fn close(
    tx: &mut Tx,
    id: InboxId,
    status: EventStatus,
    reason: Option<&str>,
) -> Result<()> {
    execute!(
        tx,
        "update inbox
         set status = $2, reason = $3, next_attempt_at = null, attempts = attempts + 1
         where id = $1 and status not in ('processed', 'ignored', 'set_aside')",
        id,
        status,
        reason,
    )?;
    Ok(())
}

/// Writes down when an event is tried again, and why, unless somebody else did since it was read: two
/// servers that try the same one count once.
pub async fn postpone(
    tx: &mut Tx,
    read: &Event,
    status: EventStatus,
    reason: &str,
    next_attempt_at: Time,
) -> Result<()> {
    execute!(
        tx,
        "update inbox
         set status = $3, reason = $4, next_attempt_at = $5, attempts = attempts + 1
         where id = $1 and attempts = $2 and status not in ('processed', 'ignored', 'set_aside')",
        read.id,
        read.attempts,
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
