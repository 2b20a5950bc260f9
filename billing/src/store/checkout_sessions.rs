//! Rows of `checkout_sessions`: the gateway's own pages, each for one way of a transaction.

use super::{Conn, Tx};
use crate::{Result, hosted::Session, id::TransactionId, transaction::Way};

pub async fn find(conn: &mut Conn, id: TransactionId, way: Way) -> Result<Option<Session>> {
    let session = fetch_optional!(
        Session,
        conn,
        "select transaction_id, way, amount, replaces, reference, opened_at, expires_at
         from checkout_sessions where transaction_id = $1 and way = $2",
        id,
        way,
    )?;
    Ok(session)
}

/// Adds a page for the way to which a transaction has just turned.
pub async fn insert(tx: &mut Tx, gateway: &str, session: &Session) -> Result<()> {
    execute!(
        tx,
        "insert into checkout_sessions
           (transaction_id, way, gateway, amount, replaces, opened_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        session.transaction_id,
        session.way,
        gateway,
        session.amount,
        session.replaces.as_deref(),
        session.opened_at,
        session.expires_at,
    )?;
    Ok(())
}

/// The page is there.
pub async fn set_reference(
    tx: &mut Tx,
    id: TransactionId,
    way: Way,
    reference: &str,
) -> Result<()> {
    execute!(
        tx,
        "update checkout_sessions set reference = $3 where transaction_id = $1 and way = $2",
        id,
        way,
        reference,
    )?;
    Ok(())
}
