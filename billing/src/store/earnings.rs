//! Rows of `earnings` and `payouts`: what a gateway's own books say of our payments.

use std::collections::HashMap;

use super::{Conn, Tx, query::once_each};
use crate::{
    Result,
    id::TransactionId,
    money::Money,
    reconcile::{Earning, Line, Payout},
};

/// Notes what lines say of transactions of ours. A line that is there keeps what it said; its payout
/// may become known later.
pub async fn note(
    tx: &mut Tx,
    gateway: &str,
    lines: &[(TransactionId, String, Line)],
) -> Result<()> {
    let lines = &once_each(lines, |(transaction, id, _)| (*transaction, id.clone()));
    execute_rows!(
        tx,
        "insert into earnings
           (transaction_id, line, reference, gateway, kind, amount, currency, fee, fee_currency,
            payout, happened_at) ",
        lines,
        |(transaction, id, line)| [
            *transaction,
            id,
            &line.reference,
            gateway,
            line.said.kind(),
            line.amount.value,
            line.amount.currency.as_str(),
            line.fee.value,
            line.fee.currency.as_str(),
            line.payout.as_deref(),
            line.at
        ],
        " on conflict (transaction_id, line) do update set payout = excluded.payout
          where earnings.payout is null and excluded.payout is not null",
    );
    Ok(())
}

/// What was noted of the fees of these transactions, by transaction and line.
pub async fn fees(
    conn: &mut Conn,
    transactions: &[TransactionId],
) -> Result<HashMap<(TransactionId, String), Money>> {
    let rows = fetch_in!(
        (TransactionId, String, i64, String),
        conn,
        "select transaction_id, line, fee, fee_currency from earnings where transaction_id in (",
        transactions,
        ")",
    );
    let fees = rows
        .into_iter()
        .map(|(transaction, line, value, currency)| {
            let currency = super::currency(&currency)?;
            Ok(((transaction, line), Money { value, currency }))
        });
    fees.collect()
}

#[derive(sqlx::FromRow)]
struct Row {
    line: String,
    reference: String,
    kind: String,
    amount: i64,
    currency: String,
    fee: i64,
    fee_currency: String,
    payout: Option<String>,
    happened_at: crate::clock::Time,
}

/// What the gateway's books say of a transaction, oldest first.
pub async fn of_transaction(conn: &mut Conn, id: TransactionId) -> Result<Vec<Earning>> {
    let rows = fetch_all!(
        Row,
        conn,
        "select line, reference, kind, amount, currency, fee, fee_currency, payout, happened_at
         from earnings where transaction_id = $1 order by happened_at, line",
        id,
    )?;
    let earnings = rows.into_iter().map(|row| {
        Ok(Earning {
            line: row.line,
            reference: row.reference,
            kind: row.kind,
            amount: Money {
                value: row.amount,
                currency: super::currency(&row.currency)?,
            },
            fee: Money {
                value: row.fee,
                currency: super::currency(&row.fee_currency)?,
            },
            payout: row.payout,
            at: row.happened_at,
        })
    });
    earnings.collect()
}

/// Notes a payout, or what became of it.
pub async fn note_payout(tx: &mut Tx, gateway: &str, payout: &Payout) -> Result<()> {
    execute!(
        tx,
        "insert into payouts
           (gateway, reference, amount, contains, lines, currency, status, arrives_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (gateway, reference) do update
         set amount = excluded.amount, contains = excluded.contains, lines = excluded.lines,
             status = excluded.status, arrives_at = excluded.arrives_at",
        gateway,
        &payout.reference,
        payout.amount.value,
        payout.contains,
        payout.lines,
        payout.amount.currency.as_str(),
        &payout.status,
        payout.arrives_at,
    )?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct PayoutRow {
    reference: String,
    amount: i64,
    contains: i64,
    lines: i64,
    currency: String,
    status: String,
    arrives_at: crate::clock::Time,
}

/// The payouts of a gateway, newest first.
pub async fn payouts(conn: &mut Conn, gateway: &str, limit: i64) -> Result<Vec<Payout>> {
    let rows = fetch_all!(
        PayoutRow,
        conn,
        "select reference, amount, contains, lines, currency, status, arrives_at from payouts
         where gateway = $1 order by arrives_at desc, reference limit $2",
        gateway,
        limit,
    )?;
    let payouts = rows.into_iter().map(|row| {
        Ok(Payout {
            reference: row.reference,
            amount: Money {
                value: row.amount,
                currency: super::currency(&row.currency)?,
            },
            contains: row.contains,
            lines: row.lines,
            status: row.status,
            arrives_at: row.arrives_at,
        })
    });
    payouts.collect()
}
