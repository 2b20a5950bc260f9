//! Rows of `accounts` and `transfers`. Only the ledger calls what writes here.

use super::{Conn, Tx};
use crate::{
    Result,
    claim::ClaimId,
    clock::Time,
    id::{AccountId, CustomerId, HoldId, TransactionId, TransferId},
    ledger::{AccountKind, Reason},
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

/// A transfer to be written.
#[derive(Clone, Copy)]
pub struct NewTransfer<'a> {
    pub id: TransferId,
    pub customer: CustomerId,
    /// The customer's how many-th it is, from 1.
    pub seq: i64,
    /// The customer's transfer before; none for the first.
    pub follows: Option<TransferId>,
    pub debit: AccountId,
    pub credit: AccountId,
    pub amount: Credits,
    pub reason: Reason,
    pub note: &'a str,
    /// The payment behind it, if there is one.
    pub transaction: Option<TransactionId>,
    /// The refund or dispute behind it, if there is one.
    pub claim: Option<ClaimId>,
    /// The hold behind it, if there is one.
    pub hold: Option<HoldId>,
    /// What it undoes, if it is a correction.
    pub reverses: Option<TransferId>,
    pub source_kind: &'a str,
    pub source_id: &'a str,
    pub effect: &'a str,
    pub available_after: Credits,
    pub created_at: Time,
}

/// Opens an account, unless the customer has it.
pub async fn open_account(
    tx: &mut Tx,
    id: AccountId,
    customer: CustomerId,
    kind: AccountKind,
) -> Result<()> {
    execute!(
        tx,
        "insert into accounts (id, customer_id, kind, balance, version) values ($1, $2, $3, 0, 0)
         on conflict (customer_id, kind) do nothing",
        id,
        customer,
        kind,
    )?;
    Ok(())
}

/// Nobody else moves this customer's credits until the transaction ends.
pub async fn lock(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    execute!(
        tx,
        "update accounts set version = version where customer_id = $1 and kind = 'available'",
        customer,
    )?;
    Ok(())
}

/// An account after a transfer moved it, and with the available one the transfer before.
#[derive(sqlx::FromRow)]
struct MovedRow {
    id: AccountId,
    kind: AccountKind,
    balance: Credits,
    version: i64,
    head: Option<TransferId>,
}

/// The accounts of a transfer, what is available and owed after it, and the link that it follows.
pub struct Moved {
    pub from: AccountId,
    pub to: AccountId,
    /// What is available after it, and how many transfers there were with it.
    pub available: Credits,
    pub version: i64,
    /// Zero or more.
    pub owed: Credits,
    /// The transfer before, and its hash unless it is from before there were any.
    pub follows: Option<TransferId>,
    pub hash: Option<Vec<u8>>,
}

/// Moves credits from one account of a customer to another. The available account counts every
/// transfer, also one that does not touch it; what is owed is locked and told in any case. The schema
/// refuses to take an account below its floor. Locks all of them until the transaction ends.
pub async fn move_credits(
    tx: &mut Tx,
    customer: CustomerId,
    from: AccountKind,
    to: AccountKind,
    amount: Credits,
) -> Result<Moved> {
    let mut rows = fetch_all!(
        MovedRow,
        tx,
        "update accounts
         set balance = balance + case kind when $2 then -$4 when $3 then $4 else 0 end,
             version = version + 1
         where customer_id = $1 and kind in ($2, $3, 'available', 'debt')
         returning id, kind, balance, version, head",
        customer,
        from,
        to,
        amount,
    )?;
    let id_of = |kind| rows.iter().find(|row| row.kind == kind).map(|row| row.id);
    let (from, to) = id_of(from).zip(id_of(to)).ok_or(sqlx::Error::RowNotFound)?;
    let debt = rows.iter().find(|row| row.kind == AccountKind::Debt);
    let owed = Credits(debt.map_or(0, |debt| -debt.balance.0));
    rows.retain(|row| row.kind == AccountKind::Available);
    let available = rows.pop().ok_or(sqlx::Error::RowNotFound)?;
    let hash = match available.head {
        // By a statement of its own: one that had to wait for the rows sees no transfer that came meanwhile.
        Some(head) => hash(tx, head).await?,
        None => None,
    };
    Ok(Moved {
        from,
        to,
        available: available.balance,
        version: available.version,
        owed,
        follows: available.head,
        hash,
    })
}

async fn hash(tx: &mut Tx, transfer: TransferId) -> Result<Option<Vec<u8>>> {
    let (hash,) = fetch_one!(
        (Option<Vec<u8>>,),
        tx,
        "select hash from transfers where id = $1",
        transfer,
    )?;
    Ok(hash)
}

/// What a customer owes: zero or more.
pub async fn owed(conn: &mut Conn, customer: CustomerId) -> Result<Credits> {
    let debt = fetch_optional!(
        (i64,),
        conn,
        "select balance from accounts where customer_id = $1 and kind = 'debt'",
        customer,
    )?;
    Ok(Credits(debt.map_or(0, |(balance,)| -balance)))
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

/// What a customer can spend: what is available, less what ran out and was not taken yet; and whether there
/// are lots that are to start.
pub async fn spendable(
    conn: &mut Conn,
    customer: CustomerId,
    now: Time,
) -> Result<(Credits, bool)> {
    Ok(fetch_one!(
        (Credits, bool),
        conn,
        "select a.balance -
           (select cast(coalesce(sum(l.remaining), 0) as bigint) from lots l
            where l.customer_id = a.customer_id and l.remaining > 0 and l.expires_at <= $2),
           exists (select 1 from lots l
            where l.customer_id = a.customer_id and l.upcoming and l.starts_at <= $2)
         from accounts a where a.customer_id = $1 and a.kind = 'available'",
        customer,
        now,
    )?)
}

/// Writes a transfer with its hash, as the last of its customer.
pub async fn add_transfer(tx: &mut Tx, transfer: NewTransfer<'_>, hash: Vec<u8>) -> Result<()> {
    insert_transfers(tx, &[(transfer, hash)]).await?;
    execute!(
        tx,
        "update accounts set head = $2 where customer_id = $1 and kind = 'available'",
        transfer.customer,
        transfer.id,
    )?;
    Ok(())
}

/// Writes transfers, each with its hash. Which is the last of its customer is its caller's to write.
pub async fn insert_transfers(tx: &mut Tx, transfers: &[(NewTransfer<'_>, Vec<u8>)]) -> Result<()> {
    execute_rows!(
        tx,
        "insert into transfers
           (id, customer_id, seq, follows, debit_account_id, credit_account_id, amount, reason, note,
            transaction_id, refund_id, dispute_id, hold_id, reverses, source_kind, source_id,
            effect, available_after, created_at, hash) ",
        transfers,
        |(transfer, hash)| [
            transfer.id,
            transfer.customer,
            transfer.seq,
            transfer.follows,
            transfer.debit,
            transfer.credit,
            transfer.amount,
            transfer.reason,
            transfer.note,
            transfer.transaction,
            transfer.claim.and_then(|claim| claim.refund()),
            transfer.claim.and_then(|claim| claim.dispute()),
            transfer.hold,
            transfer.reverses,
            transfer.source_kind,
            transfer.source_id,
            transfer.effect,
            transfer.available_after,
            transfer.created_at,
            hash,
        ],
        "",
    );
    Ok(())
}
