//! Rows of `lots`. Only the ledger calls what writes here.

use super::{Conn, Tx, lot_uses};
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, LotId, SubscriptionId, TransactionId, TransferId},
    ledger::Lot,
    money::Credits,
};

#[derive(sqlx::FromRow)]
struct LotRow {
    id: LotId,
    note: String,
    granted: Credits,
    remaining: Credits,
    priority: i64,
    created_at: Time,
    starts_at: Option<Time>,
    upcoming: bool,
    expires_at: Option<Time>,
}

impl From<LotRow> for Lot {
    fn from(row: LotRow) -> Self {
        Self {
            id: row.id,
            note: row.note,
            granted: row.granted,
            remaining: row.remaining,
            priority: row.priority,
            created_at: row.created_at,
            starts_at: row.starts_at,
            is_upcoming: row.upcoming,
            expires_at: row.expires_at,
        }
    }
}

/// A lot to be written, with nothing used of it.
pub struct NewLot<'a> {
    pub id: LotId,
    pub customer: CustomerId,
    pub transfer: TransferId,
    pub note: &'a str,
    pub granted: Credits,
    pub priority: i64,
    /// Nobody paid for it.
    pub promotional: bool,
    pub starts_at: Option<Time>,
    /// It starts later: until then nothing remains that could be spent.
    pub is_upcoming: bool,
    pub expires_at: Option<Time>,
    pub created_at: Time,
}

pub async fn insert(tx: &mut Tx, lot: &NewLot<'_>) -> Result<()> {
    execute!(
        tx,
        "insert into lots
           (id, customer_id, transfer_id, note, granted, remaining, priority, promotional,
            starts_at, upcoming, expires_at, created_at)
         values ($1, $2, $3, $4, $5, case when $9 then 0 else $5 end, $6, $7, $8, $9, $10, $11)",
        lot.id,
        lot.customer,
        lot.transfer,
        lot.note,
        lot.granted,
        lot.priority,
        lot.promotional,
        lot.starts_at,
        lot.is_upcoming,
        lot.expires_at,
        lot.created_at,
    )?;
    match lot.is_upcoming {
        true => lot_uses::insert(tx, lot.transfer, lot.id, lot.granted).await,
        false => Ok(()),
    }
}

/// Adds a lot with what is left of another, or will be there once it starts: of the same kind, from and
/// until the same time.
pub async fn insert_like(
    tx: &mut Tx,
    lot: &Lot,
    id: LotId,
    customer: CustomerId,
    transfer: TransferId,
    now: Time,
) -> Result<()> {
    execute!(
        tx,
        "insert into lots
           (id, customer_id, transfer_id, note, granted, remaining, priority, promotional,
            starts_at, upcoming, expires_at, created_at)
         select $2, $3, $4, note, $5, $6, priority, promotional, starts_at, $7, expires_at, $8
         from lots where id = $1",
        lot.id,
        id,
        customer,
        transfer,
        lot.there_will_be(),
        lot.remaining,
        lot.is_upcoming,
        now,
    )?;
    match lot.is_upcoming {
        true => lot_uses::insert(tx, transfer, id, lot.granted).await,
        false => Ok(()),
    }
}

/// A lot starts by this transfer: all of it remains.
pub async fn start(tx: &mut Tx, transfer: TransferId, lot: &Lot) -> Result<()> {
    execute!(
        tx,
        "update lots set upcoming = false, remaining = granted where id = $1",
        lot.id,
    )?;
    lot_uses::insert(tx, transfer, lot.id, Credits(-lot.granted.0)).await
}

/// A lot will not start: nothing of it ever remains.
pub async fn never_start(tx: &mut Tx, lot: &Lot) -> Result<()> {
    execute!(tx, "update lots set upcoming = false where id = $1", lot.id)?;
    Ok(())
}

/// Lots in the order in which they are spent: by priority, then what runs out sooner, then what
/// nobody paid for, then the older.
macro_rules! in_order {
    ($select:expr) => {
        concat!(
            $select,
            " order by l.priority, case when l.expires_at is null then 1 else 0 end, l.expires_at,
                      l.promotional desc, l.created_at, l.id"
        )
    };
}
pub(super) use in_order;

/// The columns of a [`LotRow`].
macro_rules! select_lots {
    ($from:literal) => {
        in_order!(concat!(
            "select l.id, l.note, l.granted, l.remaining, l.priority, l.created_at, l.starts_at,
                    l.upcoming, l.expires_at
             from lots l ",
            $from
        ))
    };
}

/// Lots with something left, in the order in which they are spent.
pub async fn open(conn: &mut Conn, customer: CustomerId) -> Result<Vec<Lot>> {
    let sql = select_lots!("where l.customer_id = $1 and l.remaining > 0");
    let rows = fetch_all!(LotRow, conn, sql, customer)?;
    Ok(rows.into_iter().map(Lot::from).collect())
}

