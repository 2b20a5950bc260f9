//! Rows of `accounts`, `transfers`, `lots` and `lot_uses`. Only the ledger calls what writes here.

use super::{Conn, Tx, chain};
use crate::{
    Result,
    claim::ClaimId,
    clock::Time,
    id::{AccountId, CustomerId, HoldId, LotId, SubscriptionId, TransactionId, TransferId},
    ledger::{AccountKind, Entry, Lot, Reason, chain::hash},
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
    priority: i64,
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
            priority: row.priority,
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
    /// 1 when it came, -1 when it went, 0 when it touched other accounts only.
    sign: i64,
    available_after: Credits,
    created_at: Time,
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        Self {
            id: row.id,
            reason: row.reason,
            note: row.note,
            amount: Credits(row.sign * row.amount.0),
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
    /// The refund or dispute behind it, if there is one.
    pub claim: Option<ClaimId>,
    /// The hold behind it, if there is one.
    pub hold: Option<HoldId>,
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

/// The accounts of a transfer, and what is available and owed after it.
pub struct Moved {
    pub from: AccountId,
    pub to: AccountId,
    pub available: AccountRow,
    /// Zero or more.
    pub owed: Credits,
}

/// Moves credits from one account of a customer to another. The available account counts every
/// transfer, also one that does not touch it; what is owed is locked and told in any case. The schema refuses to take an account below its floor.
/// Locks all of them until the transaction ends.
pub async fn move_credits(
    tx: &mut Tx,
    customer: CustomerId,
    from: AccountKind,
    to: AccountKind,
    amount: Credits,
) -> Result<Moved> {
    let mut rows = fetch_all!(
        AccountRow,
        tx,
        "update accounts
         set balance = balance + case kind when $2 then -$4 when $3 then $4 else 0 end,
             version = version + 1
         where customer_id = $1 and kind in ($2, $3, 'available', 'debt')
         returning id, kind, balance, version",
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
    Ok(Moved {
        from,
        to,
        available,
        owed,
    })
}

/// All accounts that a customer has.
pub async fn accounts(conn: &mut Conn, customer: CustomerId) -> Result<Vec<AccountRow>> {
    Ok(fetch_all!(
        AccountRow,
        conn,
        "select id, kind, balance, version from accounts where customer_id = $1",
        customer,
    )?)
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

/// What a customer can spend: what is available, less what ran out and was not taken yet.
pub async fn spendable(conn: &mut Conn, customer: CustomerId, now: Time) -> Result<Credits> {
    let (credits,) = fetch_one!(
        (Credits,),
        conn,
        "select a.balance -
           (select cast(coalesce(sum(l.remaining), 0) as bigint) from lots l
            where l.customer_id = a.customer_id and l.remaining > 0 and l.expires_at <= $2)
         from accounts a where a.customer_id = $1 and a.kind = 'available'",
        customer,
        now,
    )?;
    Ok(credits)
}

/// Writes a transfer, as the next link of its customer's chain. Whoever moves credits has locked that
/// customer's accounts, so the one before is there.
pub async fn insert_transfer(tx: &mut Tx, transfer: &NewTransfer<'_>) -> Result<()> {
    let before = chain::hash_of(tx, transfer.customer, transfer.seq - 1).await?;
    let hash = hash(transfer, before.as_deref())?;
    execute!(
        tx,
        "insert into transfers
           (id, customer_id, seq, debit_account_id, credit_account_id, amount, reason, note,
            transaction_id, refund_id, dispute_id, hold_id, source_kind, source_id, effect,
            available_after, created_at, hash)
         values
           ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        transfer.id,
        transfer.customer,
        transfer.seq,
        transfer.debit,
        transfer.credit,
        transfer.amount,
        transfer.reason,
        transfer.note,
        transfer.transaction,
        transfer.claim.and_then(ClaimId::refund),
        transfer.claim.and_then(ClaimId::dispute),
        transfer.hold,
        transfer.source_kind,
        transfer.source_id,
        transfer.effect,
        transfer.available_after,
        transfer.created_at,
        hash,
    )?;
    Ok(())
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
    pub expires_at: Option<Time>,
    pub created_at: Time,
}

pub async fn insert_lot(tx: &mut Tx, lot: &NewLot<'_>) -> Result<()> {
    execute!(
        tx,
        "insert into lots
           (id, customer_id, transfer_id, note, granted, remaining, priority, promotional,
            expires_at, created_at)
         values ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9)",
        lot.id,
        lot.customer,
        lot.transfer,
        lot.note,
        lot.granted,
        lot.priority,
        lot.promotional,
        lot.expires_at,
        lot.created_at,
    )?;
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
            "select l.id, l.note, l.granted, l.remaining, l.priority, l.created_at, l.expires_at
             from lots l ",
            $from
        ))
    };
}

