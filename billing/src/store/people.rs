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
    verified_at: Option<Time>,
}

impl From<PersonRow> for Person {
    fn from(row: PersonRow) -> Self {
        Self {
            id: row.id,
            email: row.email,
            role: row.role,
            customer: row.customer_id,
            verified_at: row.verified_at,
        }
    }
}

#[derive(sqlx::FromRow)]
pub struct SessionRow {
    id: SessionId,
    user_agent: String,
    created_at: Time,
    last_seen_at: Time,
    second_factor_at: Option<Time>,
    person_id: PersonId,
    email: String,
    role: Option<Role>,
    customer_id: Option<CustomerId>,
    verified_at: Option<Time>,
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
                verified_at: row.verified_at,
            },
            user_agent: row.user_agent,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            second_factor_at: row.second_factor_at,
        }
    }
}

pub async fn by_email(conn: &mut Conn, email: &str) -> Result<Option<PersonRow>> {
    Ok(fetch_optional!(
        PersonRow,
        conn,
        "select p.id, p.email, p.password_hash, p.role, p.verified_at, c.id as customer_id
         from people p left join customers c on c.person_id = p.id
         where p.email = $1 and p.closed_at is null",
        email,
    )?)
}

/// Where a customer's person reads mail. A customer that a product made has none, nor has one whose
/// account is closed.
pub async fn email_of(conn: &mut Conn, customer: CustomerId) -> Result<Option<String>> {
    let row = fetch_optional!(
        (String,),
        conn,
        "select p.email from people p join customers c on c.person_id = p.id
         where c.id = $1 and p.closed_at is null",
        customer,
    )?;
    Ok(row.map(|(email,)| email))
}

/// The person who signs in as a customer; nobody, when a product made the customer or the account is
/// closed.
pub async fn viewed(conn: &mut Conn, customer: CustomerId) -> Result<Option<Person>> {
    let row = fetch_optional!(
        PersonRow,
        conn,
        "select p.id, p.email, p.password_hash, p.role, p.verified_at, c.id as customer_id
         from people p join customers c on c.person_id = p.id
         where c.id = $1 and p.closed_at is null",
        customer,
    )?;
    Ok(row.map(Person::from))
}

/// Who signs in as a customer.
pub async fn of_customer(conn: &mut Conn, customer: CustomerId) -> Result<Option<PersonId>> {
    let sql = "select person_id from customers where id = $1";
    let (person,) = fetch_one!((Option<PersonId>,), conn, sql, customer)?;
    Ok(person)
}

/// The customer whose person this is.
pub async fn customer_of(conn: &mut Conn, person: PersonId) -> Result<Option<CustomerId>> {
    let sql = "select id from customers where person_id = $1";
    let row = fetch_optional!((CustomerId,), conn, sql, person)?;
    Ok(row.map(|(id,)| id))
}

/// Where a person reads mail; nothing once their account is closed.
pub async fn address(conn: &mut Conn, id: PersonId) -> Result<Option<String>> {
    let sql = "select email from people where id = $1 and closed_at is null";
    let row = fetch_optional!((String,), conn, sql, id)?;
    Ok(row.map(|(email,)| email))
}

