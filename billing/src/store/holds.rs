//! Rows of `holds`.

use super::{Conn, Tx};
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, HoldId},
    ledger::{Hold, HoldStatus},
    money::Credits,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: HoldId,
    customer_id: CustomerId,
    amount: Credits,
    note: String,
    status: HoldStatus,
    captured: Credits,
    available_after: Credits,
    expires_at: Time,
    created_at: Time,
    ended_at: Option<Time>,
}

impl From<Row> for Hold {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            customer: row.customer_id,
            amount: row.amount,
            note: row.note,
            status: row.status,
            captured: row.captured,
            available_after: row.available_after,
            expires_at: row.expires_at,
            created_at: row.created_at,
            ended_at: row.ended_at,
        }
    }
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, customer_id, amount, note, status, captured, available_after, expires_at,
                    created_at, ended_at
             from holds ",
            $rest
        )
    };
}

pub async fn find(conn: &mut Conn, id: HoldId) -> Result<Option<Hold>> {
    let row = fetch_optional!(Row, conn, select!("where id = $1"), id)?;
    Ok(row.map(Hold::from))
}

pub async fn by_key(conn: &mut Conn, customer: CustomerId, key: &str) -> Result<Option<Hold>> {
    let sql = select!("where customer_id = $1 and key = $2");
    Ok(fetch_optional!(Row, conn, sql, customer, key)?.map(Hold::from))
}

/// Open ones whose time has passed.
pub async fn due(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<HoldId>> {
    let rows = fetch_all!(
        (HoldId,),
        conn,
        "select id from holds where status = 'open' and expires_at <= $1
         order by expires_at limit $2",
        now,
        limit,
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub async fn insert(tx: &mut Tx, hold: &Hold, key: &str) -> Result<()> {
    execute!(
        tx,
        "insert into holds
           (id, customer_id, key, amount, note, status, available_after, expires_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        hold.id,
        hold.customer,
        key,
        hold.amount,
        &hold.note,
        hold.status,
        hold.available_after,
        hold.expires_at,
        hold.created_at,
    )?;
    Ok(())
}

/// Writes down how an open hold ended. The schema refuses another end.
pub async fn end(tx: &mut Tx, hold: &Hold) -> Result<()> {
    execute!(
        tx,
        "update holds set status = $2, captured = $3, ended_at = $4 where id = $1",
        hold.id,
        hold.status,
        hold.captured,
        hold.ended_at,
    )?;
    Ok(())
}
