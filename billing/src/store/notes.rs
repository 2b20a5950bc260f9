//! Rows of `notes`.

use super::{Conn, Tx};
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, NoteId, PersonId},
    staff::customers::Note,
};

/// Writes a note down. Answers whether this call did: the same key writes once.
pub async fn insert(
    tx: &mut Tx,
    customer: CustomerId,
    key: &str,
    by: PersonId,
    note: &Note,
) -> Result<bool> {
    let rows = execute!(
        tx,
        "insert into notes (id, customer_id, key, by_person, by_name, text, created_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (customer_id, key) do nothing",
        note.id,
        customer,
        key,
        by,
        &note.by,
        &note.text,
        note.at,
    )?;
    Ok(rows == 1)
}

/// The notes about a customer, and about those who were joined into them, newest first.
pub async fn of_customer(conn: &mut Conn, customer: CustomerId, limit: i64) -> Result<Vec<Note>> {
    let rows = fetch_all!(
        (NoteId, String, String, Time),
        conn,
        "select id, by_name, text, created_at from notes
         where customer_id = $1
            or customer_id in (select id from customers where joined_into = $1)
         order by created_at desc, id desc limit $2",
        customer,
        limit,
    )?;
    let note = |(id, by, text, at)| Note { id, by, text, at };
    Ok(rows.into_iter().map(note).collect())
}

/// Leaves none of a customer, nor of those who were joined into them.
pub async fn forget(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    execute!(
        tx,
        "delete from notes where customer_id = $1
            or customer_id in (select id from customers where joined_into = $1)",
        customer,
    )?;
    Ok(())
}
