//! Rows of `refused_webhooks`: a cause, a minute, and how often.

use std::time::Duration;

use super::{Conn, Tx};
use crate::{
    Result,
    clock::Time,
    inbox::{Cause, Counted},
};

const MINUTE_US: i64 = 60_000_000;

fn minute(at: Time) -> i64 {
    at.0.div_euclid(MINUTE_US)
}

/// Adds to the counts of this minute, and forgets those that are older than `kept`.
pub async fn add(tx: &mut Tx, counts: &[(Cause, i64)], now: Time, kept: Duration) -> Result<()> {
    execute_rows!(
        tx,
        "insert into refused_webhooks (minute, cause, times) ",
        counts,
        |(cause, times)| [minute(now), *cause, *times],
        " on conflict (minute, cause) do update set times = refused_webhooks.times + excluded.times",
    );
    let oldest = minute(now.minus(kept));
    execute!(tx, "delete from refused_webhooks where minute < $1", oldest)?;
    Ok(())
}

/// What was refused since then, by cause, the most frequent first.
pub async fn since(conn: &mut Conn, since: Time) -> Result<Vec<Counted>> {
    let rows = fetch_all!(
        (Cause, i64, i64),
        conn,
        "select cause, cast(sum(times) as bigint), max(minute) from refused_webhooks
         where minute >= $1 group by cause order by 2 desc, cause",
        minute(since),
    )?;
    let counted = rows.into_iter().map(|(cause, times, last)| Counted {
        cause,
        times,
        last: Time(last * MINUTE_US),
    });
    Ok(counted.collect())
}
