//! Rows of `lot_uses`: what each transfer took of which lots. Only the ledger calls what writes here.

use super::{Conn, Tx, lots::in_order};
use crate::{
    Result,
    claim::ClaimId,
    id::{CustomerId, HoldId, LotId, TransactionId, TransferId},
    money::Credits,
};

/// Writes down that a transfer took `amount` from a lot, or gave it back when below zero.
pub async fn insert(tx: &mut Tx, transfer: TransferId, lot: LotId, amount: Credits) -> Result<()> {
    execute!(
        tx,
        "insert into lot_uses (transfer_id, lot_id, amount) values ($1, $2, $3)",
        transfer,
        lot,
        amount,
    )?;
    Ok(())
}

/// What a hold took of which lots, in the order in which they are spent.
pub async fn on_hold(conn: &mut Conn, hold: HoldId) -> Result<Vec<(LotId, Credits)>> {
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

/// What a spend took of which lots, in the order in which they are spent.
pub async fn of_spend(conn: &mut Conn, spend: TransferId) -> Result<Vec<(LotId, Credits)>> {
    Ok(fetch_all!(
        (LotId, Credits),
        conn,
        in_order!(
            "select u.lot_id, u.amount from lot_uses u join lots l on l.id = u.lot_id
             where u.transfer_id = $1"
        ),
        spend,
    )?)
}

/// What a hold that ended used of which lots.
pub async fn of_capture(conn: &mut Conn, hold: HoldId) -> Result<Vec<(LotId, Credits)>> {
    Ok(fetch_all!(
        (LotId, Credits),
        conn,
        "select u.lot_id, cast(sum(u.amount) as bigint)
         from transfers t join lot_uses u on u.transfer_id = t.id
         where t.hold_id = $1 and t.reason in ('hold', 'release')
         group by u.lot_id having sum(u.amount) > 0 order by u.lot_id",
        hold,
    )?)
}

/// How much of a lot ran out.
pub async fn expired(conn: &mut Conn, lot: LotId) -> Result<Credits> {
    let (credits,) = fetch_one!(
        (Credits,),
        conn,
        "select cast(coalesce(sum(u.amount), 0) as bigint)
         from lots l join transfers t on t.customer_id = l.customer_id and t.reason = 'expiry'
              join lot_uses u on u.transfer_id = t.id and u.lot_id = l.id
         where l.id = $1",
        lot,
    )?;
    Ok(credits)
}

/// How many of the credits that a payment granted ran out.
pub async fn ran_out(conn: &mut Conn, transaction: TransactionId) -> Result<Credits> {
    let (credits,) = fetch_one!(
        (Credits,),
        conn,
        "select cast(coalesce(sum(u.amount), 0) as bigint)
         from transfers g join lots l on l.transfer_id = g.id
              join transfers t on t.customer_id = l.customer_id and t.reason = 'expiry'
              join lot_uses u on u.transfer_id = t.id and u.lot_id = l.id
         where g.transaction_id = $1",
        transaction,
    )?;
    Ok(credits)
}

/// What a refund or dispute holds of which lots.
pub async fn of_claim(conn: &mut Conn, claim: ClaimId) -> Result<Vec<(LotId, Credits)>> {
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
pub async fn that_paid_debt(
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
