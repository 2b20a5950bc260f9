//! Rows of `accounts`, `transfers`, `lots` and `lot_uses`. Only the ledger calls what writes here.

use super::{Conn, Tx};
use crate::{
    Result,
    clock::Time,
    id::{AccountId, CustomerId, LotId, TransactionId, TransferId},
    ledger::{AccountKind, Entry, Lot, Reason},
    money::Credits,
};

/// An account after a transfer touched it.
#[derive(sqlx::FromRow)]
pub struct AccountRow {
    pub id: AccountId,
    pub kind: AccountKind,
    pub balance: Credits,
    pub version: i64,
}

#[derive(sqlx::FromRow)]
struct LotRow {
    id: LotId,
    note: String,
    granted: Credits,
    remaining: Credits,
    created_at: Time,
    expires_at: Option<Time>,
}

impl From<LotRow> for Lot {
    fn from(row: LotRow) -> Self {
        Self {
            id: row.id,
            note: row.note,
            granted: row.granted,
            remaining: row.remaining,
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: TransferId,
    reason: Reason,
    note: String,
    amount: Credits,
    incoming: i64,
    available_after: Credits,
    created_at: Time,
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        let sign = if row.incoming > 0 { 1 } else { -1 };
        Self {
            id: row.id,
            reason: row.reason,
            note: row.note,
            amount: Credits(sign * row.amount.0),
            balance: row.available_after,
            at: row.created_at,
        }
    }
}

/// A transfer to be written.
pub struct NewTransfer<'a> {
    pub id: TransferId,
    pub customer: CustomerId,
    pub seq: i64,
    pub debit: AccountId,
    pub credit: AccountId,
    pub amount: Credits,
    pub reason: Reason,
    pub note: &'a str,
    /// The payment behind it, if there is one.
    pub transaction: Option<TransactionId>,
    pub source_kind: &'a str,
    pub source_id: &'a str,
    pub effect: &'a str,
    pub available_after: Credits,
    pub created_at: Time,
}

pub async fn insert_account(
    tx: &mut Tx,
    id: AccountId,
    customer: CustomerId,
    kind: AccountKind,
) -> Result<()> {
    execute!(
        tx,
        "insert into accounts (id, customer_id, kind, balance, version) values ($1, $2, $3, 0, 0)",
        id,
        customer,
        kind,
    )?;
    Ok(())
}

/// Moves an account's balance by `amount`, unless that would take it below `floor`: then nothing
/// happens and there is no row. Locks the account until the transaction ends.
pub async fn add_to_account(
    tx: &mut Tx,
    customer: CustomerId,
    kind: AccountKind,
    amount: Credits,
    floor: Credits,
) -> Result<Option<AccountRow>> {
    Ok(fetch_optional!(
        AccountRow,
        tx,
        "update accounts set balance = balance + $3, version = version + 1
         where customer_id = $1 and kind = $2 and balance + $3 >= $4
         returning id, kind, balance, version",
        customer,
        kind,
        amount,
        floor,
    )?)
}

/// Moves credits from one account of a customer to another, and answers both in that order. The
/// schema refuses to take an account below its floor. Locks both until the transaction ends.
pub async fn move_credits(
    tx: &mut Tx,
    customer: CustomerId,
    from: AccountKind,
    to: AccountKind,
    amount: Credits,
) -> Result<(AccountRow, AccountRow)> {
    let mut rows = fetch_all!(
        AccountRow,
        tx,
        "update accounts
         set balance = balance + case when kind = $2 then -$4 else $4 end, version = version + 1
         where customer_id = $1 and kind in ($2, $3)
         returning id, kind, balance, version",
        customer,
        from,
        to,
        amount,
    )?;
    rows.sort_by_key(|row| row.kind != from);
    match <[AccountRow; 2]>::try_from(rows) {
        Ok([from, to]) => Ok((from, to)),
        Err(_) => Err(sqlx::Error::RowNotFound.into()),
    }
}

pub async fn account(
    conn: &mut Conn,
    customer: CustomerId,
    kind: AccountKind,
) -> Result<AccountRow> {
    Ok(fetch_one!(
        AccountRow,
        conn,
        "select id, kind, balance, version from accounts where customer_id = $1 and kind = $2",
        customer,
        kind,
    )?)
}

