//! Rows of `people` that have a role.

use super::{Conn, Tx};
use crate::{Result, clock::Time, id::PersonId, people::Role, staff::Member};

#[derive(sqlx::FromRow)]
struct Row {
    id: PersonId,
    email: String,
    role: Role,
    apps: i64,
    passkeys: i64,
    sessions: i64,
    last_seen_at: Option<Time>,
    created_at: Time,
}

impl From<Row> for Member {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            email: row.email,
            role: row.role,
            has_app: row.apps > 0,
            passkeys: row.passkeys,
            sessions: row.sessions,
            last_seen_at: row.last_seen_at,
            added_at: row.created_at,
        }
    }
}

/// Members, with the sessions that are neither expired nor idle.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select p.id, p.email, p.role, p.created_at,
                    (select count(*) from authenticators a where a.person_id = p.id) as apps,
                    (select count(*) from passkeys k where k.person_id = p.id) as passkeys,
                    (select count(*) from sessions s
                      where s.person_id = p.id and s.expires_at > $1 and s.last_seen_at > $2)
                      as sessions,
                    (select max(s.last_seen_at) from sessions s
                      where s.person_id = p.id and s.expires_at > $1 and s.last_seen_at > $2)
                      as last_seen_at
             from people p
             where p.role is not null and p.closed_at is null ",
            $rest
        )
    };
}

/// All who have not left, by their address.
pub async fn all(conn: &mut Conn, now: Time, idle_since: Time) -> Result<Vec<Member>> {
    let rows = fetch_all!(Row, conn, select!("order by p.email"), now, idle_since)?;
    Ok(rows.into_iter().map(Member::from).collect())
}

pub async fn find(
    conn: &mut Conn,
    id: PersonId,
    now: Time,
    idle_since: Time,
) -> Result<Option<Member>> {
    let row = fetch_optional!(Row, conn, select!("and p.id = $3"), now, idle_since, id)?;
    Ok(row.map(Member::from))
}

/// The role of somebody who has not left.
pub async fn role(conn: &mut Conn, id: PersonId) -> Result<Option<Role>> {
    let sql = "select role from people where id = $1 and role is not null and closed_at is null";
    let row = fetch_optional!((Role,), conn, sql, id)?;
    Ok(row.map(|(role,)| role))
}

pub async fn set_role(tx: &mut Tx, id: PersonId, role: Role) -> Result<()> {
    execute!(tx, "update people set role = $2 where id = $1", id, role)?;
    Ok(())
}

/// The owners, who stay what they are until this commit.
pub async fn owners(tx: &mut Tx) -> Result<Vec<PersonId>> {
    let rows = fetch_all!(
        (PersonId,),
        tx,
        "update people set role = role where role = 'owner' and closed_at is null returning id",
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
