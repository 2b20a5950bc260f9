//! Rows of `deliveries`. `attempts` counts how often one was taken, so it also says by whom: only the
//! taker with the latest number writes down what came of it.

use reqwest::StatusCode;

use super::{Conn, Tx, events};
use crate::{
    Result,
    clock::Time,
    events::{Delivery, DeliveryStatus, Event, EventType, Filter, Sent},
    id::{CustomerId, EndpointId, EventId},
    staff::Part,
};

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    event: events::Row,
    attempts: i64,
    give_up_at: Time,
}

/// Adds deliveries of events to the endpoints that want them, as far as the rest of the statement
/// says.
macro_rules! insert {
    ($rest:literal) => {
        concat!(
            "insert into deliveries (event_id, endpoint_id, status, next_attempt_at, give_up_at)
             select e.id, p.id, 'pending', $2, $3
             from events e join endpoints p
               on p.types is null or ',' || p.types || ',' like '%,' || e.type || ',%'
             where p.disabled_at is null and ",
            $rest
        )
    };
}

/// Owes an event to every endpoint that wants it. Answers whether any does.
pub async fn owe(
    tx: &mut Tx,
    event: EventId,
    now: Time,
    give_up_at: Time,
) -> Result<bool, sqlx::Error> {
    let rows = execute!(tx, insert!("e.id = $1"), event, now, give_up_at)?;
    Ok(rows > 0)
}

/// Owes an endpoint once more whatever it wants and happened since then. Answers how much.
pub async fn replay(
    tx: &mut Tx,
    endpoint: EndpointId,
    since: Time,
    now: Time,
    give_up_at: Time,
) -> Result<u64> {
    let sql = insert!(
        "p.id = $1 and e.created_at >= $4
         on conflict (event_id, endpoint_id) do update
         set status = 'pending', attempts = 0, answer = null, error = null, delivered_at = null,
             next_attempt_at = excluded.next_attempt_at, give_up_at = excluded.give_up_at"
    );
    Ok(execute!(tx, sql, endpoint, now, give_up_at, since)?)
}

/// Deliveries to an endpoint whose turn has come, the longest waiting first.
pub async fn due(
    conn: &mut Conn,
    endpoint: EndpointId,
    now: Time,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let rows = fetch_all!(
        Row,
        conn,
        "select e.id, e.type as kind, e.customer_id, e.data, e.created_at, d.attempts, d.give_up_at
         from deliveries d join events e on e.id = d.event_id
         where d.endpoint_id = $1 and d.next_attempt_at <= $2
         order by d.next_attempt_at, e.id limit $3",
        endpoint,
        now,
        limit,
    )?;
    let deliveries = rows.into_iter().map(|row| {
        Ok(Delivery {
            event: Event::try_from(row.event)?,
            endpoint,
            attempts: row.attempts,
            give_up_at: row.give_up_at,
        })
    });
    deliveries.collect()
}

/// Takes a delivery for this attempt, until `lease_ends`. Answers whether this call did.
pub async fn take(tx: &mut Tx, taken: &Delivery, now: Time, lease_ends: Time) -> Result<bool> {
    let rows = execute!(
        tx,
        "update deliveries set attempts = $3, next_attempt_at = $5
         where event_id = $1 and endpoint_id = $2 and attempts = $3 - 1 and next_attempt_at <= $4",
        taken.event.id,
        taken.endpoint,
        taken.attempts,
        now,
        lease_ends,
    )?;
    Ok(rows == 1)
}

pub async fn delivered(tx: &mut Tx, taken: &Delivery, answer: StatusCode, now: Time) -> Result<()> {
    execute!(
        tx,
        "update deliveries
         set status = 'delivered', delivered_at = $5, answer = $4, error = null,
             next_attempt_at = null
         where event_id = $1 and endpoint_id = $2 and attempts = $3 and status = 'pending'",
        taken.event.id,
        taken.endpoint,
        taken.attempts,
        i64::from(answer.as_u16()),
        now,
    )?;
    Ok(())
}

/// Leaves a delivery for later, or gives it up when there is no later.
pub async fn not_delivered(
    tx: &mut Tx,
    taken: &Delivery,
    answer: Option<StatusCode>,
    error: &str,
    again: Option<Time>,
) -> Result<()> {
    let status = match again {
        Some(_) => DeliveryStatus::Pending,
        None => DeliveryStatus::Failed,
    };
    execute!(
        tx,
        "update deliveries set status = $6, answer = $4, error = $5, next_attempt_at = $7
         where event_id = $1 and endpoint_id = $2 and attempts = $3 and status = 'pending'",
        taken.event.id,
        taken.endpoint,
        taken.attempts,
        answer.map(|answer| i64::from(answer.as_u16())),
        error,
        status,
        again,
    )?;
    Ok(())
}

