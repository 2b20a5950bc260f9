//! How what did not work is tried again: with pauses that double, and not for ever.

use std::time::Duration;

use tokio::time::sleep;

use crate::Billing;

/// What could not be delivered for so long is given up, and stays visible.
pub(crate) const GIVE_UP_AFTER: Duration = Duration::from_secs(3 * 24 * 3600);

/// The pause before the second attempt at a delivery; it doubles each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(6 * 3600);
/// More is not kept of why an attempt failed.
const ERROR_CHARS: usize = 500;
/// What is under way when we stop is waited for so long.
const GRACE: Duration = Duration::from_secs(3);

/// The pause after so many attempts at a delivery.
pub(crate) fn pause_after(attempts: i64) -> Duration {
    doubled(FIRST_PAUSE, attempts - 1, LONGEST_PAUSE)
}

/// A pause that was doubled so many times, but is not longer than the longest.
pub(crate) fn doubled(first: Duration, times: i64, longest: Duration) -> Duration {
    let times = u32::try_from(times.clamp(0, 16)).unwrap_or(0);
    (first * 2_u32.pow(times)).min(longest)
}

/// As much of an error as is kept.
pub(crate) fn in_short(error: &str) -> String {
    error.chars().take(ERROR_CHARS).collect()
}

impl Billing {
    /// Comes back when we stop and nothing can be waited for any longer.
    pub(crate) async fn is_cut_off(&self) {
        self.stop.cancelled().await;
        sleep(GRACE).await;
    }
}
