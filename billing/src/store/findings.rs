//! Rows of `findings`: what differs between a gateway's books and ours.

use super::{Conn, Tx, query::once_each};
use crate::{
    Result,
    clock::Time,
    id::{FindingId, ReconciliationId, TransactionId},
    money::Money,
    reconcile::{Action, Class, Count, Done, Finding, FindingState, Period, Stake},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: FindingId,
    gateway: String,
    class: Class,
    subject: String,
    payment: Option<String>,
    transaction_id: Option<TransactionId>,
    amount: Option<i64>,
    currency: Option<String>,
    detail: String,
    happened_at: Time,
    found_by: ReconciliationId,
    seen_by: ReconciliationId,
    state: FindingState,
    action: Option<Action>,
    outcome: Option<String>,
    acted_by: Option<String>,
    acted_at: Option<Time>,
    trouble: Option<String>,
    version: i64,
    created_at: Time,
}

impl TryFrom<Row> for Finding {
    type Error = crate::Error;
    fn try_from(row: Row) -> Result<Self> {
        let amount = match row.amount.zip(row.currency) {
            Some((value, currency)) => Some(Money {
                value,
                currency: super::currency(&currency)?,
            }),
            None => None,
        };
        let acted = row.outcome.zip(row.acted_by).zip(row.acted_at);
        Ok(Self {
            id: row.id,
            gateway: row.gateway,
            class: row.class,
            subject: row.subject,
            payment: row.payment,
            transaction: row.transaction_id,
            amount,
            detail: row.detail,
            happened_at: row.happened_at,
            found_by: row.found_by,
            seen_by: row.seen_by,
            state: row.state,
            done: acted.map(|((outcome, by), at)| Done {
                action: row.action,
                outcome,
                by,
                at,
            }),
            trouble: row.trouble,
            version: row.version,
            created_at: row.created_at,
        })
    }
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, gateway, class, subject, payment, transaction_id, amount, currency, detail,
                    happened_at, found_by, seen_by, state, action, outcome, acted_by, acted_at,
                    trouble, version, created_at
             from findings ",
            $rest
        )
    };
}

fn all(rows: Vec<Row>) -> Result<Vec<Finding>> {
    rows.into_iter().map(Finding::try_from).collect()
}

