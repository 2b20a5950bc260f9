//! What every table says of one person, but for hashes, tokens and what only counts.

mod credits;
mod customer;
mod payments;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Conn, customers, outbox};
use crate::{
    Error, Result,
    clock::Time,
    id::{CustomerId, PersonId},
};

/// All rows of a query about `$1`, to be written out with these columns.
macro_rules! rows {
    ($conn:expr, $of:expr, { $($column:ident: $type:ty),* $(,)? }, $sql:expr) => {{
        #[derive(sqlx::FromRow, serde::Serialize)]
        struct Row {
            $($column: $type,)*
        }
        fetch_all!(Row, $conn, $sql, $of)?
    }};
}
use rows;

/// Everything about a person, about the customer that is theirs, and about those that were joined into
/// it.
pub async fn of_person(
    conn: &mut Conn,
    person: PersonId,
    customer: Option<CustomerId>,
) -> Result<Value> {
    let about = rows!(
        conn, person,
        {
            id: Uuid,
            email: String,
            role: Option<String>,
            created_at: Time,
            verified_at: Option<Time>,
        },
        "select id, email, role, created_at, verified_at from people where id = $1"
    );
    let sessions = rows!(
        conn, person,
        {
            id: Uuid,
            user_agent: String,
            created_at: Time,
            last_seen_at: Time,
            expires_at: Time,
        },
        "select id, user_agent, created_at, last_seen_at, expires_at
         from sessions where person_id = $1 order by id"
    );
    // Links that were sent to an address.
    let proofs = rows!(
        conn, person,
        {
            id: Uuid,
            purpose: String,
            email: String,
            created_at: Time,
            expires_at: Time,
            ended_at: Option<Time>,
        },
        "select id, purpose, email, created_at, expires_at, ended_at
         from proofs where person_id = $1 order by id"
    );
    let theirs = match customer {
        Some(id) => Some(customer::of_customer(conn, id).await?),
        None => None,
    };
    let mut joined = Vec::new();
    if let Some(id) = customer {
        for id in customers::joined_into(conn, id).await? {
            joined.push(customer::of_customer(conn, id).await?);
        }
    }
    Ok(json!({
        "person": about.first(),
        "sessions": sessions,
        "links": proofs,
        "mails": mails(conn, person).await?,
        "customer": theirs,
        "joined": joined,
    }))
}

async fn mails(conn: &mut Conn, person: PersonId) -> Result<Vec<Value>> {
    let mails = outbox::of_person(conn, person)
        .await?
        .into_iter()
        .map(|mail| {
            let facts = serde_json::to_value(mail.letter.kept())
                .map_err(|error| Error::Store(sqlx::Error::Encode(Box::new(error))))?;
            Ok(json!({
                "id": mail.id,
                "email": mail.email,
                "facts": facts,
                "status": mail.status.as_str(),
                "created_at": mail.created_at,
                "sent_at": mail.sent_at,
            }))
        });
    mails.collect()
}
