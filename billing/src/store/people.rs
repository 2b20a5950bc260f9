//! Rows of `people`, `customers` and `sessions`.

use super::{Conn, Tx};
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, PersonId, SessionId},
    people::{Person, Role, Session},
};

#[derive(sqlx::FromRow)]
pub struct PersonRow {
    id: PersonId,
    email: String,
    pub password_hash: String,
    role: Option<Role>,
    customer_id: Option<CustomerId>,
}

impl From<PersonRow> for Person {
    fn from(row: PersonRow) -> Self {
        Self {
            id: row.id,
            email: row.email,
            role: row.role,
            customer: row.customer_id,
        }
    }
}

#[derive(sqlx::FromRow)]
pub struct SessionRow {
    id: SessionId,
    user_agent: String,
    created_at: Time,
    last_seen_at: Time,
    person_id: PersonId,
    email: String,
    role: Option<Role>,
    customer_id: Option<CustomerId>,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id,
            person: Person {
                id: row.person_id,
                email: row.email,
                role: row.role,
                customer: row.customer_id,
            },
            user_agent: row.user_agent,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
        }
    }
}

pub async fn by_email(conn: &mut Conn, email: &str) -> Result<Option<PersonRow>> {
    Ok(fetch_optional!(
        PersonRow,
        conn,
        "select p.id, p.email, p.password_hash, p.role, c.id as customer_id
         from people p left join customers c on c.person_id = p.id where p.email = $1",
        email,
    )?)
}

/// The address of a customer's person. A customer that a product made has none.
pub async fn email_of(conn: &mut Conn, customer: CustomerId) -> Result<Option<String>> {
    let row = fetch_optional!(
        (String,),
        conn,
        "select p.email from people p join customers c on c.person_id = p.id where c.id = $1",
        customer,
    )?;
    Ok(row.map(|(email,)| email))
}

/// Adds a person. Answers whether this call did: the address may be taken.
pub async fn insert(tx: &mut Tx, person: &Person, password_hash: &str, now: Time) -> Result<bool> {
    let rows = execute!(
        tx,
        "insert into people (id, email, password_hash, role, created_at)
         values ($1, $2, $3, $4, $5) on conflict (email) do nothing",
        person.id,
        &person.email,
        password_hash,
        person.role,
        now,
    )?;
    Ok(rows == 1)
}

pub async fn insert_customer(
    tx: &mut Tx,
    id: CustomerId,
    person: PersonId,
    now: Time,
) -> Result<()> {
    execute!(
        tx,
        "insert into customers (id, person_id, created_at) values ($1, $2, $3)",
        id,
        person,
        now,
    )?;
    Ok(())
}

pub async fn insert_session(
    tx: &mut Tx,
    session: &Session,
    token_hash: Vec<u8>,
    expires_at: Time,
) -> Result<()> {
    execute!(
        tx,
        "insert into sessions
           (id, person_id, token_hash, user_agent, created_at, last_seen_at, expires_at)
         values ($1, $2, $3, $4, $5, $5, $6)",
        session.id,
        session.person.id,
        token_hash,
        &session.user_agent,
        session.created_at,
        expires_at,
    )?;
    Ok(())
}

/// The session of a token, if it is neither expired nor idle since before `idle_since`.
pub async fn session(
    conn: &mut Conn,
    token_hash: Vec<u8>,
    now: Time,
    idle_since: Time,
) -> Result<Option<Session>> {
    let row = fetch_optional!(
        SessionRow,
        conn,
        "select s.id, s.user_agent, s.created_at, s.last_seen_at,
                p.id as person_id, p.email, p.role, c.id as customer_id
         from sessions s join people p on p.id = s.person_id
              left join customers c on c.person_id = p.id
         where s.token_hash = $1 and s.expires_at > $2 and s.last_seen_at > $3",
        token_hash,
        now,
        idle_since,
    )?;
    Ok(row.map(Session::from))
}

/// The live sessions of a person, the one used last first.
pub async fn sessions(
    conn: &mut Conn,
    person: PersonId,
    now: Time,
    idle_since: Time,
) -> Result<Vec<Session>> {
    let rows = fetch_all!(
        SessionRow,
        conn,
        "select s.id, s.user_agent, s.created_at, s.last_seen_at,
                p.id as person_id, p.email, p.role, c.id as customer_id
         from sessions s join people p on p.id = s.person_id
              left join customers c on c.person_id = p.id
         where s.person_id = $1 and s.expires_at > $2 and s.last_seen_at > $3
         order by s.last_seen_at desc",
        person,
        now,
        idle_since,
    )?;
    Ok(rows.into_iter().map(Session::from).collect())
}

pub async fn touch_session(tx: &mut Tx, id: SessionId, now: Time) -> Result<()> {
    execute!(
        tx,
        "update sessions set last_seen_at = $2 where id = $1",
        id,
        now
    )?;
    Ok(())
}

pub async fn delete_session(tx: &mut Tx, person: PersonId, id: SessionId) -> Result<()> {
    execute!(
        tx,
        "delete from sessions where id = $1 and person_id = $2",
        id,
        person
    )?;
    Ok(())
}

pub async fn delete_other_sessions(tx: &mut Tx, person: PersonId, keep: SessionId) -> Result<()> {
    execute!(
        tx,
        "delete from sessions where person_id = $1 and id <> $2",
        person,
        keep
    )?;
    Ok(())
}

pub async fn delete_dead_sessions(tx: &mut Tx, now: Time, idle_since: Time) -> Result<()> {
    execute!(
        tx,
        "delete from sessions where expires_at <= $1 or last_seen_at <= $2",
        now,
        idle_since,
    )?;
    Ok(())
}
