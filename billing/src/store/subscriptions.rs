//! Rows of `subscriptions` and of their history, `subscription_changes`.

use super::{Conn, Tx, offers};
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, OfferId, SubscriptionId},
    plan::{Period, Status, Subscription},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: SubscriptionId,
    customer_id: CustomerId,
    offer_id: OfferId,
    next_offer_id: Option<OfferId>,
    status: Status,
    reference: Option<String>,
    period_start: Option<Time>,
    period_end: Option<Time>,
    paid_until: Option<Time>,
    cancel_at_end: bool,
    past_due_since: Option<Time>,
    version: i64,
    created_at: Time,
    updated_at: Time,
    ended_at: Option<Time>,
}

/// These plans with their offers: one statement for all.
async fn complete(conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Subscription>> {
    let named = rows
        .iter()
        .flat_map(|row| [Some(row.offer_id), row.next_offer_id]);
    let offers = offers::all(conn, &named.flatten().collect::<Vec<_>>()).await?;
    let offer = |id: OfferId| offers.get(&id).cloned().ok_or(sqlx::Error::RowNotFound);
    let plan = |row: Row| {
        Ok(Subscription {
            id: row.id,
            customer: row.customer_id,
            offer: offer(row.offer_id)?,
            next_offer: row.next_offer_id.map(offer).transpose()?,
            status: row.status,
            reference: row.reference,
            period: row
                .period_start
                .zip(row.period_end)
                .map(|(start, end)| Period { start, end }),
            paid_until: row.paid_until,
            cancel_at_end: row.cancel_at_end,
            past_due_since: row.past_due_since,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            ended_at: row.ended_at,
        })
    };
    rows.into_iter().map(plan).collect()
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, customer_id, offer_id, next_offer_id, status, reference, period_start,
                    period_end, paid_until, cancel_at_end, past_due_since, version, created_at,
                    updated_at, ended_at
             from subscriptions ",
            $rest
        )
    };
}

pub async fn find(conn: &mut Conn, id: SubscriptionId) -> Result<Option<Subscription>> {
    let row = fetch_optional!(Row, conn, select!("where id = $1"), id)?;
    Ok(complete(conn, row.into_iter().collect()).await?.pop())
}

pub async fn by_reference(
    conn: &mut Conn,
    gateway: &str,
    reference: &str,
) -> Result<Option<Subscription>> {
    let sql = select!("where gateway = $1 and reference = $2");
    let row = fetch_optional!(Row, conn, sql, gateway, reference)?;
    Ok(complete(conn, row.into_iter().collect()).await?.pop())
}

/// The plan that a customer has: there is at most one that has not ended.
pub async fn live(conn: &mut Conn, customer: CustomerId) -> Result<Option<Subscription>> {
    let sql = select!("where customer_id = $1 and status <> 'ended'");
    let row = fetch_optional!(Row, conn, sql, customer)?;
    Ok(complete(conn, row.into_iter().collect()).await?.pop())
}

/// Those whose gateway should be asked by now.
pub async fn due_for_check(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<Subscription>> {
    let sql = select!("where next_check_at <= $1 order by next_check_at limit $2");
    let rows = fetch_all!(Row, conn, sql, now, limit)?;
    complete(conn, rows).await
}

/// Those that have owed a renewal since before `then`.
pub async fn past_due_since(conn: &mut Conn, then: Time, limit: i64) -> Result<Vec<Subscription>> {
    let sql = select!("where past_due_since <= $1 order by past_due_since limit $2");
    let rows = fetch_all!(Row, conn, sql, then, limit)?;
    complete(conn, rows).await
}

/// Keeps others from changing it until this transaction ends. Before it is read, not after.
pub async fn lock(tx: &mut Tx, id: SubscriptionId) -> Result<()> {
    execute!(
        tx,
        "update subscriptions set version = version where id = $1",
        id
    )?;
    Ok(())
}

/// Adds a plan. Answers whether this call did: the customer may have one already.
pub async fn insert(tx: &mut Tx, new: &Subscription, gateway: &str) -> Result<bool> {
    let rows = execute!(
        tx,
        "insert into subscriptions
           (id, customer_id, offer_id, status, gateway, version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7)
         on conflict (customer_id) where status <> 'ended' do nothing",
        new.id,
        new.customer,
        new.offer.id,
        new.status,
        gateway,
        new.version,
        new.created_at,
    )?;
    if rows == 1 {
        insert_change(tx, new, "order", None).await?;
    }
    Ok(rows == 1)
}

/// Stores `new` if the row still has the version before it, with who said so. Answers whether it
/// did.
pub async fn compare_and_set(
    tx: &mut Tx,
    new: &Subscription,
    next_check_at: Option<Time>,
    witness: &str,
    detail: Option<&str>,
) -> Result<bool> {
    let rows = execute!(
        tx,
        "update subscriptions
         set version = $2, offer_id = $3, next_offer_id = $4, status = $5, reference = $6,
             period_start = $7, period_end = $8, paid_until = $9, cancel_at_end = $10,
             past_due_since = $11, next_check_at = $12, updated_at = $13, ended_at = $14
         where id = $1 and version = $2 - 1",
        new.id,
        new.version,
        new.offer.id,
        new.next_offer.as_ref().map(|offer| offer.id),
        new.status,
        new.reference.as_deref(),
        new.period.map(|period| period.start),
        new.period.map(|period| period.end),
        new.paid_until,
        new.cancel_at_end,
        new.past_due_since,
        next_check_at,
        new.updated_at,
        new.ended_at,
    )?;
    if rows == 1 {
        insert_change(tx, new, witness, detail).await?;
    }
    Ok(rows == 1)
}

/// The gateway was asked; the next time is later.
pub async fn set_next_check(tx: &mut Tx, id: SubscriptionId, at: Time) -> Result<()> {
    execute!(
        tx,
        "update subscriptions set next_check_at = $2 where id = $1 and next_check_at is not null",
        id,
        at,
    )?;
    Ok(())
}

async fn insert_change(
    tx: &mut Tx,
    subscription: &Subscription,
    witness: &str,
    detail: Option<&str>,
) -> Result<()> {
    execute!(
        tx,
        "insert into subscription_changes
           (subscription_id, version, status, offer_id, witness, detail, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        subscription.id,
        subscription.version,
        subscription.status,
        subscription.offer.id,
        witness,
        detail,
        subscription.updated_at,
    )?;
    Ok(())
}
