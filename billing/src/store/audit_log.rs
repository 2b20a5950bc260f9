//! Rows of `audit_log`.

use serde_json::Value;

use super::{Conn, Tx};
use crate::{
    Error, Result,
    clock::Time,
    id::{AuditId, CustomerId, PersonId},
    people::Role,
    staff::{
        Part,
        audit_log::{Action, Actor, Deed, Filter, Line, SubjectKind},
    },
};

#[derive(sqlx::FromRow)]
struct Row {
    id: AuditId,
    at: Time,
    person_id: Option<PersonId>,
    name: String,
    role: Option<Role>,
    address: Option<String>,
    action: Action,
    subject_kind: SubjectKind,
    subject: String,
    customer_id: Option<CustomerId>,
    reason: String,
    before: Option<String>,
    after: Option<String>,
}

impl TryFrom<Row> for Line {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            at: row.at,
            actor: Actor {
                person: row.person_id,
                name: row.name,
                role: row.role,
                address: row.address,
            },
            deed: Deed {
                action: row.action,
                kind: row.subject_kind,
                subject: row.subject,
                customer: row.customer_id,
                reason: row.reason,
                before: value(row.before)?,
                after: value(row.after)?,
            },
        })
    }
}

fn value(text: Option<String>) -> Result<Option<Value>> {
    let parsed = text.map(|text| serde_json::from_str(&text)).transpose();
    parsed.map_err(|_| Error::Broken("a line of the audit log is no JSON"))
}

pub async fn insert(tx: &mut Tx, id: AuditId, actor: &Actor, deed: &Deed, now: Time) -> Result<()> {
    execute!(
        tx,
        "insert into audit_log (id, at, person_id, name, role, address, action, subject_kind,
                                subject, customer_id, reason, before, after)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        id,
        now,
        actor.person,
        &actor.name,
        actor.role,
        actor.address.as_deref(),
        deed.action,
        deed.kind,
        &deed.subject,
        deed.customer,
        &deed.reason,
        deed.before.as_ref().map(Value::to_string),
        deed.after.as_ref().map(Value::to_string),
    )?;
    Ok(())
}

/// What somebody did so to a customer since then, as it was afterwards.
pub async fn outcomes(
    conn: &mut Conn,
    action: Action,
    customer: CustomerId,
    by: PersonId,
    since: Time,
) -> Result<Vec<Value>> {
    let rows = fetch_all!(
        (Option<String>,),
        conn,
        "select after from audit_log
         where customer_id = $1 and at > $2 and action = $3 and person_id = $4",
        customer,
        since,
        action,
        by,
    )?;
    let outcomes = rows.into_iter().map(|(after,)| value(after));
    outcomes.filter_map(Result::transpose).collect()
}

/// Whether a line with this id was written.
pub async fn exists(conn: &mut Conn, id: AuditId) -> Result<bool> {
    let sql = "select cast(1 as bigint) from audit_log where id = $1";
    Ok(fetch_optional!((i64,), conn, sql, id)?.is_some())
}

/// Lines by their time, one more than the part's limit.
pub async fn part(conn: &mut Conn, filter: &Filter, part: Part) -> Result<Vec<Line>> {
    let head = "select id, at, person_id, name, role, address, action, subject_kind, subject,
                       customer_id, reason, before, after
                from audit_log where true";
    let rows = fetch_built!(Row, conn, head, |sql| {
        if let Some(who) = &filter.who {
            sql.push(" and name = ").push_bind(who);
        }
        if let Some(action) = filter.action {
            sql.push(" and action = ").push_bind(action);
        }
        if let Some(customer) = filter.customer {
            sql.push(" and customer_id = ").push_bind(customer);
        }
        if let Some(subject) = &filter.subject {
            sql.push(" and subject = ").push_bind(subject);
        }
        if let Some(from) = filter.from {
            sql.push(" and at >= ").push_bind(from);
        }
        if let Some(to) = filter.to {
            sql.push(" and at < ").push_bind(to);
        }
        push_part!(sql, part, "at", "id");
    })?;
    rows.into_iter().map(Line::try_from).collect()
}