/// Writes down what was found. What was found before is only met again.
pub async fn note(tx: &mut Tx, findings: &[Finding]) -> Result<()> {
    let findings = &once_each(findings, |found| (found.class, found.subject.clone()));
    execute_rows!(
        tx,
        "insert into findings
           (id, gateway, class, subject, payment, transaction_id, amount, currency, detail,
            happened_at, found_by, seen_by, state, created_at) ",
        findings,
        |found| [
            found.id,
            &found.gateway,
            found.class,
            &found.subject,
            found.payment.as_deref(),
            found.transaction,
            found.amount.map(|amount| amount.value),
            found
                .amount
                .map(|amount| amount.currency.as_str().to_owned()),
            &found.detail,
            found.happened_at,
            found.found_by,
            found.seen_by,
            found.state,
            found.created_at
        ],
        " on conflict (gateway, class, subject) do update set seen_by = excluded.seen_by
          where findings.seen_by < excluded.seen_by",
    );
    execute_rows!(
        tx,
        "insert into met_findings (reconciliation_id, class, finding_id)
         select v.column1, f.class, f.id from (",
        findings,
        |found| [found.seen_by, &found.gateway, found.class, &found.subject],
        ") as v join findings f
           on f.gateway = v.column2 and f.class = v.column3 and f.subject = v.column4
         where true on conflict do nothing",
    );
    Ok(())
}

pub async fn find(conn: &mut Conn, id: FindingId) -> Result<Option<Finding>> {
    let row = fetch_optional!(Row, conn, select!("where id = $1"), id)?;
    row.map(Finding::try_from).transpose()
}

/// What was found of a transaction, oldest first.
pub async fn of_transaction(conn: &mut Conn, id: TransactionId) -> Result<Vec<Finding>> {
    all(fetch_all!(
        Row,
        conn,
        select!("where transaction_id = $1 order by id"),
        id
    )?)
}

/// What a run met and nobody has dealt with, class by class, after this one.
pub async fn open_of(
    conn: &mut Conn,
    run: ReconciliationId,
    after: (&str, FindingId),
    limit: i64,
) -> Result<Vec<Finding>> {
    let sql = select!(
        "where state = 'open' and id in
           (select finding_id from met_findings
            where reconciliation_id = $1 and (class, finding_id) > ($2, $3))
         order by class, id limit $4"
    );
    all(fetch_all!(Row, conn, sql, run, after.0, after.1, limit)?)
}

/// What a run met, of one class, oldest first, after this one.
pub async fn of_class(
    conn: &mut Conn,
    run: ReconciliationId,
    class: Class,
    after: FindingId,
    limit: i64,
) -> Result<Vec<Finding>> {
    let sql = select!(
        "where id in
           (select finding_id from met_findings
            where reconciliation_id = $1 and class = $2 and finding_id > $3
            order by finding_id limit $4)
         order by id"
    );
    all(fetch_all!(Row, conn, sql, run, class, after, limit)?)
}

/// What nobody has decided, of one class and whichever run met it, oldest first, after this one.
pub async fn undecided(
    conn: &mut Conn,
    class: Class,
    after: FindingId,
    limit: i64,
) -> Result<Vec<Finding>> {
    let sql = select!("where class = $1 and id > $2 and state <> 'done' order by id limit $3");
    all(fetch_all!(Row, conn, sql, class, after, limit)?)
}

/// What nobody has decided, of all classes.
pub async fn all_undecided(conn: &mut Conn, limit: i64) -> Result<Vec<Finding>> {
    let sql = select!("where state <> 'done' order by class, id limit $1");
    all(fetch_all!(Row, conn, sql, limit)?)
}

/// How many a run met, by class and state.
pub async fn counts(conn: &mut Conn, run: ReconciliationId) -> Result<Vec<Count>> {
    let rows = fetch_all!(
        (Class, FindingState, i64),
        conn,
        "select f.class, f.state, count(*) from met_findings m join findings f on f.id = m.finding_id
         where m.reconciliation_id = $1 group by f.class, f.state order by f.class, f.state",
        run,
    )?;
    let counts = rows.into_iter().map(|(class, state, findings)| Count {
        class,
        state,
        findings,
    });
    Ok(counts.collect())
}

/// What is undecided of what a run met, by class and currency.
pub async fn stakes(conn: &mut Conn, run: ReconciliationId) -> Result<Vec<Stake>> {
    let rows = fetch_all!(
        (Class, Option<String>, i64, i64, Option<i64>),
        conn,
        "select f.class, f.currency, count(*), count(f.trouble), cast(sum(f.amount) as bigint)
         from met_findings m join findings f on f.id = m.finding_id
         where m.reconciliation_id = $1 and f.state <> 'done'
         group by f.class, f.currency order by f.class, f.currency",
        run,
    )?;
    let stakes = rows
        .into_iter()
        .map(|(class, currency, findings, troubled, value)| {
            let amount = match value.zip(currency) {
                Some((value, currency)) => Some(Money {
                    value,
                    currency: super::currency(&currency)?,
                }),
                None => None,
            };
            Ok(Stake {
                class,
                findings,
                troubled,
                amount,
            })
        });
    stakes.collect()
}

/// How many are undecided, by class.
pub async fn undecided_counts(conn: &mut Conn) -> Result<Vec<(Class, i64)>> {
    Ok(fetch_all!(
        (Class, i64),
        conn,
        "select class, count(*) from findings where state <> 'done' group by class",
    )?)
}

/// Notes what was done about a finding, unless somebody did something since it was read.
pub async fn acted(tx: &mut Tx, read: &Finding, state: FindingState, done: &Done) -> Result<bool> {
    let rows = execute!(
        tx,
        "update findings
         set state = $3, action = $4, outcome = $5, acted_by = $6, acted_at = $7, trouble = null,
             version = version + 1
         where id = $1 and version = $2 and state <> 'done'",
        read.id,
        read.version,
        state,
        done.action,
        &done.outcome,
        &done.by,
        done.at,
    )?;
    Ok(rows == 1)
}

/// Notes why nothing could be done about it yet.
pub async fn troubled(tx: &mut Tx, read: &Finding, trouble: &str) -> Result<()> {
    execute!(
        tx,
        "update findings set trouble = $3, version = version + 1
         where id = $1 and version = $2 and state <> 'done'",
        read.id,
        read.version,
        trouble,
    )?;
    Ok(())
}

/// Closes what an earlier run found in this time and this one, which looked at all of it, has not
/// met again.
pub async fn close_gone(
    tx: &mut Tx,
    gateway: &str,
    period: Period,
    run: ReconciliationId,
    done: &Done,
) -> Result<()> {
    execute!(
        tx,
        "update findings
         set state = 'done', outcome = $5, acted_by = $6, acted_at = $7, version = version + 1
         where gateway = $1 and happened_at >= $2 and happened_at < $3 and seen_by < $4
           and state = 'open' and class not in ('fee_differs', 'payout_differs')",
        gateway,
        period.from,
        period.to,
        run,
        &done.outcome,
        &done.by,
        done.at,
    )?;
    Ok(())
}

/// The offer under which a transaction was sold, by its key.
pub async fn offer_of(conn: &mut Conn, transaction: TransactionId) -> Result<Option<String>> {
    let found = fetch_optional!(
        (String,),
        conn,
        "select f.key from transactions t
         left join orders o on o.id = t.order_id
         left join subscriptions s on s.id = t.subscription_id
         join offers f on f.id = coalesce(o.offer_id, s.offer_id)
         where t.id = $1",
        transaction,
    )?;
    Ok(found.map(|(key,)| key))
}
