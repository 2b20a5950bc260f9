//! How much is still to be done.

use super::Conn;
use crate::{Result, clock::Time};

/// What lies in one of our queues.
pub struct Backlog {
    pub name: &'static str,
    pub depth: i64,
    pub oldest: Option<Time>,
    /// Of it, and of what was given up: what did not work so far or needs a person.
    pub trouble: i64,
}

/// All queues. Each part reads as much as lies in the queue, by its index.
pub async fn all(conn: &mut Conn) -> Result<Vec<Backlog>> {
    let mut all = Vec::new();
    for (name, sql) in QUEUES {
        let (depth, oldest, trouble) = fetch_one!((i64, Option<Time>, i64), conn, *sql)?;
        all.push(Backlog {
            name,
            depth,
            oldest,
            trouble,
        });
    }
    Ok(all)
}

const QUEUES: &[(&str, &str)] = &[
    (
        "inbox",
        "select count(*), min(received_at), count(case when status in ('parked', 'failed') then 1 end)
         from inbox where next_attempt_at is not null",
    ),
    (
        "outbox",
        "select count(*), min(created_at), count(error) from outbox where next_attempt_at is not null",
    ),
    (
        "duties",
        "select count(*), min(owed_at), count(trouble) from duties where next_attempt_at is not null",
    ),
    (
        "deliveries",
        "select count(*), min(e.created_at), count(d.error)
         from deliveries d join events e on e.id = d.event_id where d.next_attempt_at is not null",
    ),
    (
        "reviews",
        "select count(*), min(updated_at), count(*) from transactions where review is not null",
    ),
];
