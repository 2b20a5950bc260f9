//! Rows of `views`.

use super::{Conn, Tx};
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, PersonId, SessionId, ViewId},
    staff::customers::View,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: ViewId,
    session_id: SessionId,
    person_id: PersonId,
    customer_id: CustomerId,
    reason: String,
    begun_at: Time,
    ends_at: Time,
    ended_at: Option<Time>,
    pages: i64,
}

impl From<Row> for View {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            session: row.session_id,
            person: row.person_id,
            customer: row.customer_id,
            reason: row.reason,
            begun_at: row.begun_at,
            ends_at: row.ends_at,
            ended_at: row.ended_at,
            pages: row.pages,
        }
    }
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, session_id, person_id, customer_id, reason, begun_at, ends_at, ended_at, pages
             from views ",
            $rest
        )
    };
}

/// Writes a view down. Answers whether this call did.
pub async fn insert(tx: &mut Tx, view: &View) -> Result<bool> {
    let rows = execute!(
        tx,
        "insert into views (id, session_id, person_id, customer_id, reason, begun_at, ends_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing",
        view.id,
        view.session,
        view.person,
        view.customer,
        &view.reason,
        view.begun_at,
        view.ends_at,
    )?;
    Ok(rows == 1)
}

/// The view of a session that goes on.
pub async fn current(conn: &mut Conn, session: SessionId, now: Time) -> Result<Option<View>> {
    let sql = select!("where session_id = $1 and ended_at is null and ends_at > $2");
    let row = fetch_optional!(Row, conn, sql, session, now)?;
    Ok(row.map(View::from))
}

/// The view of a session whose end is not written down, which nobody else does until this commit.
pub async fn lock(tx: &mut Tx, session: SessionId) -> Result<Option<View>> {
    execute!(
        tx,
        "update views set pages = pages where session_id = $1 and ended_at is null",
        session
    )?;
    let sql = select!("where session_id = $1 and ended_at is null");
    let row = fetch_optional!(Row, tx, sql, session)?;
    Ok(row.map(View::from))
}

/// Counts a page. Answers whether the view goes on.
pub async fn count_page(tx: &mut Tx, id: ViewId, now: Time) -> Result<bool> {
    let rows = execute!(
        tx,
        "update views set pages = pages + 1
         where id = $1 and ended_at is null and ends_at > $2",
        id,
        now,
    )?;
    Ok(rows == 1)
}

pub async fn end(tx: &mut Tx, id: ViewId, at: Time) -> Result<()> {
    execute!(
        tx,
        "update views set ended_at = $2 where id = $1 and ended_at is null",
        id,
        at,
    )?;
    Ok(())
}

/// The sessions of those that are over, and whose end is not written down.
pub async fn over(conn: &mut Conn, now: Time) -> Result<Vec<SessionId>> {
    let rows = fetch_all!(
        (SessionId,),
        conn,
        "select session_id from views
         where ended_at is null
           and (ends_at <= $1 or not exists (select 1 from sessions s where s.id = session_id))
         limit 100",
        now,
    )?;
    Ok(rows.into_iter().map(|(session,)| session).collect())
}

/// Those of a customer, and of those who were joined into them, the latest first.
pub async fn of_customer(conn: &mut Conn, customer: CustomerId, limit: i64) -> Result<Vec<View>> {
    let sql = select!(
        "where customer_id = $1 or customer_id in (select id from customers where joined_into = $1)
         order by begun_at desc, id desc limit $2"
    );
    let rows = fetch_all!(Row, conn, sql, customer, limit)?;
    Ok(rows.into_iter().map(View::from).collect())
}

/// Leaves none of a customer, nor of those who were joined into them.
pub async fn forget(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    execute!(
        tx,
        "delete from views where customer_id = $1
            or customer_id in (select id from customers where joined_into = $1)",
        customer,
    )?;
    Ok(())
}
