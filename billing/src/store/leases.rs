//! Rows of `leases`: which server's turn it is.

use super::{Conn, Tx};
use crate::{Result, clock::Time, id::ServerId, turn::Job};

#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Lease {
    pub holder: ServerId,
    pub until: Time,
}

pub async fn find(conn: &mut Conn, job: Job) -> Result<Option<Lease>> {
    Ok(fetch_optional!(
        Lease,
        conn,
        "select holder, until from leases where name = $1",
        job,
    )?)
}

/// Takes or renews a lease. Answers whether it did: somebody else's binds, unless it ended by `now` or
/// ends after `credible`.
pub async fn take(tx: &mut Tx, job: Job, lease: Lease, now: Time, credible: Time) -> Result<bool> {
    let rows = execute!(
        tx,
        "insert into leases (name, holder, until) values ($1, $2, $3)
         on conflict (name) do update set holder = excluded.holder, until = excluded.until
         where leases.holder = excluded.holder or leases.until <= $4 or leases.until > $5",
        job,
        lease.holder,
        lease.until,
        now,
        credible,
    )?;
    Ok(rows == 1)
}

/// Gives a lease up, if it is this server's.
pub async fn give_up(tx: &mut Tx, job: Job, holder: ServerId) -> Result<()> {
    execute!(
        tx,
        "delete from leases where name = $1 and holder = $2",
        job,
        holder,
    )?;
    Ok(())
}
