//! Rows of `transfers` as lines of a statement.

use super::Conn;
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, HoldId, TransferId},
    ledger::{Entry, Reason},
    money::Credits,
};

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: TransferId,
    reason: Reason,
    note: String,
    reverses: Option<TransferId>,
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
            reverses: row.reverses,
            amount: Credits(row.sign * row.amount.0),
            balance: row.available_after,
            at: row.created_at,
        }
    }
}

/// The columns of an [`EntryRow`], as the customer's available account sees them.
macro_rules! select_entry {
    ($rest:literal) => {
        concat!(
            "select t.id, t.reason, t.note, t.reverses, t.amount, t.available_after, t.created_at,
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

/// That a transfer is of this source and effect, so written that its index answers.
macro_rules! is_source {
    ($kind:literal, $id:literal, $effect:literal) => {
        concat!(
            "t.source_kind = ",
            $kind,
            " and t.effect = ",
            $effect,
            " and substr(t.source_id, 38) = substr(",
            $id,
            ", 38) and substr(t.source_id, 1, 37) = substr(",
            $id,
            ", 1, 37)"
        )
    };
}
pub(super) use is_source;

/// So many lines of a statement: a transfer, the one that it follows, and so on.
macro_rules! select_page {
    ($first:literal) => {
        concat!(
            "with recursive line (id, follows, place) as (
               select t.id, t.follows, cast(1 as bigint) from transfers t where t.id = ",
            $first,
            "  union all
               select t.id, t.follows, line.place + 1
               from line join transfers t on t.id = line.follows where line.place < $2) ",
            select_entry!("t.id in (select id from line) order by t.seq desc")
        )
    };
}

/// A customer's statement, newest first, from after `before` on.
pub async fn newest(
    conn: &mut Conn,
    customer: CustomerId,
    before: Option<TransferId>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let rows = match before {
        None => fetch_all!(
            EntryRow,
            conn,
            select_page!(
                "(select head from accounts where customer_id = $1 and kind = 'available')"
            ),
            customer,
            limit,
        )?,
        Some(before) => fetch_all!(
            EntryRow,
            conn,
            select_page!("(select follows from transfers where id = $3 and customer_id = $1)"),
            customer,
            limit,
            before,
        )?,
    };
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// A line of a customer's, or of one who was joined into them.
pub async fn find(conn: &mut Conn, customer: CustomerId, id: TransferId) -> Result<Option<Entry>> {
    let sql = select_entry!(
        "t.id = $2 and (t.customer_id = $1
            or t.customer_id in (select id from customers where joined_into = $1))"
    );
    Ok(fetch_optional!(EntryRow, conn, sql, customer, id)?.map(Entry::from))
}

/// The line that this source and effect wrote, if they did.
pub async fn of_source(
    conn: &mut Conn,
    source_kind: &str,
    source_id: &str,
    effect: &str,
) -> Result<Option<Entry>> {
    let sql = concat!(select_entry!(""), is_source!("$1", "$2", "$3"));
    Ok(fetch_optional!(EntryRow, conn, sql, source_kind, source_id, effect)?.map(Entry::from))
}

/// How much this source and effect moved, if they did, and what was available after it.
pub async fn moved_by(
    conn: &mut Conn,
    source_kind: &str,
    source_id: &str,
    effect: &str,
) -> Result<Option<(Credits, Credits)>> {
    Ok(fetch_optional!(
        (Credits, Credits),
        conn,
        concat!(
            "select t.amount, t.available_after from transfers t where ",
            is_source!("$1", "$2", "$3")
        ),
        source_kind,
        source_id,
        effect,
    )?)
}

/// A transfer that may be undone.
#[derive(sqlx::FromRow)]
pub struct Done {
    pub id: TransferId,
    pub customer_id: CustomerId,
    pub reason: Reason,
    pub note: String,
    pub amount: Credits,
    pub hold_id: Option<HoldId>,
}

/// What a line of a customer's did, or of one who was joined into them.
pub async fn done(conn: &mut Conn, customer: CustomerId, id: TransferId) -> Result<Option<Done>> {
    Ok(fetch_optional!(
        Done,
        conn,
        "select id, customer_id, reason, note, amount, hold_id from transfers
         where id = $2 and (customer_id = $1
            or customer_id in (select id from customers where joined_into = $1))",
        customer,
        id,
    )?)
}

/// The line that undid another, if one did.
pub async fn that_reverses(conn: &mut Conn, id: TransferId) -> Result<Option<Entry>> {
    let sql = select_entry!("t.reverses = $1");
    Ok(fetch_optional!(EntryRow, conn, sql, id)?.map(Entry::from))
}
