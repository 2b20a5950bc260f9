//! Rows of `validations` and `trials`.

use super::{Conn, Tx, transactions};
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, TransactionId},
    transaction::Transaction,
    validation::{Purpose, Validation},
};

#[derive(sqlx::FromRow)]
struct Row {
    transaction_id: TransactionId,
    purpose: Purpose,
    expire_after_days: Option<i64>,
    return_to: Option<String>,
    expires_at: Time,
}

impl Row {
    async fn complete(self, conn: &mut Conn) -> Result<Validation> {
        let transaction = transactions::find(conn, self.transaction_id).await?;
        Ok(Validation {
            transaction: transaction.ok_or(sqlx::Error::RowNotFound)?,
            purpose: self.purpose,
            expire_after_days: self.expire_after_days,
            return_to: self.return_to,
            expires_at: self.expires_at,
        })
    }
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select transaction_id, purpose, expire_after_days, return_to, expires_at
             from validations ",
            $rest
        )
    };
}

pub async fn find(conn: &mut Conn, id: TransactionId) -> Result<Option<Validation>> {
    match fetch_optional!(Row, conn, select!("where transaction_id = $1"), id)? {
        Some(row) => row.complete(conn).await.map(Some),
        None => Ok(None),
    }
}

/// The one of this purpose that a customer has not finished: there is at most one.
pub async fn open(
    conn: &mut Conn,
    customer: CustomerId,
    purpose: Purpose,
) -> Result<Option<Validation>> {
    let sql = select!("where customer_id = $1 and purpose = $2 and closed_at is null");
    match fetch_optional!(Row, conn, sql, customer, purpose)? {
        Some(row) => row.complete(conn).await.map(Some),
        None => Ok(None),
    }
}

/// Those that nobody finished in time.
pub async fn overdue(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<Validation>> {
    let sql = select!("where closed_at is null and expires_at <= $1 order by expires_at limit $2");
    let mut found = Vec::new();
    for row in fetch_all!(Row, conn, sql, now, limit)? {
        found.push(row.complete(conn).await?);
    }
    Ok(found)
}

/// Adds a validation, whose transaction is there already. The schema refuses a second open one.
pub async fn insert(tx: &mut Tx, validation: &Validation) -> Result<()> {
    execute!(
        tx,
        "insert into validations
           (transaction_id, customer_id, purpose, expire_after_days, return_to, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        validation.transaction.id,
        validation.transaction.customer,
        validation.purpose,
        validation.expire_after_days,
        validation.return_to.as_deref(),
        validation.expires_at,
    )?;
    Ok(())
}

pub async fn close(tx: &mut Tx, id: TransactionId, now: Time) -> Result<()> {
    execute!(
        tx,
        "update validations set closed_at = $2 where transaction_id = $1 and closed_at is null",
        id,
        now,
    )?;
    Ok(())
}

/// A customer's open validations are overdue from now on.
pub async fn cut_short(tx: &mut Tx, customer: CustomerId, now: Time) -> Result<()> {
    execute!(
        tx,
        "update validations set expires_at = $2
         where customer_id = $1 and closed_at is null and expires_at > $2",
        customer,
        now,
    )?;
    Ok(())
}

/// Takes the trial of a customer and of a card. Answers whether this call did: either may have had
/// theirs.
pub async fn claim_trial(
    tx: &mut Tx,
    transaction: &Transaction,
    gateway: &str,
    fingerprint: &str,
    now: Time,
) -> Result<bool> {
    let rows = execute!(
        tx,
        "insert into trials (transaction_id, customer_id, gateway, fingerprint, granted_at)
         values ($1, $2, $3, $4, $5) on conflict do nothing",
        transaction.id,
        transaction.customer,
        gateway,
        fingerprint,
        now,
    )?;
    Ok(rows == 1)
}

pub async fn had_trial(conn: &mut Conn, customer: CustomerId) -> Result<bool> {
    let (rows,) = fetch_one!(
        (i64,),
        conn,
        "select count(*) from trials where customer_id = $1",
        customer,
    )?;
    Ok(rows > 0)
}
