//! Rows of `outbox`. `attempts` counts how often a mail was taken, so it also says by whom: only
//! the taker with the latest number writes down what came of it.

use super::{Conn, Tx};
use crate::{
    Error, Result,
    clock::Time,
    id::{MailId, PersonId},
    mail::{Filter, Letter, Mail, MailStatus, To},
    staff::Part,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: MailId,
    person_id: PersonId,
    email: String,
    facts: String,
    status: MailStatus,
    attempts: i64,
    error: Option<String>,
    created_at: Time,
    next_attempt_at: Option<Time>,
    give_up_at: Time,
    sent_at: Option<Time>,
}

impl TryFrom<Row> for Mail {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let letter = serde_json::from_str(&row.facts)
            .map_err(|error| Error::Store(sqlx::Error::Decode(Box::new(error))))?;
        Ok(Self {
            id: row.id,
            person: row.person_id,
            email: row.email,
            letter,
            status: row.status,
            attempts: row.attempts,
            error: row.error,
            created_at: row.created_at,
            next_attempt_at: row.next_attempt_at,
            give_up_at: row.give_up_at,
            sent_at: row.sent_at,
        })
    }
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, person_id, email, facts, status, attempts, error, created_at,
                    next_attempt_at, give_up_at, sent_at
             from outbox ",
            $rest
        )
    };
}

/// Adds a mail to whoever the rest of the statement finds.
macro_rules! insert {
    ($email:literal, $of:literal) => {
        concat!(
            "insert into outbox
               (id, person_id, email, cause_kind, cause_id, letter, facts, status,
                created_at, next_attempt_at, give_up_at)
             select $1, p.id, ",
            $email,
            ", $2, $3, $4, $5, 'owed', $6, $6, $7 from people p ",
            $of,
            " on conflict (cause_kind, cause_id, letter, person_id) do nothing"
        )
    };
}

/// Owes a letter to one person. Answers whether this call did: it may be owed already, or there is
/// nobody to read it.
pub async fn insert(
    tx: &mut Tx,
    to: &To,
    letter: &Letter,
    now: Time,
    give_up_at: Time,
) -> Result<bool> {
    let (cause_kind, cause_id) = letter.cause();
    let (id, name, facts) = (MailId::new(), letter.name(), facts(letter)?);
    macro_rules! insert_mail {
        ($sql:expr, $($whose:expr),+) => {
            execute!(
                tx, $sql, id, cause_kind, &cause_id, name, &facts, now, give_up_at, $($whose),+
            )
        };
    }
    let rows = match to {
        To::Person(person) => insert_mail!(
            insert!("p.email", "where p.id = $8 and p.closed_at is null"),
            *person
        ),
        To::Customer(customer) => insert_mail!(
            insert!(
                "p.email",
                "join customers c on c.person_id = p.id where c.id = $8 and p.closed_at is null"
            ),
            *customer
        ),
        To::Address(person, email) => {
            insert_mail!(insert!("$9", "where p.id = $8"), *person, email)
        }
    };
    Ok(rows? == 1)
}

/// Owes somebody what a mail said as another mail, to this address.
pub async fn insert_again(
    tx: &mut Tx,
    mail: &Mail,
    id: MailId,
    email: &str,
    letter: &Letter,
    now: Time,
    give_up_at: Time,
) -> Result<()> {
    execute!(
        tx,
        "insert into outbox
           (id, person_id, email, cause_kind, cause_id, letter, facts, status, created_at,
            next_attempt_at, give_up_at)
         values ($1, $2, $3, 'again', $4, $5, $6, 'owed', $7, $7, $8)",
        id,
        mail.person,
        email,
        id.to_string(),
        letter.name(),
        facts(letter)?,
        now,
        give_up_at,
    )?;
    Ok(())
}

/// A mail that is owed is tried now, instead of after its pause.
pub async fn try_now(tx: &mut Tx, id: MailId, now: Time) -> Result<()> {
    execute!(
        tx,
        "update outbox set next_attempt_at = $2 where id = $1 and status = 'owed'",
        id,
        now,
    )?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: MailId) -> Result<Option<Mail>> {
    let row = fetch_optional!(Row, conn, select!("where id = $1"), id)?;
    row.map(Mail::try_from).transpose()
}

/// Mails by the time at which they came to be owed, one more than the part's limit.
pub async fn part(conn: &mut Conn, filter: &Filter, part: Part) -> Result<Vec<Mail>> {
    let rows = fetch_built!(Row, conn, select!("where true"), |sql| {
        match filter.status {
            None => {}
            Some(MailStatus::Sent) => {
                sql.push(" and status = 'sent'");
            }
            // Both, so that either database sees that the index holds them all.
            Some(status) => {
                sql.push(" and status <> 'sent' and status = ")
                    .push_bind(status);
            }
        }
        if let Some(letter) = &filter.letter {
            sql.push(" and letter = ").push_bind(letter);
        }
        if let Some(email) = &filter.email {
            sql.push(" and email = ").push_bind(email);
        }
        if let Some(from) = filter.from {
            sql.push(" and created_at >= ").push_bind(from);
        }
        if let Some(to) = filter.to {
            sql.push(" and created_at < ").push_bind(to);
        }
        push_part!(sql, part, "created_at", "id");
    })?;
    rows.into_iter().map(Mail::try_from).collect()
}

