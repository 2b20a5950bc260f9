//! Rows of `disputes` and of their history, `dispute_changes`.

use super::{Conn, Tx};
use crate::{
    Error, Result,
    claim::{Held, News},
    clock::Time,
    dispute::{Dispute, State},
    id::{DisputeId, TransactionId},
    money::{Credits, Money},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: DisputeId,
    transaction_id: TransactionId,
    reference: String,
    amount: i64,
    currency: String,
    state: State,
    reason: String,
    respond_by: Option<Time>,
    frozen: Credits,
    taken: Credits,
    owed: Credits,
    written_off: Credits,
    version: i64,
    happened_at: Time,
    next_check_at: Option<Time>,
    created_at: Time,
    updated_at: Time,
}

impl TryFrom<Row> for Dispute {
    type Error = crate::Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            transaction: row.transaction_id,
            reference: row.reference,
            amount: Money {
                value: row.amount,
                currency: super::currency(&row.currency)?,
            },
            state: row.state,
            reason: row.reason,
            respond_by: row.respond_by,
            held: Held {
                frozen: row.frozen,
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
            "select id, transaction_id, reference, amount, currency, state, reason, respond_by,
                    frozen, taken, owed, written_off, version, happened_at, next_check_at,
                    created_at, updated_at
             from disputes ",
            $rest
        )
    };
}

fn all(rows: Vec<Row>) -> Result<Vec<Dispute>> {
    rows.into_iter().map(Dispute::try_from).collect()
}

/// The disputes of a payment, oldest first.
pub async fn of_transaction(conn: &mut Conn, transaction: TransactionId) -> Result<Vec<Dispute>> {
    let sql = select!("where transaction_id = $1 order by happened_at, id");
    all(fetch_all!(Row, conn, sql, transaction)?)
}

/// Those that nobody has decided, oldest first.
pub async fn open(conn: &mut Conn, limit: i64) -> Result<Vec<Dispute>> {
    let sql = select!("where state in ('inquiry', 'open') order by happened_at limit $1");
    all(fetch_all!(Row, conn, sql, limit)?)
}

/// Undecided ones whose gateway should be asked by now.
pub async fn due_for_check(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<Dispute>> {
    let sql = select!("where next_check_at <= $1 order by next_check_at limit $2");
    all(fetch_all!(Row, conn, sql, now, limit)?)
}

/// Those of a time that the gateway's books have not named yet. An inquiry takes no money, so books do
/// not name it.
pub async fn unmet(conn: &mut Conn, gateway: &str, from: Time, to: Time) -> Result<Vec<Dispute>> {
    let sql = select!(
        "where gateway = $1 and happened_at >= $2 and happened_at < $3
           and state in ('open', 'won', 'lost')
           and not exists (select 1 from earnings e where e.transaction_id = disputes.transaction_id
                           and e.kind = 'dispute' and e.reference = disputes.reference)
         order by id"
    );
    all(fetch_all!(Row, conn, sql, gateway, from, to)?)
}

/// Adds a dispute, or stores what it became if the row still has the version before, and its line
/// in the history.
pub(crate) async fn put(tx: &mut Tx, dispute: &Dispute, news: &News<'_>) -> Result<()> {
    let done = match dispute.version {
        1 => insert(tx, dispute, news.gateway).await?,
        _ => compare_and_set(tx, dispute).await?,
    };
    if !done {
        return Err(Error::Busy);
    }
    insert_change(tx, dispute, news).await
}

async fn insert(tx: &mut Tx, dispute: &Dispute, gateway: &str) -> Result<bool> {
    let rows = execute!(
        tx,
        "insert into disputes
           (id, transaction_id, gateway, reference, amount, currency, state, reason, respond_by,
            frozen, taken, owed, written_off, version, happened_at, next_check_at, created_at,
            updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15, $16, $17)",
        dispute.id,
        dispute.transaction,
        gateway,
        &dispute.reference,
        dispute.amount.value,
        dispute.amount.currency.as_str(),
        dispute.state,
        &dispute.reason,
        dispute.respond_by,
        dispute.held.frozen,
        dispute.held.taken,
        dispute.held.owed,
        dispute.held.written_off,
        dispute.happened_at,
        dispute.next_check_at,
        dispute.created_at,
        dispute.updated_at,
    )?;
    Ok(rows == 1)
}

async fn compare_and_set(tx: &mut Tx, new: &Dispute) -> Result<bool> {
    let rows = execute!(
        tx,
        "update disputes
         set amount = $3, currency = $4, state = $5, respond_by = $6, frozen = $7, taken = $8,
             owed = $9, written_off = $10, version = $2, next_check_at = $11, updated_at = $12
         where id = $1 and version = $2 - 1",
        new.id,
        new.version,
        new.amount.value,
        new.amount.currency.as_str(),
        new.state,
        new.respond_by,
        new.held.frozen,
        new.held.taken,
        new.held.owed,
        new.held.written_off,
        new.next_check_at,
        new.updated_at,
    )?;
    Ok(rows == 1)
}

async fn insert_change(tx: &mut Tx, dispute: &Dispute, news: &News<'_>) -> Result<()> {
    execute!(
        tx,
        "insert into dispute_changes
           (dispute_id, version, state, frozen, taken, owed, written_off, witness, detail, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        dispute.id,
        dispute.version,
        dispute.state,
        dispute.held.frozen,
        dispute.held.taken,
        dispute.held.owed,
        dispute.held.written_off,
        news.witness.as_str(),
        news.detail,
        news.now,
    )?;
    Ok(())
}

/// The gateway was asked; the next time is later.
pub async fn checked(tx: &mut Tx, id: DisputeId, next_check_at: Time) -> Result<()> {
    execute!(
        tx,
        "update disputes set next_check_at = $2 where id = $1 and next_check_at is not null",
        id,
        next_check_at,
    )?;
    Ok(())
}