/// Lots with something left whose date has passed.
pub async fn due(conn: &mut Conn, customer: CustomerId, now: Time) -> Result<Vec<Lot>> {
    let sql = select_lots!("where l.customer_id = $1 and l.remaining > 0 and l.expires_at <= $2");
    let rows = fetch_all!(LotRow, conn, sql, customer, now)?;
    Ok(rows.into_iter().map(Lot::from).collect())
}

/// Lots whose time has not come, the next one first.
pub async fn upcoming(conn: &mut Conn, customer: CustomerId) -> Result<Vec<Lot>> {
    let sql = select_lots!("where l.customer_id = $1 and l.upcoming");
    let rows = fetch_all!(LotRow, conn, sql, customer)?;
    let mut lots: Vec<Lot> = rows.into_iter().map(Lot::from).collect();
    lots.sort_by_key(|lot| lot.starts_at);
    Ok(lots)
}

/// Lots whose time has come and that have not started, in the order in which they are spent.
pub async fn starting(conn: &mut Conn, customer: CustomerId, now: Time) -> Result<Vec<Lot>> {
    let sql = select_lots!("where l.customer_id = $1 and l.upcoming and l.starts_at <= $2");
    let rows = fetch_all!(LotRow, conn, sql, customer, now)?;
    Ok(rows.into_iter().map(Lot::from).collect())
}

/// Which of these customers have lots that are to start.
pub async fn customers_starting(
    conn: &mut Conn,
    customers: &[CustomerId],
    now: Time,
) -> Result<Vec<CustomerId>> {
    let rows = fetch_in!(
        (CustomerId, Time),
        conn,
        "select customer_id, min(starts_at) from lots where upcoming and customer_id in (",
        customers,
        ") group by customer_id",
    );
    let due = rows.into_iter().filter(|(_, starts_at)| *starts_at <= now);
    Ok(due.map(|(customer, _)| customer).collect())
}

/// Whether a customer has lots that are to start or to run out.
pub async fn is_any_due(conn: &mut Conn, customer: CustomerId, now: Time) -> Result<bool> {
    let (is_due,) = fetch_one!(
        (bool,),
        conn,
        "select exists (select 1 from lots
             where customer_id = $1 and remaining > 0 and expires_at <= $2)
           or exists (select 1 from lots
             where customer_id = $1 and upcoming and starts_at <= $2)",
        customer,
        now,
    )?;
    Ok(is_due)
}

/// Customers with credits that are to start or to run out.
pub async fn customers_due(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<CustomerId>> {
    let rows = fetch_all!(
        (CustomerId,),
        conn,
        "select customer_id from lots where remaining > 0 and expires_at <= $1
         union select customer_id from lots where upcoming and starts_at <= $1
         limit $2",
        now,
        limit,
    )?;
    Ok(rows.into_iter().map(|(customer,)| customer).collect())
}

/// The lots that a payment granted, in the order in which they are spent.
pub async fn of_payment(conn: &mut Conn, transaction: TransactionId) -> Result<Vec<Lot>> {
    let sql = select_lots!("join transfers t on t.id = l.transfer_id where t.transaction_id = $1");
    let rows = fetch_all!(LotRow, conn, sql, transaction)?;
    Ok(rows.into_iter().map(Lot::from).collect())
}

/// The lot that a transfer granted.
pub async fn of_transfer(conn: &mut Conn, transfer: TransferId) -> Result<Option<Lot>> {
    let sql = select_lots!("where l.transfer_id = $1");
    Ok(fetch_optional!(LotRow, conn, sql, transfer)?.map(Lot::from))
}

/// What is left of credits that a plan brought, and for which invoice.
#[derive(sqlx::FromRow)]
pub struct PlanLot {
    pub id: LotId,
    pub remaining: Credits,
    pub source_id: String,
}

/// What is left of all that a plan brought, the oldest first.
pub async fn of_plan(conn: &mut Conn, plan: SubscriptionId) -> Result<Vec<PlanLot>> {
    Ok(fetch_all!(
        PlanLot,
        conn,
        "select l.id, l.remaining, t.source_id
         from transactions x
              join transfers t on t.transaction_id = x.id
              join lots l on l.transfer_id = t.id
         where x.subscription_id = $1 and l.remaining > 0
         order by l.created_at, l.id",
        plan,
    )?)
}

/// Takes `amount` from a lot, or gives it back when below zero, and writes down that this transfer
/// did.
pub async fn take(tx: &mut Tx, transfer: TransferId, lot: LotId, amount: Credits) -> Result<()> {
    execute!(
        tx,
        "update lots set remaining = remaining - $2 where id = $1",
        lot,
        amount
    )?;
    lot_uses::insert(tx, transfer, lot, amount).await
}

/// How much runs out before a moment, if nobody spends it.
pub async fn expiring(conn: &mut Conn, before: Time) -> Result<Credits> {
    let (credits,) = fetch_one!(
        (Credits,),
        conn,
        "select cast(coalesce(sum(remaining), 0) as bigint) from lots
         where remaining > 0 and expires_at is not null and expires_at < $1",
        before,
    )?;
    Ok(credits)
}
