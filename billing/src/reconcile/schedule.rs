//! Each day is reconciled when it is over, by the server whose turn it is.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::{Period, ReconcileError, Wish};
use crate::{Billing, Result, clock::Day, gateway::stripe, store::reconciliations, turn::Job};

/// How often it is looked whether a day is over, or was not finished.
const EVERY: Duration = Duration::from_secs(600);
/// The gateway's lists are complete so long after a day has ended.
const SETTLED_AFTER: Duration = Duration::from_secs(3600);
/// Who began it.
const SCHEDULE: &str = "schedule";

/// Looks until `stop`.
pub(crate) async fn run(billing: Billing) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = billing.stop.cancelled() => break,
        }
        let reconciled = billing.reconcile_yesterday();
        if let Err(error) = billing.in_turn(Job::Reconciliation, reconciled).await {
            tracing::error!(%error, "cannot reconcile yesterday yet");
        }
    }
    billing.end_turn(Job::Reconciliation).await;
}

impl Billing {
    /// Reconciles the day before, unless that is done, and acts as the policy says. Public, so that a
    /// test need not wait for the clock on the wall.
    pub async fn reconcile_yesterday(&self) -> Result<()> {
        let day = Day::from(self.clock.now().minus(SETTLED_AFTER)).before();
        let period = Period::days(day, day);
        let done = {
            let mut conn = self.store.read().await?;
            reconciliations::is_done(&mut conn, stripe::NAME, period).await?
        };
        if done {
            return Ok(());
        }
        let wish = Wish {
            file: None,
            period: Some(period),
            applies: true,
            by: SCHEDULE.to_owned(),
        };
        match self.reconcile(wish, |_| ()).await {
            Ok(run) => {
                tracing::info!(run = %run.id, lines = run.lines, %day, "a day is reconciled");
                Ok(())
            }
            Err(ReconcileError::Stopped) => Ok(()),
            Err(ReconcileError::Other(error)) => Err(error),
            Err(error) => {
                tracing::error!(%error, "cannot reconcile");
                Ok(())
            }
        }
    }
}
