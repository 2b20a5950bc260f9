//! What a customer's rows said at a moment in the past.

use super::{Conn, chain::with_line, lots::in_order};
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, LotId, TransferId},
    ledger::{AccountKind, LotUse, Reason},
    money::Credits,
};

/// The last transfer of a customer until a moment; zero when there was none.
pub async fn seq_at(conn: &mut Conn, customer: CustomerId, at: Time) -> Result<i64> {
    let (seq,) = fetch_one!(
        (i64,),
        conn,
        with_line!("select cast(coalesce(max(seq), 0) as bigint) from line where created_at <= $2"),
        customer,
        at,
    )?;
    Ok(seq)
}

/// What each reason brought to each of a customer's accounts, or took from it, up to a transfer.
pub async fn moved(
    conn: &mut Conn,
    customer: CustomerId,
    seq: i64,
) -> Result<Vec<(AccountKind, Reason, Credits)>> {
    Ok(fetch_all!(
        (AccountKind, Reason, Credits),
        conn,
        with_line!(
            "select a.kind, t.reason,
                    cast(sum(case a.id when t.credit_account_id then t.amount else -t.amount end)
                         as bigint)
             from line t join accounts a on a.id in (t.credit_account_id, t.debit_account_id)
             where t.seq <= $2
             group by a.kind, t.reason order by min(t.seq), a.kind"
        ),
        customer,
        seq,
    )?)
}

/// A lot as it was granted.
#[derive(sqlx::FromRow)]
pub struct GrantedLot {
    pub id: LotId,
    pub note: String,
    pub granted: Credits,
    pub created_at: Time,
    pub starts_at: Option<Time>,
    pub expires_at: Option<Time>,
}

/// The lots that a customer was granted up to a transfer, in the order in which they are spent.
pub async fn lots(conn: &mut Conn, customer: CustomerId, seq: i64) -> Result<Vec<GrantedLot>> {
    Ok(fetch_all!(
        GrantedLot,
        conn,
        in_order!(
            "select l.id, l.note, l.granted, l.created_at, l.starts_at, l.expires_at
             from lots l join transfers t on t.id = l.transfer_id
             where l.customer_id = $1 and t.seq <= $2"
        ),
        customer,
        seq,
    )?)
}

/// What each reason took from a customer's lots, up to a transfer; below zero what it gave back.
pub async fn uses(
    conn: &mut Conn,
    customer: CustomerId,
    seq: i64,
) -> Result<Vec<(LotId, Reason, Credits)>> {
    Ok(fetch_all!(
        (LotId, Reason, Credits),
        conn,
        with_line!(
            "select u.lot_id, t.reason, cast(sum(u.amount) as bigint)
             from line t join lot_uses u on u.transfer_id = t.id
             where t.seq <= $2
             group by u.lot_id, t.reason order by u.lot_id, min(t.seq)"
        ),
        customer,
        seq,
    )?)
}

/// What one transfer took from which lots, in the order in which they were spent.
pub async fn uses_of(conn: &mut Conn, transfer: TransferId) -> Result<Vec<LotUse>> {
    Ok(fetch_all!(
        LotUse,
        conn,
        in_order!(
            "select l.id as lot, l.note as source, u.amount
             from lot_uses u join lots l on l.id = u.lot_id where u.transfer_id = $1"
        ),
        transfer,
    )?)
}
