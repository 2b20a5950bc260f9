//! Rows of `ledger_days`: what moved on a day, between which kinds of accounts and why, up to the last
//! checkpoint.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Conn, Tx, chain};
use crate::{
    Result,
    clock::Day,
    ledger::{AccountKind, Reason},
    money::Credits,
    staff::figures::Days,
};

/// What moved: on which day, from where to where, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::FromRow)]
pub struct Kind {
    pub day: Day,
    pub debit_kind: AccountKind,
    pub credit_kind: AccountKind,
    pub reason: Reason,
}

/// How much moved, and in how many transfers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Sum {
    pub credits: i64,
    pub transfers: i64,
}

/// All that moved.
pub type Moves = HashMap<Kind, Sum>;

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    kind: Kind,
    #[sqlx(flatten)]
    sum: Sum,
    number: i64,
}

/// What is written down, and the last checkpoint that it covers.
pub async fn days(conn: &mut Conn) -> Result<(Moves, i64)> {
    let rows = fetch_all!(
        Row,
        conn,
        "select day, debit_kind, credit_kind, reason, credits, transfers,
                (select max(number) from checkpoints) as number
         from ledger_days",
    )?;
    let number = rows.first().map_or(0, |row| row.number);
    let days = rows.into_iter().map(|row| (row.kind, row.sum));
    Ok((days.collect(), number))
}

/// Adds what moved since the last checkpoint, in the commit that writes the next one.
pub async fn add(tx: &mut Tx, days: &Moves) -> Result<()> {
    let rows: Vec<_> = days.iter().collect();
    execute_rows!(
        tx,
        "insert into ledger_days (day, debit_kind, credit_kind, reason, credits, transfers) ",
        &rows,
        |(kind, sum)| [
            kind.day,
            kind.debit_kind,
            kind.credit_kind,
            kind.reason,
            sum.credits,
            sum.transfers,
        ],
        " on conflict (day, debit_kind, credit_kind, reason) do update
          set credits = ledger_days.credits + excluded.credits,
              transfers = ledger_days.transfers + excluded.transfers",
    );
    Ok(())
}

/// All that moved: what was added up, and what came since the last checkpoint. In one statement, so that a
/// checkpoint meanwhile adds nothing twice. `$3` is what an earlier look at the last one says that it covers:
/// by that PostgreSQL knows how few there are to look at.
macro_rules! known {
    () => {
        "select day, debit_kind, credit_kind, reason, credits from ledger_days
         union all
         select t.created_at / 86400000000, d.kind, c.kind, t.reason, t.amount
         from transfers t join accounts d on d.id = t.debit_account_id
              join accounts c on c.id = t.credit_account_id
         where t.id > $3
           and t.id > coalesce((select upto from checkpoints order by number desc limit 1), $3)"
    };
}

/// The last transfer that the last checkpoint covers.
async fn covered(conn: &mut Conn) -> Result<Uuid> {
    let last = chain::last_checkpoint(conn).await?;
    Ok(last.map_or(Uuid::nil(), |checkpoint| checkpoint.upto))
}

/// What moved on a day.
#[derive(sqlx::FromRow)]
pub struct OfDay {
    #[sqlx(flatten)]
    pub kind: Kind,
    pub credits: i64,
}

/// What moved on each day of a span.
pub async fn by_day(conn: &mut Conn, days: Days) -> Result<Vec<OfDay>> {
    let sql = concat!(
        "select day, debit_kind, credit_kind, reason, cast(sum(credits) as bigint) as credits from (",
        known!(),
        ") m where day >= $1 and day <= $2 group by day, debit_kind, credit_kind, reason"
    );
    let covered = covered(conn).await?;
    Ok(fetch_all!(OfDay, conn, sql, days.from, days.to, covered)?)
}

/// What moved between two kinds of accounts.
#[derive(sqlx::FromRow)]
pub struct Moved {
    pub debit_kind: AccountKind,
    pub credit_kind: AccountKind,
    pub reason: Reason,
    /// From the first day on.
    pub moved: Credits,
    /// From the beginning.
    pub total: Credits,
}

/// What moved until the end of a day.
pub async fn moved(conn: &mut Conn, from: Option<Day>, to: Day) -> Result<Vec<Moved>> {
    let sql = concat!(
        "select debit_kind, credit_kind, reason,
                cast(sum(case when day >= $1 then credits else 0 end) as bigint) as moved,
                cast(sum(credits) as bigint) as total
         from (",
        known!(),
        ") m
         where day <= $2 group by debit_kind, credit_kind, reason"
    );
    let (from, covered) = (from.unwrap_or(Day::FIRST), covered(conn).await?);
    Ok(fetch_all!(Moved, conn, sql, from, to, covered)?)
}
