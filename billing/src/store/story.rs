//! What happened to one transaction, as far as it stands in rows of several tables.

use super::Conn;
use crate::{
    Result,
    claim::Held,
    clock::Time,
    id::{DisputeId, RefundId, TransactionId, TransferId},
    inbox::Event,
    ledger::{AccountKind, Reason},
    money::Credits,
    staff::transactions::{Changed, ClaimChanged, Moved, PageOpened},
    transaction::State,
};

/// How a transaction came to be what it is.
pub async fn changes(conn: &mut Conn, id: TransactionId) -> Result<Vec<Changed>> {
    let rows = fetch_all!(
        (i64, State, String, Option<String>, Time),
        conn,
        "select version, state, witness, detail, at from transaction_changes
         where transaction_id = $1 order by version",
        id,
    )?;
    let changed = |(version, state, witness, detail, at)| Changed {
        version,
        state,
        witness,
        detail,
        at,
    };
    Ok(rows.into_iter().map(changed).collect())
}

#[derive(sqlx::FromRow)]
struct ClaimRow {
    state: String,
    frozen: Credits,
    taken: Credits,
    owed: Credits,
    written_off: Credits,
    witness: String,
    detail: Option<String>,
    at: Time,
}

impl From<ClaimRow> for ClaimChanged {
    fn from(row: ClaimRow) -> Self {
        Self {
            state: row.state,
            held: Held {
                frozen: row.frozen,
                taken: row.taken,
                owed: row.owed,
                written_off: row.written_off,
            },
            witness: row.witness,
            detail: row.detail,
            at: row.at,
        }
    }
}

/// How a refund came to be what it is.
pub async fn refund_changes(conn: &mut Conn, id: RefundId) -> Result<Vec<ClaimChanged>> {
    let rows = fetch_all!(
        ClaimRow,
        conn,
        "select state, cast(0 as bigint) as frozen, taken, owed, written_off, witness, detail, at
         from refund_changes where refund_id = $1 order by version",
        id,
    )?;
    Ok(rows.into_iter().map(ClaimChanged::from).collect())
}

/// How a dispute came to be what it is.
pub async fn dispute_changes(conn: &mut Conn, id: DisputeId) -> Result<Vec<ClaimChanged>> {
    let rows = fetch_all!(
        ClaimRow,
        conn,
        "select state, frozen, taken, owed, written_off, witness, detail, at
         from dispute_changes where dispute_id = $1 order by version",
        id,
    )?;
    Ok(rows.into_iter().map(ClaimChanged::from).collect())
}

/// Events of a gateway by its ids of them.
pub async fn events(conn: &mut Conn, gateway: &str, ids: &[String]) -> Result<Vec<Event>> {
    let found = fetch_rows!(
        super::inbox::Row,
        conn,
        super::inbox::select!("body", "where (gateway, event_id) in ("),
        ids,
        |id| [gateway, id],
        ")",
    );
    Ok(found.into_iter().map(Event::from).collect())
}

/// What moved of a customer's credits because of a transaction.
pub async fn moved(conn: &mut Conn, id: TransactionId) -> Result<Vec<Moved>> {
    let rows = fetch_all!(
        (
            TransferId,
            AccountKind,
            AccountKind,
            Credits,
            Reason,
            String,
            Time
        ),
        conn,
        "select t.id, d.kind, c.kind, t.amount, t.reason, t.note, t.created_at
         from transfers t join accounts d on d.id = t.debit_account_id
              join accounts c on c.id = t.credit_account_id
         where t.transaction_id = $1 order by t.customer_id, t.seq",
        id,
    )?;
    let moved = |(id, from, to, amount, reason, note, at)| Moved {
        id,
        from,
        to,
        amount,
        reason,
        note,
        at,
    };
    Ok(rows.into_iter().map(moved).collect())
}

/// The gateway's own pages that were opened to pay it.
pub async fn pages(conn: &mut Conn, id: TransactionId) -> Result<Vec<PageOpened>> {
    let rows = fetch_all!(
        (Option<String>, Time, Time),
        conn,
        "select reference, opened_at, expires_at from checkout_sessions
         where transaction_id = $1 order by way",
        id,
    )?;
    let opened = |(reference, at, expires_at)| PageOpened {
        reference,
        at,
        expires_at,
    };
    Ok(rows.into_iter().map(opened).collect())
}