/// Those who decide about money.
pub async fn deciders(conn: &mut Conn) -> Result<Vec<PersonId>> {
    let rows = fetch_all!(
        (PersonId,),
        conn,
        "select id from people where role in ('admin', 'owner') and closed_at is null",
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
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

/// The hash of a person's password.
pub async fn password_hash(conn: &mut Conn, id: PersonId) -> Result<Option<String>> {
    let row = fetch_optional!(
        (String,),
        conn,
        "select password_hash from people where id = $1 and closed_at is null",
        id,
    )?;
    Ok(row.map(|(hash,)| hash))
}

/// Sets a new password if the old one is still this. Answers whether it did.
pub async fn replace_password(tx: &mut Tx, id: PersonId, old: &str, new: &str) -> Result<bool> {
    let rows = execute!(
        tx,
        "update people set password_hash = $3 where id = $1 and password_hash = $2",
        id,
        old,
        new,
    )?;
    Ok(rows == 1)
}

/// Sets a new password for who reads the mail of `email`, which is verified by that. Answers
/// whether it did: the person may have another address by now.
pub async fn reset_password(
    tx: &mut Tx,
    id: PersonId,
    email: &str,
    hash: &str,
    now: Time,
) -> Result<bool> {
    let rows = execute!(
        tx,
        "update people set password_hash = $3, verified_at = coalesce(verified_at, $4)
         where id = $1 and email = $2",
        id,
        email,
        hash,
        now,
    )?;
    Ok(rows == 1)
}

/// Gives a person a verified address. Fails when it is another's.
pub async fn set_address(tx: &mut Tx, id: PersonId, email: &str, now: Time) -> Result<()> {
    execute!(
        tx,
        "update people set email = $2, verified_at = $3 where id = $1",
        id,
        email,
        now,
    )?;
    Ok(())
}

/// Leaves nothing of a person but the id. No password has that hash, and no mail goes there.
pub async fn forget(tx: &mut Tx, id: PersonId, now: Time) -> Result<()> {
    execute!(
        tx,
        "update people
         set email = $2, password_hash = '', verified_at = null, closed_at = $3 where id = $1",
        id,
        format!("{id}@closed.invalid"),
        now,
    )?;
    Ok(())
}

/// Leaves nothing of a customer, and of those who were joined with them, but the ids, under which the
/// books stay.
pub async fn forget_customer(tx: &mut Tx, id: CustomerId) -> Result<()> {
    execute!(
        tx,
        "update customers set external_id = null where id = $1 or joined_into = $1",
        id
    )?;
    Ok(())
}

/// Takes hold of who signs in as a customer until the database transaction ends: their cards stay as
/// they are, and their account stays open.
pub async fn lock_of(tx: &mut Tx, id: CustomerId) -> Result<()> {
    execute!(
        tx,
        "update people set closed_at = closed_at
         where id = (select person_id from customers where id = $1)",
        id,
    )?;
    Ok(())
}

/// Whether a customer's account is closed; an open one stays open until this commit.
pub async fn is_closed(tx: &mut Tx, id: CustomerId) -> Result<bool> {
    lock_of(tx, id).await?;
    let (closed,) = fetch_one!(
        (i64,),
        tx,
        "select count(*) from customers c join people p on p.id = c.person_id
         where c.id = $1 and p.closed_at is not null",
        id,
    )?;
    Ok(closed > 0)
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

/// The session of a token, if it is neither expired nor idle since before `idle_since`, nor its person
/// gone.
pub async fn session(
    conn: &mut Conn,
    token_hash: Vec<u8>,
    now: Time,
    idle_since: Time,
) -> Result<Option<Session>> {
    let row = fetch_optional!(
        SessionRow,
        conn,
        "select s.id, s.user_agent, s.created_at, s.last_seen_at, s.second_factor_at,
                p.id as person_id, p.email, p.role, p.verified_at,
                c.id as customer_id
         from sessions s join people p on p.id = s.person_id
              left join customers c on c.person_id = p.id
         where s.token_hash = $1 and s.expires_at > $2 and s.last_seen_at > $3
           and p.closed_at is null",
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
        "select s.id, s.user_agent, s.created_at, s.last_seen_at, s.second_factor_at,
                p.id as person_id, p.email, p.role, p.verified_at,
                c.id as customer_id
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

/// Whoever else wants to change what lets somebody in waits until this commit.
pub async fn lock(tx: &mut Tx, id: PersonId) -> Result<()> {
    execute!(tx, "update people set role = role where id = $1", id)?;
    Ok(())
}

/// Whether nobody was signed out of a session.
pub async fn has_session(conn: &mut Conn, id: SessionId) -> Result<bool> {
    let sql = "select count(*) from sessions where id = $1";
    let (count,) = fetch_one!((i64,), conn, sql, id)?;
    Ok(count == 1)
}

/// The second factor was given in a session.
pub async fn second_factor_given(tx: &mut Tx, id: SessionId, now: Time) -> Result<()> {
    execute!(
        tx,
        "update sessions set second_factor_at = $2, offered_secret = null where id = $1",
        id,
        now,
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

pub async fn delete_sessions(tx: &mut Tx, person: PersonId) -> Result<()> {
    execute!(tx, "delete from sessions where person_id = $1", person)?;
    Ok(())
}

/// Those that were idle for too long are refused, and go when they expire.
pub async fn delete_expired_sessions(tx: &mut Tx, now: Time) -> Result<()> {
    execute!(tx, "delete from sessions where expires_at <= $1", now)?;
    Ok(())
}