/// Gives up all that is on its way to an endpoint that is disabled.
pub async fn give_up_all(tx: &mut Tx, endpoint: EndpointId) -> Result<()> {
    execute!(
        tx,
        "update deliveries
         set status = 'failed', next_attempt_at = null,
             error = coalesce(error, 'the endpoint was disabled')
         where endpoint_id = $1 and status = 'pending'",
        endpoint,
    )?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct SentRow {
    event_id: EventId,
    kind: EventType,
    customer_id: CustomerId,
    endpoint_id: EndpointId,
    url: String,
    status: DeliveryStatus,
    attempts: i64,
    answer: Option<i64>,
    error: Option<String>,
    created_at: Time,
    next_attempt_at: Option<Time>,
    delivered_at: Option<Time>,
}

impl From<SentRow> for Sent {
    fn from(row: SentRow) -> Self {
        Self {
            event: row.event_id,
            kind: row.kind,
            customer: row.customer_id,
            endpoint: row.endpoint_id,
            url: row.url,
            status: row.status,
            attempts: row.attempts,
            answer: row.answer,
            error: row.error,
            told_at: row.created_at,
            next_attempt_at: row.next_attempt_at,
            delivered_at: row.delivered_at,
        }
    }
}

/// Deliveries in the order of their events, whose ids are made in the order of time, after this one; one
/// more than the part's limit.
pub async fn part(
    conn: &mut Conn,
    filter: &Filter,
    part: Part,
    after: Option<(EventId, EndpointId)>,
) -> Result<Vec<Sent>> {
    let head = "select d.event_id, e.type as kind, e.customer_id, d.endpoint_id, p.url, d.status,
                       d.attempts, d.answer, d.error, e.created_at, d.next_attempt_at,
                       d.delivered_at
                from deliveries d
                join events e on e.id = d.event_id
                join endpoints p on p.id = d.endpoint_id
                where true";
    let rows = fetch_built!(SentRow, conn, head, |sql| {
        match filter.status {
            None => {}
            Some(DeliveryStatus::Delivered) => {
                sql.push(" and d.status = 'delivered'");
            }
            // Both, so that either database sees that the index holds them all.
            Some(status) => {
                sql.push(" and d.status <> 'delivered' and d.status = ")
                    .push_bind(status);
            }
        }
        if let Some(endpoint) = filter.endpoint {
            sql.push(" and d.endpoint_id = ").push_bind(endpoint);
        }
        if let Some(event) = filter.event {
            sql.push(" and d.event_id = ").push_bind(event);
        }
        if let Some((event, endpoint)) = after {
            sql.push(match part.descending {
                true => " and (d.event_id, d.endpoint_id) < (",
                false => " and (d.event_id, d.endpoint_id) > (",
            });
            sql.push_bind(event)
                .push(", ")
                .push_bind(endpoint)
                .push(")");
        }
        sql.push(match part.descending {
            true => " order by d.event_id desc, d.endpoint_id desc limit ",
            false => " order by d.event_id, d.endpoint_id limit ",
        });
        sql.push_bind(part.limit.saturating_add(1));
    })?;
    Ok(rows.into_iter().map(Sent::from).collect())
}

/// Where a delivery stands, if there is one.
pub async fn status(
    conn: &mut Conn,
    event: EventId,
    endpoint: EndpointId,
) -> Result<Option<DeliveryStatus>> {
    let sql = "select status from deliveries where event_id = $1 and endpoint_id = $2";
    let found = fetch_optional!((DeliveryStatus,), conn, sql, event, endpoint)?;
    Ok(found.map(|(status,)| status))
}

/// Owes an event to an endpoint once more, whatever came of it before.
pub async fn again(
    tx: &mut Tx,
    event: EventId,
    endpoint: EndpointId,
    now: Time,
    give_up_at: Time,
) -> Result<()> {
    execute!(
        tx,
        "update deliveries
         set status = 'pending', attempts = 0, answer = null, error = null, delivered_at = null,
             next_attempt_at = $3, give_up_at = $4
         where event_id = $1 and endpoint_id = $2",
        event,
        endpoint,
        now,
        give_up_at,
    )?;
    Ok(())
}
