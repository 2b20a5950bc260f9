//! Rows of `reconciliations`, of lines that could not be read, and what is compared from our side.

use super::{Conn, Tx};
use crate::{
    Result,
    clock::Time,
    id::{ReconciliationId, TransactionId},
    reconcile::{Period, Problem, Reconciliation, Source, Stage},
    staff::Part,
    store::transactions,
    transaction::Transaction,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: ReconciliationId,
    gateway: String,
    source: Source,
    file: Option<String>,
    from_at: Option<Time>,
    to_at: Option<Time>,
    applies: bool,
    started_by: String,
    stage: Stage,
    cursor: String,
    lines: i64,
    unreadable: i64,
    created_at: Time,
    updated_at: Time,
    finished_at: Option<Time>,
}

impl From<Row> for Reconciliation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            gateway: row.gateway,
            source: row.source,
            file: row.file,
            period: row
                .from_at
                .zip(row.to_at)
                .map(|(from, to)| Period { from, to }),
            applies: row.applies,
            started_by: row.started_by,
            stage: row.stage,
            cursor: row.cursor,
            lines: row.lines,
            unreadable: row.unreadable,
            created_at: row.created_at,
            updated_at: row.updated_at,
            finished_at: row.finished_at,
        }
    }
}

/// The columns of a [`Row`], in front of a `where`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, gateway, source, file, from_at, to_at, applies, started_by, stage, cursor,
                    lines, unreadable, created_at, updated_at, finished_at
             from reconciliations ",
            $rest
        )
    };
}

/// Writes a run down, unless the same is unfinished.
pub async fn insert(tx: &mut Tx, run: &Reconciliation, hash: Option<&str>) -> Result<bool> {
    let rows = execute!(
        tx,
        "insert into reconciliations
           (id, gateway, source, file, hash, from_at, to_at, applies, started_by, stage, created_at,
            updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) on conflict do nothing",
        run.id,
        &run.gateway,
        run.source,
        run.file.as_deref(),
        hash,
        run.period.map(|period| period.from),
        run.period.map(|period| period.to),
        run.applies,
        &run.started_by,
        run.stage,
        run.created_at,
    )?;
    Ok(rows == 1)
}

/// The unfinished run that is the same.
pub async fn unfinished(
    conn: &mut Conn,
    like: &Reconciliation,
    hash: Option<&str>,
) -> Result<Option<Reconciliation>> {
    let sql = select!(
        "where gateway = $1 and source = $2 and coalesce(hash, '') = $3
           and coalesce(from_at, 0) = $4 and coalesce(to_at, 0) = $5 and applies = $6
           and finished_at is null"
    );
    let row = fetch_optional!(
        Row,
        conn,
        sql,
        &like.gateway,
        like.source,
        hash.unwrap_or_default(),
        like.period.map_or(Time(0), |period| period.from),
        like.period.map_or(Time(0), |period| period.to),
        like.applies,
    )?;
    Ok(row.map(Reconciliation::from))
}

pub async fn find(conn: &mut Conn, id: ReconciliationId) -> Result<Option<Reconciliation>> {
    let row = fetch_optional!(Row, conn, select!("where id = $1"), id)?;
    Ok(row.map(Reconciliation::from))
}

/// Newest first; `before` continues after the last of the previous page.
pub async fn newest(
    conn: &mut Conn,
    before: Option<ReconciliationId>,
    limit: i64,
) -> Result<Vec<Reconciliation>> {
    let before = before.unwrap_or(ReconciliationId(uuid::Uuid::max()));
    let sql = select!("where id < $1 order by id desc limit $2");
    let rows = fetch_all!(Row, conn, sql, before, limit)?;
    Ok(rows.into_iter().map(Reconciliation::from).collect())
}

/// Runs by their beginning, one more than the part's limit.
pub async fn part(conn: &mut Conn, part: Part) -> Result<Vec<Reconciliation>> {
    let rows = fetch_built!(Row, conn, select!("where true"), |sql| {
        push_part!(sql, part, "created_at", "id");
    })?;
    Ok(rows.into_iter().map(Reconciliation::from).collect())
}

/// When a run last came to its end; while none has, when the first one began.
pub async fn done_until(conn: &mut Conn) -> Result<Option<Time>> {
    let sql = "select coalesce(
                 (select max(finished_at) from reconciliations where finished_at is not null),
                 (select min(created_at) from reconciliations))";
    let (last,) = fetch_one!((Option<Time>,), conn, sql)?;
    Ok(last)
}

/// Whether this period of the API was compared to its end, and acted on.
pub async fn is_done(conn: &mut Conn, gateway: &str, period: Period) -> Result<bool> {
    let found = fetch_optional!(
        (i64,),
        conn,
        "select cast(1 as bigint) from reconciliations where gateway = $1 and source = 'api' and from_at = $2
           and to_at = $3 and applies and finished_at is not null limit 1",
        gateway,
        period.from,
        period.to,
    )?;
    Ok(found.is_some())
}

/// Notes how far a run has come, unless somebody else has gone on with it since it was read.
pub async fn advance(tx: &mut Tx, read: &Reconciliation, new: &Reconciliation) -> Result<bool> {
    let rows = execute!(
        tx,
        "update reconciliations
         set stage = $4, cursor = $5, lines = $6, unreadable = $7, updated_at = $8, finished_at = $9
         where id = $1 and stage = $2 and cursor = $3",
        read.id,
        read.stage,
        &read.cursor,
        new.stage,
        &new.cursor,
        new.lines,
        new.unreadable,
        new.updated_at,
        new.finished_at,
    )?;
    Ok(rows == 1)
}

pub async fn insert_problems(
    tx: &mut Tx,
    run: ReconciliationId,
    problems: &[Problem],
) -> Result<()> {
    execute_rows!(
        tx,
        "insert into unreadable_lines (reconciliation_id, line, problem) ",
        problems,
        |problem| [run, problem.line, &problem.text],
        " on conflict do nothing",
    );
    Ok(())
}

/// Lines that could not be read, in their order, after this one.
pub async fn problems(
    conn: &mut Conn,
    run: ReconciliationId,
    after: i64,
    limit: i64,
) -> Result<Vec<Problem>> {
    let rows = fetch_all!(
        (i64, String),
        conn,
        "select line, problem from unreadable_lines
         where reconciliation_id = $1 and line > $2 order by line limit $3",
        run,
        after,
        limit,
    )?;
    let problems = rows.into_iter().map(|(line, text)| Problem { line, text });
    Ok(problems.collect())
}

/// Settled payments of a period of which the gateway's books have said nothing yet, after this one.
pub async fn unmet_orders(
    conn: &mut Conn,
    gateway: &str,
    period: Period,
    after: (Time, TransactionId),
    limit: i64,
) -> Result<Vec<Transaction>> {
    let ids = fetch_all!(
        (TransactionId,),
        conn,
        "select t.id from transactions t
         where t.state = 'succeeded' and t.settled_at < $3 and (t.settled_at, t.id) > ($4, $5)
           and t.settled_at >= $2 and t.gateway = $1 and t.amount > 0 and t.reference is not null
           and t.kind not in ('coupon', 'card_validation')
           and not exists (select 1 from earnings e
                           where e.transaction_id = t.id and e.kind = 'payment')
         order by t.settled_at, t.id limit $6",
        gateway,
        period.from,
        period.to,
        after.0,
        after.1,
        limit,
    )?;
    let ids: Vec<_> = ids.into_iter().map(|(id,)| id).collect();
    let mut found = transactions::all(conn, &ids).await?;
    found.sort_by_key(|transaction| (transaction.settled_at, transaction.id));
    Ok(found)
}
