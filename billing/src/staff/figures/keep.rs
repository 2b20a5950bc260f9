//! Writes figures down: what was counted every some seconds, days once they are over.

use std::time::Duration;

use super::Days;
use crate::{Billing, Result, clock::Day, store::figures, turn::Job};

const EVERY: Duration = Duration::from_secs(15);
/// How many times it writes delays before it looks whether a day is over.
const ROUNDS: u32 = 240;
/// A day is written down so long after it is over: whatever happened on it is committed by then, by
/// the slowest of clocks.
const LATE: Duration = Duration::from_secs(3 * 3600);

/// Writes until `stop`, and once more then.
pub(crate) async fn run(billing: Billing) {
    for round in 1_u32.. {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = billing.stop.cancelled() => break,
        }
        if let Err(error) = billing.write_delays().await {
            tracing::warn!(%error, "cannot write down how long things took");
        }
        if round % ROUNDS == 0
            && let Err(error) = billing.in_turn(Job::Figures, billing.close_days()).await
        {
            tracing::error!(%error, "cannot write down the figures of a day");
        }
    }
    if let Err(error) = billing.write_delays().await {
        tracing::warn!(%error, "cannot write down how long things took");
    }
    billing.end_turn(Job::Figures).await;
}

impl Billing {
    /// The last day that is written down: what happens on it, or before, is in no figure any more.
    pub async fn last_closed_day(&self) -> Result<Option<Day>> {
        figures::last_closed(&mut self.store.read().await?).await
    }

    /// Writes down the days that are over and were not yet, oldest first. Public, so that a test need
    /// not wait for the workers.
    pub async fn close_days(&self) -> Result<()> {
        let last = Day::from(self.clock.now().minus(LATE)).before();
        let Some(first) = figures::first_open(&mut self.store.read().await?).await? else {
            return Ok(());
        };
        for day in (Days {
            from: first,
            to: last,
        })
        .each()
        {
            let of_day = Days { from: day, to: day };
            let rows = figures::measured(&mut self.store.read().await?, of_day).await?;
            self.store
                .write(move |tx| Box::pin(async move { figures::close(tx, day, &rows).await }))
                .await?;
        }
        Ok(())
    }
}
