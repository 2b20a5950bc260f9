//! How long things took, over all servers and days. Each server counts what it sees and writes it down
//! every some seconds: what a server counted and had not written is lost with it, and only that.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::Days;
use crate::{
    Billing, Result,
    clock::{Day, Time},
    store::{Conn, figures},
    words::words,
};

/// What took so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// From the moment of which the gateway says that it was paid, until the credits were there.
    PaymentToCredit,
    /// From the moment of a gateway's event until it was here.
    Webhook,
}

words!(What { PaymentToCredit = "payment_to_credit", Webhook = "webhook" });

/// Bounds in seconds: gateways tell time in whole ones. What takes longer is under the last.
const BOUNDS: [i64; 14] = [
    1, 2, 3, 5, 10, 20, 30, 60, 300, 1800, 3600, 21_600, 86_400, 31_536_000,
];

/// Within which time half of them, and 99 of 100, were done; nothing when there were none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Took {
    pub median: Option<Duration>,
    pub p99: Option<Duration>,
}

impl Took {
    /// Of counts by their bounds in seconds, smallest first.
    fn of(counts: &[(i64, i64)]) -> Self {
        let total: i64 = counts.iter().map(|(_, count)| count).sum();
        // The bound under which so many of a hundred are.
        let within = |percent: i64| {
            let mut sum = 0;
            let bound = counts.iter().find(|(_, count)| {
                sum += count;
                sum * 100 >= total * percent
            });
            bound.map(|(up_to, _)| Duration::from_secs(up_to.unsigned_abs()))
        };
        Self {
            median: within(50),
            p99: within(99),
        }
    }
}

/// What was counted in this process and is not written down.
pub(crate) static DELAYS: LazyLock<Delays> = LazyLock::new(Delays::default);

/// In an order: all servers count in the same rows, and take hold of several in that one.
#[derive(Default)]
pub(crate) struct Delays(Mutex<BTreeMap<Key, i64>>);

/// On which day, what, and its bound.
pub(crate) type Key = (Day, What, i64);

impl Delays {
    pub fn observe(&self, what: What, took: Duration, now: Time) {
        let seconds = took.as_secs_f64();
        let bound = BOUNDS.iter().find(|bound| seconds <= **bound as f64);
        let key = (
            now.into(),
            what,
            *bound.unwrap_or(&BOUNDS[BOUNDS.len() - 1]),
        );
        *self.lock().entry(key).or_default() += 1;
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Billing {
    /// Writes down what was counted. What cannot be written is counted again.
    pub async fn write_delays(&self) -> Result<()> {
        let counted: Vec<_> = std::mem::take(&mut *DELAYS.lock()).into_iter().collect();
        if counted.is_empty() {
            return Ok(());
        }
        let rows = counted.clone();
        let written = self
            .store
            .write(move |tx| Box::pin(async move { figures::add_delays(tx, &rows).await }))
            .await;
        if written.is_err() {
            let mut delays = DELAYS.lock();
            for (key, count) in counted {
                *delays.entry(key).or_default() += count;
            }
        }
        written
    }

    pub(super) async fn took(&self, conn: &mut Conn, what: What, days: Days) -> Result<Took> {
        Ok(Took::of(&figures::delays(conn, what, days).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_and_nearly_all_are_told_by_their_bounds() {
        let took = Took::of(&[(1, 98), (2, 1), (60, 1)]);
        assert_eq!(took.median, Some(Duration::from_secs(1)));
        assert_eq!(took.p99, Some(Duration::from_secs(2)));
        assert_eq!(Took::of(&[]), Took::default());
    }
}
