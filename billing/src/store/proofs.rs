//! Rows of `proofs`.

use super::{Conn, Tx};
use crate::{
    Result,
    clock::Time,
    id::{PersonId, ProofId},
    people::{Proof, Purpose},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: ProofId,
    person_id: PersonId,
    purpose: Purpose,
    email: String,
    expires_at: Time,
}

impl From<Row> for Proof {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            person: row.person_id,
            purpose: row.purpose,
            email: row.email,
            expires_at: row.expires_at,
        }
    }
}

pub async fn insert(tx: &mut Tx, proof: &Proof, token_hash: Vec<u8>, now: Time) -> Result<()> {
    execute!(
        tx,
        "insert into proofs (id, person_id, purpose, email, token_hash, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        proof.id,
        proof.person,
        proof.purpose,
        &proof.email,
        token_hash,
        now,
        proof.expires_at,
    )?;
    Ok(())
}

/// The proof with this secret, if it can still be used.
pub async fn live(
    conn: &mut Conn,
    token_hash: Vec<u8>,
    purpose: Purpose,
    now: Time,
) -> Result<Option<Proof>> {
    let row = fetch_optional!(
        Row,
        conn,
        "select id, person_id, purpose, email, expires_at from proofs
         where token_hash = $1 and purpose = $2 and ended_at is null and expires_at > $3",
        token_hash,
        purpose,
        now,
    )?;
    Ok(row.map(Proof::from))
}

/// Uses a proof up. Answers it only to the first who does.
pub async fn take(
    tx: &mut Tx,
    token_hash: Vec<u8>,
    purpose: Purpose,
    now: Time,
) -> Result<Option<Proof>> {
    let row = fetch_optional!(
        Row,
        tx,
        "update proofs set ended_at = $3
         where token_hash = $1 and purpose = $2 and ended_at is null and expires_at > $3
         returning id, person_id, purpose, email, expires_at",
        token_hash,
        purpose,
        now,
    )?;
    Ok(row.map(Proof::from))
}

/// Ends a person's proofs that set a password.
pub async fn end_for_password(tx: &mut Tx, person: PersonId, now: Time) -> Result<()> {
    execute!(
        tx,
        "update proofs set ended_at = $2
         where person_id = $1 and purpose = 'password' and ended_at is null",
        person,
        now,
    )?;
    Ok(())
}

/// Ends a person's proofs that were sent to another address than the present one.
pub async fn end_elsewhere(tx: &mut Tx, person: PersonId, now: Time) -> Result<()> {
    execute!(
        tx,
        "update proofs set ended_at = $2
         where person_id = $1 and ended_at is null
           and email <> (select email from people where id = $1)",
        person,
        now,
    )?;
    Ok(())
}

/// Removes all of a person's.
pub async fn delete_all(tx: &mut Tx, person: PersonId) -> Result<()> {
    execute!(tx, "delete from proofs where person_id = $1", person)?;
    Ok(())
}

pub async fn delete_expired(tx: &mut Tx, now: Time) -> Result<()> {
    execute!(tx, "delete from proofs where expires_at <= $1", now)?;
    Ok(())
}
