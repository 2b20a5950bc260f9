//! Rows of `duties`: what a gateway must still be told.

use super::{Conn, Tx};
use crate::{
    Result,
    clock::Time,
    duty::{Duty, DutyKind},
    id::CustomerId,
};

#[derive(sqlx::FromRow)]
struct Row {
    kind: DutyKind,
    subject: String,
    customer_id: CustomerId,
    attempts: i64,
    trouble: Option<String>,
    owed_at: Time,
    next_attempt_at: Option<Time>,
}

impl From<Row> for Duty {
    fn from(row: Row) -> Self {
        Self {
            kind: row.kind,
            subject: row.subject,
            customer: row.customer_id,
            attempts: row.attempts,
            trouble: row.trouble,
            owed_at: row.owed_at,
            next_attempt_at: row.next_attempt_at,
        }
    }
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select kind, subject, customer_id, attempts, trouble, owed_at, next_attempt_at
             from duties ",
            $rest
        )
    };
}

/// Writes a duty down. One that is owed or done already stays as it is, unless it is to be done
/// `again`.
pub async fn owe(tx: &mut Tx, gateway: &str, duty: &Duty, again: bool) -> Result<()> {
    execute!(
        tx,
        "insert into duties (gateway, kind, subject, customer_id, owed_at, next_attempt_at)
         values ($1, $2, $3, $4, $5, $5)
         on conflict (gateway, kind, subject) do update
         set owed_at = excluded.owed_at, next_attempt_at = excluded.next_attempt_at, attempts = 0,
             trouble = null
         where $6 = 1",
        gateway,
        duty.kind,
        &duty.subject,
        duty.customer,
        duty.owed_at,
        i64::from(again),
    )?;
    Ok(())
}

/// Those whose turn has come, the longest waiting first.
pub async fn due(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<Duty>> {
    let sql = select!("where next_attempt_at <= $1 order by next_attempt_at limit $2");
    let rows = fetch_all!(Row, conn, sql, now, limit)?;
    Ok(rows.into_iter().map(Duty::from).collect())
}

/// Those that were tried and are not done, oldest first.
pub async fn troubled(conn: &mut Conn, limit: i64) -> Result<Vec<Duty>> {
    let sql = select!(
        "where next_attempt_at is not null and trouble is not null order by owed_at limit $1"
    );
    let rows = fetch_all!(Row, conn, sql, limit)?;
    Ok(rows.into_iter().map(Duty::from).collect())
}

/// Notes an attempt: done, or to be tried again then, for this reason. What was owed anew while it
/// was being done stays owed.
pub async fn tried(
    tx: &mut Tx,
    gateway: &str,
    duty: &Duty,
    trouble: Option<&str>,
    next_attempt_at: Option<Time>,
) -> Result<()> {
    execute!(
        tx,
        "update duties set attempts = attempts + 1, trouble = $4, next_attempt_at = $5
         where gateway = $1 and kind = $2 and subject = $3 and owed_at = $6",
        gateway,
        duty.kind,
        &duty.subject,
        trouble,
        next_attempt_at,
        duty.owed_at,
    )?;
    Ok(())
}