pub async fn insert_transfer(tx: &mut Tx, transfer: &NewTransfer<'_>) -> Result<()> {
    execute!(
        tx,
        "insert into transfers
           (id, customer_id, seq, debit_account_id, credit_account_id, amount, reason, note,
            transaction_id, source_kind, source_id, effect, available_after, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        transfer.id,
        transfer.customer,
        transfer.seq,
        transfer.debit,
        transfer.credit,
        transfer.amount,
        transfer.reason,
        transfer.note,
        transfer.transaction,
        transfer.source_kind,
        transfer.source_id,
        transfer.effect,
        transfer.available_after,
        transfer.created_at,
    )?;
    Ok(())
}

pub async fn insert_lot(
    tx: &mut Tx,
    lot: &Lot,
    customer: CustomerId,
    transfer: TransferId,
) -> Result<()> {
    execute!(
        tx,
        "insert into lots
           (id, customer_id, transfer_id, note, granted, remaining, expires_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        lot.id,
        customer,
        transfer,
        &lot.note,
        lot.granted,
        lot.remaining,
        lot.expires_at,
        lot.created_at,
    )?;
    Ok(())
}

/// Lots with something left, in the order in which they are spent.
pub async fn open_lots(conn: &mut Conn, customer: CustomerId) -> Result<Vec<Lot>> {
    let rows = fetch_all!(
        LotRow,
        conn,
        "select id, note, granted, remaining, created_at, expires_at from lots
         where customer_id = $1 and remaining > 0 order by priority, created_at, id",
        customer,
    )?;
    Ok(rows.into_iter().map(Lot::from).collect())
}

/// Takes `amount` from a lot and writes down that this transfer did.
pub async fn use_lot(tx: &mut Tx, transfer: TransferId, lot: LotId, amount: Credits) -> Result<()> {
    execute!(
        tx,
        "update lots set remaining = remaining - $2 where id = $1",
        lot,
        amount
    )?;
    execute!(
        tx,
        "insert into lot_uses (transfer_id, lot_id, amount) values ($1, $2, $3)",
        transfer,
        lot,
        amount,
    )?;
    Ok(())
}

/// The columns of an [`EntryRow`], as the customer's available account sees them.
macro_rules! select_entry {
    ($rest:literal) => {
        concat!(
            "select t.id, t.reason, t.note, t.amount, t.available_after, t.created_at,
                    case when t.credit_account_id = a.id then cast(1 as bigint)
                         else cast(0 as bigint) end as incoming
             from transfers t
                  join accounts a on a.customer_id = t.customer_id and a.kind = 'available'
             where (t.credit_account_id = a.id or t.debit_account_id = a.id) and ",
            $rest
        )
    };
}

/// A customer's statement, newest first, from after `before` on.
pub async fn entries(
    conn: &mut Conn,
    customer: CustomerId,
    before: Option<TransferId>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let rows = match before {
        None => fetch_all!(
            EntryRow,
            conn,
            select_entry!("t.customer_id = $1 order by t.seq desc limit $2"),
            customer,
            limit,
        )?,
        Some(before) => fetch_all!(
            EntryRow,
            conn,
            select_entry!(
                "t.customer_id = $1
                 and t.seq < (select seq from transfers where id = $3 and customer_id = $1)
                 order by t.seq desc limit $2"
            ),
            customer,
            limit,
            before,
        )?,
    };
    Ok(rows.into_iter().map(Entry::from).collect())
}

pub async fn entry(conn: &mut Conn, customer: CustomerId, id: TransferId) -> Result<Option<Entry>> {
    let sql = select_entry!("t.customer_id = $1 and t.id = $2");
    Ok(fetch_optional!(EntryRow, conn, sql, customer, id)?.map(Entry::from))
}

/// The line that this source and effect wrote, if they did.
pub async fn entry_of(
    conn: &mut Conn,
    source_kind: &str,
    source_id: &str,
    effect: &str,
) -> Result<Option<Entry>> {
    let sql = select_entry!("t.source_kind = $1 and t.source_id = $2 and t.effect = $3");
    Ok(fetch_optional!(EntryRow, conn, sql, source_kind, source_id, effect)?.map(Entry::from))
}
