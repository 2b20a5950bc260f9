//! Rows of `passkeys`, and the question that is open in a session.

use super::{Conn, Tx};
use crate::{
    Result,
    clock::Time,
    id::{PasskeyId, PersonId, SessionId},
    staff::Passkey,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: PasskeyId,
    name: String,
    added_at: Time,
    last_used_at: Option<Time>,
}

impl From<Row> for Passkey {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            added_at: row.added_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// All that somebody has, the oldest first.
pub async fn all(conn: &mut Conn, person: PersonId) -> Result<Vec<Passkey>> {
    let rows = fetch_all!(
        Row,
        conn,
        "select id, name, added_at, last_used_at from passkeys where person_id = $1 order by id",
        person,
    )?;
    Ok(rows.into_iter().map(Passkey::from).collect())
}

pub async fn find(conn: &mut Conn, person: PersonId, id: PasskeyId) -> Result<Option<Passkey>> {
    let row = fetch_optional!(
        Row,
        conn,
        "select id, name, added_at, last_used_at from passkeys where id = $1 and person_id = $2",
        id,
        person,
    )?;
    Ok(row.map(Passkey::from))
}

/// What the library keeps of all that somebody has.
pub async fn credentials(conn: &mut Conn, person: PersonId) -> Result<Vec<String>> {
    let sql = "select credential from passkeys where person_id = $1 order by id";
    let rows = fetch_all!((String,), conn, sql, person)?;
    Ok(rows.into_iter().map(|(credential,)| credential).collect())
}

/// The passkey of somebody that their device calls so, with what the library keeps of it.
pub async fn by_credential(
    conn: &mut Conn,
    person: PersonId,
    credential_id: &[u8],
) -> Result<Option<(PasskeyId, String)>> {
    let row = fetch_optional!(
        (PasskeyId, String),
        conn,
        "select id, credential from passkeys where credential_id = $1 and person_id = $2",
        credential_id,
        person,
    )?;
    Ok(row)
}

/// Answers whether nobody has it yet.
pub async fn insert(
    tx: &mut Tx,
    person: PersonId,
    passkey: &Passkey,
    credential_id: &[u8],
    credential: &str,
) -> Result<bool> {
    let rows = execute!(
        tx,
        "insert into passkeys (id, person_id, credential_id, name, credential, uses, added_at)
         values ($1, $2, $3, $4, $5, 0, $6)
         on conflict (credential_id) do nothing",
        passkey.id,
        person,
        credential_id,
        &passkey.name,
        credential,
        passkey.added_at,
    )?;
    Ok(rows == 1)
}

/// Writes down that it was used. Answers whether its device counts on; one that does not count says
/// nothing but 0.
pub async fn used(
    tx: &mut Tx,
    id: PasskeyId,
    credential: &str,
    uses: i64,
    now: Time,
) -> Result<bool> {
    let rows = execute!(
        tx,
        "update passkeys set credential = $2, uses = $3, last_used_at = $4
         where id = $1 and (uses < $3 or (uses = 0 and $3 = 0))",
        id,
        credential,
        uses,
        now,
    )?;
    Ok(rows == 1)
}

pub async fn rename(tx: &mut Tx, id: PasskeyId, name: &str) -> Result<()> {
    execute!(tx, "update passkeys set name = $2 where id = $1", id, name)?;
    Ok(())
}

pub async fn remove(tx: &mut Tx, id: PasskeyId) -> Result<()> {
    execute!(tx, "delete from passkeys where id = $1", id)?;
    Ok(())
}

/// Removes all that somebody has.
pub async fn forget(tx: &mut Tx, person: PersonId) -> Result<()> {
    execute!(tx, "delete from passkeys where person_id = $1", person)?;
    Ok(())
}

/// Keeps the question with the session in which it is asked, in place of one before.
pub async fn ask(tx: &mut Tx, session: SessionId, question: &str, now: Time) -> Result<()> {
    execute!(
        tx,
        "update sessions set passkey_question = $2, passkey_asked_at = $3 where id = $1",
        session,
        question,
        now,
    )?;
    Ok(())
}

/// The question that is open in a session and was asked after `since`. Nobody gets it a second time.
pub async fn take_question(tx: &mut Tx, session: SessionId, since: Time) -> Result<Option<String>> {
    let open = fetch_optional!(
        (String, Time),
        tx,
        "select passkey_question, passkey_asked_at from sessions
         where id = $1 and passkey_question is not null",
        session,
    )?;
    let Some((question, asked_at)) = open else {
        return Ok(None);
    };
    let rows = execute!(
        tx,
        "update sessions set passkey_question = null, passkey_asked_at = null
         where id = $1 and passkey_question = $2",
        session,
        &question,
    )?;
    Ok((rows == 1 && asked_at > since).then_some(question))
}
