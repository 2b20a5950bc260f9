//! Rows of `fraud_warnings`.

use super::{Conn, Tx};
use crate::{
    Result,
    claim::News,
    clock::Time,
    dispute::Warning,
    id::{FraudWarningId, TransactionId},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: FraudWarningId,
    transaction_id: TransactionId,
    reference: String,
    kind: String,
    happened_at: Time,
}

impl From<Row> for Warning {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            transaction: row.transaction_id,
            reference: row.reference,
            kind: row.kind,
            happened_at: row.happened_at,
        }
    }
}

/// Writes a warning down, unless it is there.
pub(crate) async fn insert(tx: &mut Tx, warning: &Warning, news: &News<'_>) -> Result<()> {
    execute!(
        tx,
        "insert into fraud_warnings
           (id, transaction_id, gateway, reference, kind, happened_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (gateway, reference) do nothing",
        warning.id,
        warning.transaction,
        news.gateway,
        &warning.reference,
        &warning.kind,
        warning.happened_at,
        news.now,
    )?;
    Ok(())
}

/// Warnings that nothing has followed: neither a refund nor a dispute. Oldest first.
pub async fn unfollowed(conn: &mut Conn, limit: i64) -> Result<Vec<Warning>> {
    let rows = fetch_all!(
        Row,
        conn,
        "select id, transaction_id, reference, kind, happened_at from fraud_warnings w
         where not exists (select 1 from disputes d where d.transaction_id = w.transaction_id)
           and not exists (select 1 from refunds r where r.transaction_id = w.transaction_id
                             and r.state in ('pending', 'succeeded'))
         order by happened_at limit $1",
        limit,
    )?;
    Ok(rows.into_iter().map(Warning::from).collect())
}

/// The warnings of a payment, oldest first.
pub async fn of_transaction(conn: &mut Conn, id: TransactionId) -> Result<Vec<Warning>> {
    let rows = fetch_all!(
        Row,
        conn,
        "select id, transaction_id, reference, kind, happened_at from fraud_warnings
         where transaction_id = $1 order by happened_at",
        id,
    )?;
    Ok(rows.into_iter().map(Warning::from).collect())
}
