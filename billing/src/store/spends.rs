//! What many spends at once read and write: a few statements for all of them.

use super::{Backend, Tx, entries::is_source, lots::in_order};
use crate::{
    Result,
    clock::Time,
    id::{AccountId, CustomerId, LotId, TransferId},
    ledger::{AccountKind, Entry, Reason},
    money::Credits,
};

/// What a customer can spend.
#[derive(sqlx::FromRow)]
pub struct AvailableRow {
    pub customer_id: CustomerId,
    pub id: AccountId,
    pub balance: Credits,
    pub version: i64,
    /// The last transfer.
    pub head: Option<TransferId>,
}

/// Another account than the one of what can be spent.
#[derive(sqlx::FromRow)]
pub struct OtherRow {
    pub customer_id: CustomerId,
    pub id: AccountId,
    pub kind: AccountKind,
    pub balance: Credits,
}

/// What these customers can spend. Nobody else moves their credits until the transaction ends: on SQLite
/// nobody else writes at all, on PostgreSQL the rows are locked, in one order by all.
pub async fn lock(tx: &mut Tx, customers: &[CustomerId]) -> Result<Vec<AvailableRow>> {
    let tail = match tx.backend() {
        Backend::Sqlite(_) => ")",
        Backend::Postgres(_) => ") order by customer_id for no key update",
    };
    Ok(fetch_in!(
        AvailableRow,
        tx,
        "select customer_id, id, balance, version, head from accounts
         where kind = 'available' and customer_id in (",
        customers,
        tail,
    ))
}

/// Where what these customers spend goes, and what they can spend later.
pub async fn others(tx: &mut Tx, customers: &[CustomerId]) -> Result<Vec<OtherRow>> {
    Ok(fetch_in!(
        OtherRow,
        tx,
        "select customer_id, id, kind, balance from accounts
         where kind in ('consumed', 'upcoming') and customer_id in (",
        customers,
        ")",
    ))
}

/// The hash of the last transfer of each of these customers; none of those from before there were any.
/// Asked under the locks.
pub async fn hashes(
    tx: &mut Tx,
    customers: &[CustomerId],
) -> Result<Vec<(CustomerId, Option<Vec<u8>>)>> {
    Ok(fetch_in!(
        (CustomerId, Option<Vec<u8>>),
        tx,
        "select t.customer_id, t.hash
         from accounts a join transfers t on t.id = a.head
         where a.kind = 'available' and a.customer_id in (",
        customers,
        ")",
    ))
}

/// A lot with something left.
#[derive(sqlx::FromRow)]
pub struct OpenLot {
    pub customer_id: CustomerId,
    pub id: LotId,
    pub remaining: Credits,
    pub expires_at: Option<Time>,
}

/// The lots of these customers with something left, each customer's in the order in which they are
/// spent.
pub async fn open_lots(tx: &mut Tx, customers: &[CustomerId]) -> Result<Vec<OpenLot>> {
    Ok(fetch_in!(
        OpenLot,
        tx,
        "select l.customer_id, l.id, l.remaining, l.expires_at
         from lots l where l.remaining > 0 and l.customer_id in (",
        customers,
        in_order!(")"),
    ))
}

#[derive(sqlx::FromRow)]
struct SpendRow {
    id: TransferId,
    source_id: String,
    note: String,
    amount: Credits,
    available_after: Credits,
    created_at: Time,
}

/// Spends that were made before, by their source. A subquery for each source is looked up in the index,
/// whatever is known of the table: nearly all transfers are spends, and a join would read them all.
pub async fn made(tx: &mut Tx, sources: &[String]) -> Result<Vec<(String, Entry)>> {
    let found = fetch_rows!(
        (Option<TransferId>,),
        tx,
        concat!(
            "select (select t.id from transfers t where ",
            is_source!("'spend'", "v.column1", "'spend'"),
            ") from ("
        ),
        sources,
        |source| [source],
        ") as v",
    );
    let found: Vec<TransferId> = found.into_iter().filter_map(|(id,)| id).collect();
    let rows = fetch_in!(
        SpendRow,
        tx,
        "select id, source_id, note, amount, available_after, created_at from transfers
         where id in (",
        &found,
        ")",
    );
    let entry = |row: SpendRow| {
        let entry = Entry {
            id: row.id,
            reason: Reason::Spend,
            note: row.note,
            reverses: None,
            amount: Credits(-row.amount.0),
            balance: row.available_after,
            at: row.created_at,
        };
        (row.source_id, entry)
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// Writes down what transfers took from lots.
pub async fn insert_uses(tx: &mut Tx, uses: &[(TransferId, LotId, Credits)]) -> Result<()> {
    execute_rows!(
        tx,
        "insert into lot_uses (transfer_id, lot_id, amount) ",
        uses,
        |(transfer, lot, amount)| [*transfer, *lot, *amount],
        "",
    );
    Ok(())
}

/// Takes credits from lots, each lot named once.
pub async fn take_from_lots(tx: &mut Tx, lots: &[(LotId, Credits)]) -> Result<()> {
    execute_rows!(
        tx,
        "update lots set remaining = remaining - v.column2 from (",
        lots,
        |(lot, amount)| [*lot, *amount],
        ") as v where lots.id = v.column1",
    );
    Ok(())
}

/// Moves balances, each account named once, counts the transfers that did, and says which is the last of
/// those of what is available.
pub async fn move_balances(
    tx: &mut Tx,
    moves: &[(AccountId, Credits, i64, Option<TransferId>)],
) -> Result<()> {
    execute_rows!(
        tx,
        "update accounts set balance = balance + v.column2, version = version + v.column3,
             head = v.column4 from (",
        moves,
        |(account, amount, transfers, head)| [*account, *amount, *transfers, *head],
        ") as v where accounts.id = v.column1",
    );
    Ok(())
}
