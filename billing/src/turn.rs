//! Whose turn it is. What is done again and again for all customers, one server does at a time. It has
//! a lease, which it renews while it lives and gives up when it stops; when it dies, the lease runs out
//! and another server takes its place.
//!
//! A lease only saves work: each of these jobs may be done twice, at the same moment too, and does what
//! it does once. So there is no harm in clocks that differ a little, where a server takes a lease some
//! moments before its holder thinks that it ended, nor in a job that lasts longer than its lease.

use std::time::Duration;

use crate::{
    Billing, Result,
    clock::Clock,
    store::leases::{self, Lease},
    words::words,
};

/// What one server does for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    Sweep,
    Duties,
    Checkpoints,
    Gaps,
    Reconciliation,
    Figures,
}

words!(Job {
    Sweep = "sweep",
    Duties = "duties",
    Checkpoints = "checkpoints",
    Gaps = "gaps",
    Reconciliation = "reconciliation",
    Figures = "figures",
});

impl Job {
    /// How long a server that is not heard of any more keeps its turn: longer than the pause before
    /// the job is done again.
    pub fn lease(self) -> Duration {
        Duration::from_secs(match self {
            Self::Duties => 15,
            Self::Sweep => 30,
            Self::Gaps => 60,
            Self::Checkpoints | Self::Figures => 90 * 60,
            Self::Reconciliation => 20 * 60,
        })
    }
}

impl Billing {
    /// Does a job if it is this server's turn; otherwise answers nothing.
    pub(crate) async fn in_turn<T>(
        &self,
        job: Job,
        work: impl Future<Output = Result<T>>,
    ) -> Result<Option<T>> {
        match self.take_turn(job).await? {
            true => work.await.map(Some),
            false => Ok(None),
        }
    }

    /// Whether it is this server's turn: nobody else has the lease, and now this server has it. It is
    /// written down anew from its half on. Public, so that a test need not wait for the workers.
    pub async fn take_turn(&self, job: Job) -> Result<bool> {
        let (now, holder) = (self.clock.now(), self.server);
        // A lease that ends later than any could is of a clock that was wrong.
        let credible = now.plus(job.lease() * 2);
        let held = leases::find(&mut self.store.read().await?, job).await?;
        let held = held.filter(|held| held.until > now && held.until <= credible);
        if let Some(held) = held {
            let is_ours = held.holder == holder;
            if !is_ours || held.until > now.plus(job.lease() / 2) {
                return Ok(is_ours);
            }
        }
        let until = now.plus(job.lease());
        let lease = Lease { holder, until };
        self.store
            .write(move |tx| Box::pin(leases::take(tx, job, lease, now, credible)))
            .await
    }

    /// Whether a server works on this database: one has had its turn to sweep moments ago, by the clock on
    /// the wall.
    pub async fn is_served(&self) -> Result<bool> {
        let held = leases::find(&mut self.store.read().await?, Job::Sweep).await?;
        Ok(held.is_some_and(|held| held.until > Clock::default().now()))
    }

    /// Lets another server go on at once.
    pub(crate) async fn end_turn(&self, job: Job) {
        let holder = self.server;
        let given_up = self
            .store
            .write(move |tx| Box::pin(leases::give_up(tx, job, holder)));
        if let Err(error) = given_up.await {
            tracing::warn!(%job, %error, "cannot give a lease up, which will run out");
        }
    }
}