/// Mails whose turn has come, the longest waiting first.
pub async fn due(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<Mail>> {
    let sql = select!("where next_attempt_at <= $1 order by next_attempt_at limit $2");
    let rows = fetch_all!(Row, conn, sql, now, limit)?;
    rows.into_iter().map(Mail::try_from).collect()
}

/// Mails that were tried in vain, oldest first.
pub async fn troubled(conn: &mut Conn, limit: i64) -> Result<Vec<Mail>> {
    let sql = select!(
        "where status = 'given_up' or (status = 'owed' and error is not null)
         order by created_at limit $1"
    );
    let rows = fetch_all!(Row, conn, sql, limit)?;
    rows.into_iter().map(Mail::try_from).collect()
}

/// How many mails wait to be delivered.
pub async fn depth(conn: &mut Conn) -> Result<i64> {
    let (depth,) = fetch_one!(
        (i64,),
        conn,
        "select count(*) from outbox where next_attempt_at is not null",
    )?;
    Ok(depth)
}

/// Takes a mail for the `taken`th time, until `lease_ends`. Answers whether this call did.
pub async fn take(
    tx: &mut Tx,
    id: MailId,
    taken: i64,
    now: Time,
    lease_ends: Time,
) -> Result<bool> {
    let rows = execute!(
        tx,
        "update outbox set attempts = $2, next_attempt_at = $4
         where id = $1 and attempts = $2 - 1 and next_attempt_at <= $3",
        id,
        taken,
        now,
        lease_ends,
    )?;
    Ok(rows == 1)
}

/// A person's mails, oldest first.
pub async fn of_person(conn: &mut Conn, person: PersonId) -> Result<Vec<Mail>> {
    let rows = fetch_all!(
        Row,
        conn,
        select!("where person_id = $1 order by id"),
        person
    )?;
    rows.into_iter().map(Mail::try_from).collect()
}

/// A person's mails, newest first.
pub async fn newest_of(conn: &mut Conn, person: PersonId, limit: i64) -> Result<Vec<Mail>> {
    let sql = select!("where person_id = $1 order by id desc limit $2");
    let rows = fetch_all!(Row, conn, sql, person, limit)?;
    rows.into_iter().map(Mail::try_from).collect()
}

/// The mails of these causes: kinds, and ids.
pub async fn of_causes(conn: &mut Conn, causes: &[(&str, String)]) -> Result<Vec<Mail>> {
    let rows = fetch_rows!(
        Row,
        conn,
        select!("where (cause_kind, cause_id) in ("),
        causes,
        |(kind, id)| [*kind, id],
        ")",
    );
    rows.into_iter().map(Mail::try_from).collect()
}

pub async fn sent(tx: &mut Tx, id: MailId, taken: i64, kept: &Letter, now: Time) -> Result<()> {
    execute!(
        tx,
        "update outbox
         set status = 'sent', sent_at = $4, facts = $3, error = null, next_attempt_at = null
         where id = $1 and attempts = $2 and status = 'owed'",
        id,
        taken,
        facts(kept)?,
        now,
    )?;
    Ok(())
}

pub async fn postpone(tx: &mut Tx, id: MailId, taken: i64, again: Time, error: &str) -> Result<()> {
    execute!(
        tx,
        "update outbox set next_attempt_at = $3, error = $4
         where id = $1 and attempts = $2 and status = 'owed'",
        id,
        taken,
        again,
        error,
    )?;
    Ok(())
}

pub async fn give_up(
    tx: &mut Tx,
    id: MailId,
    taken: i64,
    kept: &Letter,
    error: &str,
) -> Result<()> {
    execute!(
        tx,
        "update outbox
         set status = 'given_up', facts = $3, error = $4, next_attempt_at = null
         where id = $1 and attempts = $2 and status = 'owed'",
        id,
        taken,
        facts(kept)?,
        error,
    )?;
    Ok(())
}

fn facts(letter: &Letter) -> Result<String> {
    serde_json::to_string(letter)
        .map_err(|error| Error::Store(sqlx::Error::Encode(Box::new(error))))
}

/// The mail is no longer owed.
pub async fn withdraw(tx: &mut Tx, id: MailId, kept: &Letter) -> Result<()> {
    execute!(
        tx,
        "update outbox set status = 'withdrawn', facts = $2, next_attempt_at = null
         where id = $1 and status = 'owed'",
        id,
        facts(kept)?,
    )?;
    Ok(())
}

/// Takes the address out of a person's mails.
pub async fn forget(tx: &mut Tx, person: PersonId) -> Result<()> {
    execute!(
        tx,
        "update outbox set email = '', error = null where person_id = $1 and status <> 'owed'",
        person,
    )?;
    Ok(())
}
