//! Rows of `authenticators` and `recovery_codes`, and the secret that a session offers.

use super::{Conn, Tx};
use crate::{
    Result,
    clock::Time,
    id::{PersonId, SessionId},
    staff::Standing,
};

/// What somebody has set up.
pub async fn standing(conn: &mut Conn, person: PersonId) -> Result<Standing> {
    let (set_up_at, passkeys, recovery_codes) = fetch_one!(
        (Option<Time>, i64, i64),
        conn,
        "select (select set_up_at from authenticators where person_id = $1),
                (select count(*) from passkeys where person_id = $1),
                (select count(*) from recovery_codes where person_id = $1 and used_at is null)",
        person,
    )?;
    Ok(Standing {
        set_up_at,
        passkeys,
        recovery_codes,
    })
}

/// Keeps a secret with the session in which an app is set up.
pub async fn offer(tx: &mut Tx, session: SessionId, secret: &[u8]) -> Result<()> {
    execute!(
        tx,
        "update sessions set offered_secret = $2 where id = $1",
        session,
        secret,
    )?;
    Ok(())
}

/// The secret that a session offers.
pub async fn offered(conn: &mut Conn, session: SessionId) -> Result<Option<Vec<u8>>> {
    let row = fetch_optional!(
        (Vec<u8>,),
        conn,
        "select offered_secret from sessions where id = $1 and offered_secret is not null",
        session,
    )?;
    Ok(row.map(|(secret,)| secret))
}

/// Gives somebody an app in place of the one before.
pub async fn set_up(
    tx: &mut Tx,
    person: PersonId,
    secret: &[u8],
    step: i64,
    now: Time,
) -> Result<()> {
    execute!(
        tx,
        "insert into authenticators (person_id, secret, last_step, set_up_at)
         values ($1, $2, $3, $4)
         on conflict (person_id) do update
         set secret = excluded.secret, last_step = excluded.last_step,
             set_up_at = excluded.set_up_at",
        person,
        secret,
        step,
        now,
    )?;
    Ok(())
}

/// The secret of somebody's app.
pub async fn secret(conn: &mut Conn, person: PersonId) -> Result<Option<Vec<u8>>> {
    let sql = "select secret from authenticators where person_id = $1";
    let row = fetch_optional!((Vec<u8>,), conn, sql, person)?;
    Ok(row.map(|(secret,)| secret))
}

/// Uses up the code of a step, and those before it. Answers whether it was still to be used.
pub async fn use_step(tx: &mut Tx, person: PersonId, step: i64) -> Result<bool> {
    let rows = execute!(
        tx,
        "update authenticators set last_step = $2 where person_id = $1 and last_step < $2",
        person,
        step,
    )?;
    Ok(rows == 1)
}

pub async fn insert_recovery_code(tx: &mut Tx, person: PersonId, hash: Vec<u8>) -> Result<()> {
    execute!(
        tx,
        "insert into recovery_codes (code_hash, person_id) values ($1, $2)",
        hash,
        person,
    )?;
    Ok(())
}

/// Answers whether it was still to be used.
pub async fn use_recovery_code(
    tx: &mut Tx,
    person: PersonId,
    hash: Vec<u8>,
    now: Time,
) -> Result<bool> {
    let rows = execute!(
        tx,
        "update recovery_codes set used_at = $3
         where code_hash = $1 and person_id = $2 and used_at is null",
        hash,
        person,
        now,
    )?;
    Ok(rows == 1)
}

pub async fn forget_recovery_codes(tx: &mut Tx, person: PersonId) -> Result<()> {
    let sql = "delete from recovery_codes where person_id = $1";
    execute!(tx, sql, person)?;
    Ok(())
}

/// Removes somebody's app and their recovery codes.
pub async fn forget(tx: &mut Tx, person: PersonId) -> Result<()> {
    forget_recovery_codes(tx, person).await?;
    remove(tx, person).await
}

/// Removes somebody's app.
pub async fn remove(tx: &mut Tx, person: PersonId) -> Result<()> {
    let sql = "delete from authenticators where person_id = $1";
    execute!(tx, sql, person)?;
    Ok(())
}
