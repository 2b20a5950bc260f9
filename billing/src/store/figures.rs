//! Rows of `day_figures` and `delays`, and what they are made of.

use super::{Conn, Tx};
use crate::{
    Result,
    clock::{Day, Time},
    staff::figures::{Days, Figure, What},
};

/// A figure of a day.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Row {
    pub day: Day,
    pub figure: Figure,
    /// Empty for counts.
    pub currency: String,
    pub value: i64,
}

/// A figure of a span of days, and of all days up to its end.
#[derive(sqlx::FromRow)]
pub struct Sum {
    pub figure: Figure,
    pub currency: String,
    pub moved: i64,
    pub total: i64,
}

/// What happened from a moment on and before another, by day. Whatever it counts is found by an index on
/// its time; that of what was sold has the same words for the state, by which no other index is found. A refund counts when it succeeds, and no longer when it fails after all; a plan when it
/// becomes active for the first time, and when it ends after that.
macro_rules! happened {
    ($from:literal, $to:literal) => {
        concat!(
            "select settled_at / 86400000000 as day, 'revenue' as figure, currency,
                    cast(sum(amount) as bigint) as value
             from transactions
             where (state = 'succeeded') is true and amount > 0 and settled_at >= ", $from, "
               and settled_at < ", $to, "
             group by settled_at / 86400000000, currency
             union all
             select settled_at / 86400000000, 'payments', '', count(*) from transactions
             where (state = 'succeeded') is true and amount > 0 and settled_at >= ", $from, "
               and settled_at < ", $to, "
             group by settled_at / 86400000000
             union all
             select at / 86400000000, 'declined', '', count(*) from transaction_changes
             where state = 'failed' and at >= ", $from, " and at < ", $to, "
             group by at / 86400000000
             union all
             select c.at / 86400000000, 'refunded', r.currency,
                    cast(sum(case when c.state = 'succeeded' then r.amount else -r.amount end) as bigint)
             from refund_changes c join refunds r on r.id = c.refund_id
                  left join refund_changes b on b.refund_id = c.refund_id and b.version = c.version - 1
             where c.at >= ", $from, " and c.at < ", $to, "
               and (c.state = 'succeeded') <> (coalesce(b.state, '') = 'succeeded')
             group by c.at / 86400000000, r.currency
             union all
             select created_at / 86400000000, 'customers', '', count(*) from customers
             where joined_into is null and created_at >= ", $from, " and created_at < ", $to, "
             group by created_at / 86400000000
             union all
             select c.at / 86400000000,
                    case c.status when 'ended' then 'plans_ended' else 'plans_begun' end, '', count(*)
             from subscription_changes c
             where c.at >= ", $from, " and c.at < ", $to, " and c.status in ('active', 'ended')
               and (c.status = 'ended') = exists (
                   select 1 from subscription_changes b
                   where b.subscription_id = c.subscription_id and b.version < c.version
                     and b.status = 'active')
             group by c.at / 86400000000,
                      case c.status when 'ended' then 'plans_ended' else 'plans_begun' end"
        )
    };
}

/// All that is known of each day: what is written down, and what happened since. In one statement, so that
/// a day that is written down meanwhile is neither missed nor counted twice.
macro_rules! known {
    ($to:literal) => {
        concat!(
            "select day, figure, currency, value from day_figures union all ",
            happened!(
                "(select coalesce(max(day) + 1, 0) * 86400000000 from day_figures where figure = 'closed')",
                $to
            )
        )
    };
}

/// The last day that is written down.
pub async fn last_closed(conn: &mut Conn) -> Result<Option<Day>> {
    let (closed,) = fetch_one!(
        (Option<Day>,),
        conn,
        "select max(day) from day_figures where figure = 'closed'",
    )?;
    Ok(closed)
}

/// The first day that is not written down; none while nothing ever happened.
pub async fn first_open(conn: &mut Conn) -> Result<Option<Day>> {
    let (closed, first) = fetch_one!(
        (Option<Day>, Option<Time>),
        conn,
        "select (select max(day) from day_figures where figure = 'closed'),
                (select min(created_at) from customers where joined_into is null)",
    )?;
    Ok(closed.map(|day| day.plus(1)).or(first.map(Day::from)))
}

/// What happened on days, counted anew.
pub async fn measured(conn: &mut Conn, days: Days) -> Result<Vec<Row>> {
    let sql = happened!("$1", "$2");
    Ok(fetch_all!(
        Row,
        conn,
        sql,
        days.from.begin(),
        days.to.end()
    )?)
}

/// Writes a day down. Another server may have been there before.
pub async fn close(tx: &mut Tx, day: Day, rows: &[Row]) -> Result<()> {
    let closed = execute!(
        tx,
        "insert into day_figures (day, figure, currency, value) values ($1, 'closed', '', 1)
         on conflict (day, figure, currency) do nothing",
        day,
    )?;
    if closed == 0 {
        return Ok(());
    }
    execute_rows!(
        tx,
        "insert into day_figures (day, figure, currency, value) ",
        rows,
        |row| [row.day, row.figure, &row.currency, row.value],
        "",
    );
    Ok(())
}

/// Figures of a span of days, and of all days up to its last.
pub async fn sums(conn: &mut Conn, days: Days) -> Result<Vec<Sum>> {
    let sql = concat!(
        "select figure, currency, cast(sum(value) as bigint) as total,
                cast(sum(case when day >= $1 then value else 0 end) as bigint) as moved
         from (",
        known!("$3"),
        ") d where day <= $2 group by figure, currency"
    );
    Ok(fetch_all!(
        Sum,
        conn,
        sql,
        days.from,
        days.to,
        days.to.end()
    )?)
}

/// Figures of each day of a span, where there are any.
pub async fn by_day(conn: &mut Conn, days: Days) -> Result<Vec<Row>> {
    let sql = concat!(
        "select day, figure, currency, value from (",
        known!("$3"),
        ") d where day >= $1 and day <= $2"
    );
    Ok(fetch_all!(
        Row,
        conn,
        sql,
        days.from,
        days.to,
        days.to.end()
    )?)
}

pub async fn add_delays(tx: &mut Tx, counted: &[((Day, What, i64), i64)]) -> Result<()> {
    execute_rows!(
        tx,
        "insert into delays (day, what, up_to, count) ",
        counted,
        |((day, what, up_to), count)| [*day, *what, *up_to, *count],
        " on conflict (day, what, up_to) do update set count = delays.count + excluded.count",
    );
    Ok(())
}

/// How many took no longer than each bound, in seconds, in a span of days; smallest first.
pub async fn delays(conn: &mut Conn, what: What, days: Days) -> Result<Vec<(i64, i64)>> {
    Ok(fetch_all!(
        (i64, i64),
        conn,
        "select up_to, cast(sum(count) as bigint) from delays
         where what = $1 and day >= $2 and day <= $3 group by up_to order by up_to",
        what,
        days.from,
        days.to,
    )?)
}
