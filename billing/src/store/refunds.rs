//! Rows of `refunds` and of their history, `refund_changes`.

use super::{Conn, Tx};
use crate::{
    Error, Result,
    claim::{Held, News},
    clock::Time,
    id::{RefundId, TransactionId},
    money::{Credits, Money},
    refund::{Refund, State},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: RefundId,
    transaction_id: TransactionId,
    reference: Option<String>,
    request_key: Option<String>,
    amount: i64,
    currency: String,
    state: State,
    reason: Option<String>,
    failure: Option<String>,
    taken: Credits,
    owed: Credits,
    written_off: Credits,
    version: i64,
    happened_at: Time,
    next_check_at: Option<Time>,
    created_at: Time,
    updated_at: Time,
}

impl TryFrom<Row> for Refund {
    type Error = crate::Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            transaction: row.transaction_id,
            reference: row.reference,
            key: row.request_key,
            amount: Money {
                value: row.amount,
                currency: super::currency(&row.currency)?,
            },
            state: row.state,
            reason: row.reason,
            failure: row.failure,
            held: Held {
                frozen: Credits(0),
                taken: row.taken,
                owed: row.owed,
                written_off: row.written_off,
            },
            version: row.version,
            happened_at: row.happened_at,
            next_check_at: row.next_check_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, transaction_id, reference, request_key, amount, currency, state, reason,
                    failure, taken, owed, written_off, version, happened_at, next_check_at,
                    created_at, updated_at
             from refunds ",
            $rest
        )
    };
}

fn all(rows: Vec<Row>) -> Result<Vec<Refund>> {
    rows.into_iter().map(Refund::try_from).collect()
}

pub async fn find(conn: &mut Conn, id: RefundId) -> Result<Option<Refund>> {
    let row = fetch_optional!(Row, conn, select!("where id = $1"), id)?;
    row.map(Refund::try_from).transpose()
}

/// The refunds of a payment, oldest first.
pub async fn of_transaction(conn: &mut Conn, transaction: TransactionId) -> Result<Vec<Refund>> {
    let sql = select!("where transaction_id = $1 order by happened_at, id");
    all(fetch_all!(Row, conn, sql, transaction)?)
}

/// Unfinished ones whose gateway should be asked by now.
pub async fn due_for_check(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<Refund>> {
    let sql = select!("where next_check_at <= $1 order by next_check_at limit $2");
    all(fetch_all!(Row, conn, sql, now, limit)?)
}

/// Those that failed, until their payment is refunded in another way: the latest first.
pub async fn failed(conn: &mut Conn, limit: i64) -> Result<Vec<Refund>> {
    let sql = select!(
        "where state = 'failed' and not exists
           (select 1 from refunds later where later.transaction_id = refunds.transaction_id
              and later.state in ('pending', 'succeeded') and later.created_at > refunds.created_at)
         order by updated_at desc limit $1"
    );
    all(fetch_all!(Row, conn, sql, limit)?)
}

/// Those of a time that are at the gateway, as we think, and that its books have not named yet.
pub async fn unmet(conn: &mut Conn, gateway: &str, from: Time, to: Time) -> Result<Vec<Refund>> {
    let sql = select!(
        "where gateway = $1 and happened_at >= $2 and happened_at < $3 and reference is not null
           and state in ('pending', 'succeeded')
           and not exists (select 1 from earnings e where e.transaction_id = refunds.transaction_id
                           and e.kind = 'refund' and e.reference = refunds.reference)
         order by id"
    );
    all(fetch_all!(Row, conn, sql, gateway, from, to)?)
}

/// Adds a refund, or stores what it became if the row still has the version before, and its line
/// in the history.
pub(crate) async fn put(tx: &mut Tx, refund: &Refund, news: &News<'_>) -> Result<()> {
    let done = match refund.version {
        1 => insert(tx, refund, news.gateway).await?,
        _ => compare_and_set(tx, refund).await?,
    };
    if !done {
        return Err(Error::Busy);
    }
    insert_change(tx, refund, news).await
}

/// More money than was paid is not asked back, whoever asks at the same moment.
async fn insert(tx: &mut Tx, refund: &Refund, gateway: &str) -> Result<bool> {
    let rows = execute!(
        tx,
        "insert into refunds
           (id, transaction_id, gateway, reference, request_key, amount, currency, state, reason,
            failure, taken, owed, written_off, version, happened_at, next_check_at, created_at,
            updated_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15, $16, $17
         from transactions where id = $2 and ($4 is not null or $6 <= amount -
           (select coalesce(sum(amount), 0) from refunds
            where transaction_id = $2 and state in ('pending', 'succeeded')))",
        refund.id,
        refund.transaction,
        gateway,
        refund.reference.as_deref(),
        refund.key.as_deref(),
        refund.amount.value,
        refund.amount.currency.as_str(),
        refund.state,
        refund.reason.as_deref(),
        refund.failure.as_deref(),
        refund.held.taken,
        refund.held.owed,
        refund.held.written_off,
        refund.happened_at,
        refund.next_check_at,
        refund.created_at,
        refund.updated_at,
    )?;
    Ok(rows == 1)
}

async fn compare_and_set(tx: &mut Tx, new: &Refund) -> Result<bool> {
    let rows = execute!(
        tx,
        "update refunds
         set reference = $3, state = $4, reason = $5, failure = $6, taken = $7, owed = $8,
             written_off = $9, version = $2, happened_at = $10, next_check_at = $11,
             updated_at = $12
         where id = $1 and version = $2 - 1",
        new.id,
        new.version,
        new.reference.as_deref(),
        new.state,
        new.reason.as_deref(),
        new.failure.as_deref(),
        new.held.taken,
        new.held.owed,
        new.held.written_off,
        new.happened_at,
        new.next_check_at,
        new.updated_at,
    )?;
    Ok(rows == 1)
}

async fn insert_change(tx: &mut Tx, refund: &Refund, news: &News<'_>) -> Result<()> {
    execute!(
        tx,
        "insert into refund_changes
           (refund_id, version, state, taken, owed, written_off, witness, detail, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        refund.id,
        refund.version,
        refund.state,
        refund.held.taken,
        refund.held.owed,
        refund.held.written_off,
        news.witness.as_str(),
        news.detail,
        news.now,
    )?;
    Ok(())
}

/// The gateway was asked; the next time is later.
pub async fn checked(tx: &mut Tx, id: RefundId, next_check_at: Time) -> Result<()> {
    execute!(
        tx,
        "update refunds set next_check_at = $2 where id = $1 and next_check_at is not null",
        id,
        next_check_at,
    )?;
    Ok(())
}