/// Lots with something left, in the order in which they are spent.
pub async fn open_lots(conn: &mut Conn, customer: CustomerId) -> Result<Vec<Lot>> {
    let sql = select_lots!("where l.customer_id = $1 and l.remaining > 0");
    let rows = fetch_all!(LotRow, conn, sql, customer)?;
    Ok(rows.into_iter().map(Lot::from).collect())
}

/// Lots with something left whose date has passed.
pub async fn lots_due(conn: &mut Conn, customer: CustomerId, now: Time) -> Result<Vec<Lot>> {
    let sql = select_lots!("where l.customer_id = $1 and l.remaining > 0 and l.expires_at <= $2");
    let rows = fetch_all!(LotRow, conn, sql, customer, now)?;
    Ok(rows.into_iter().map(Lot::from).collect())
}

/// Customers with credits whose date has passed.
pub async fn customers_with_lots_due(
    conn: &mut Conn,
    now: Time,
    limit: i64,
) -> Result<Vec<CustomerId>> {
    let rows = fetch_all!(
        (CustomerId,),
        conn,
        "select distinct customer_id from lots where remaining > 0 and expires_at <= $1 limit $2",
        now,
        limit,
    )?;
    Ok(rows.into_iter().map(|(customer,)| customer).collect())
}

/// The lots that a payment granted, in the order in which they are spent.
pub async fn lots_of(conn: &mut Conn, transaction: TransactionId) -> Result<Vec<Lot>> {
    let sql = select_lots!("join transfers t on t.id = l.transfer_id where t.transaction_id = $1");
    let rows = fetch_all!(LotRow, conn, sql, transaction)?;
    Ok(rows.into_iter().map(Lot::from).collect())
}

/// The lot that a transfer granted.
pub async fn lot_of(conn: &mut Conn, transfer: TransferId) -> Result<Option<Lot>> {
    let sql = select_lots!("where l.transfer_id = $1");
    Ok(fetch_optional!(LotRow, conn, sql, transfer)?.map(Lot::from))
}

/// What a hold took of which lots, in the order in which they are spent.
pub async fn lots_on_hold(conn: &mut Conn, hold: HoldId) -> Result<Vec<(LotId, Credits)>> {
    Ok(fetch_all!(
        (LotId, Credits),
        conn,
        in_order!(
            "select u.lot_id, u.amount
             from transfers t join lot_uses u on u.transfer_id = t.id join lots l on l.id = u.lot_id
             where t.hold_id = $1 and t.reason = 'hold'"
        ),
        hold,
    )?)
}

/// How many of the credits that a payment granted ran out.
pub async fn ran_out(conn: &mut Conn, transaction: TransactionId) -> Result<Credits> {
    let (credits,) = fetch_one!(
        (Credits,),
        conn,
        "select cast(coalesce(sum(u.amount), 0) as bigint)
         from lot_uses u join transfers t on t.id = u.transfer_id
              join lots l on l.id = u.lot_id join transfers g on g.id = l.transfer_id
         where g.transaction_id = $1 and t.reason = 'expiry'",
        transaction,
    )?;
    Ok(credits)
}

/// What a refund or dispute holds of which lots.
pub async fn lots_held(conn: &mut Conn, claim: ClaimId) -> Result<Vec<(LotId, Credits)>> {
    Ok(fetch_all!(
        (LotId, Credits),
        conn,
        "select u.lot_id, cast(sum(u.amount) as bigint)
         from lot_uses u join transfers t on t.id = u.transfer_id
         where (t.refund_id = $1 or t.dispute_id = $2) and t.reason <> 'debt_returned'
         group by u.lot_id having sum(u.amount) > 0 order by u.lot_id",
        claim.refund(),
        claim.dispute(),
    )?)
}

/// What was taken of which lots to pay what a customer owed, the latest first.
pub async fn lots_that_paid(
    conn: &mut Conn,
    customer: CustomerId,
) -> Result<Vec<(LotId, Credits)>> {
    Ok(fetch_all!(
        (LotId, Credits),
        conn,
        "select u.lot_id, cast(sum(u.amount) as bigint)
         from lot_uses u join transfers t on t.id = u.transfer_id
         where t.customer_id = $1 and t.reason in ('debt_paid', 'debt_returned')
         group by u.lot_id having sum(u.amount) > 0 order by max(t.seq) desc",
        customer,
    )?)
}

/// What is left of credits that a plan brought, and for which invoice.
#[derive(sqlx::FromRow)]
pub struct PlanLot {
    pub id: LotId,
    pub remaining: Credits,
    pub source_id: String,
}

/// What is left of all that a plan brought, the oldest first.
pub async fn lots_of_plan(conn: &mut Conn, plan: SubscriptionId) -> Result<Vec<PlanLot>> {
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
                    case a.id when t.credit_account_id then cast(1 as bigint)
                              when t.debit_account_id then cast(-1 as bigint)
                              else cast(0 as bigint) end as sign
             from transfers t
                  join accounts a on a.customer_id = t.customer_id and a.kind = 'available'
             where ",
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
