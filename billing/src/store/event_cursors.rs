//! Rows of `event_cursors`: how far a gateway's list of events was compared with the inbox.

use super::{Conn, Tx};
use crate::{Result, clock::Time, inbox::Cursor};

pub async fn find(conn: &mut Conn, gateway: &str) -> Result<Option<Cursor>> {
    let found = fetch_optional!(
        (Time, Time),
        conn,
        "select upto, compared_at from event_cursors where gateway = $1",
        gateway,
    )?;
    Ok(found.map(|(upto, compared_at)| Cursor { upto, compared_at }))
}

/// Where to begin without a cursor: nothing of ours happened before there was something on sale.
pub async fn begin(conn: &mut Conn) -> Result<Option<Time>> {
    let sql = "select min(created_at) from offers";
    let (first,) = fetch_one!((Option<Time>,), conn, sql)?;
    Ok(first)
}

pub async fn set(tx: &mut Tx, gateway: &str, cursor: Cursor) -> Result<()> {
    execute!(
        tx,
        "insert into event_cursors (gateway, upto, compared_at) values ($1, $2, $3)
         on conflict (gateway) do update
         set upto = excluded.upto, compared_at = excluded.compared_at",
        gateway,
        cursor.upto,
        cursor.compared_at,
    )?;
    Ok(())
}
