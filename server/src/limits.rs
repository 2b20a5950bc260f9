//! How often somebody may try. Each limit lets a burst through and then one more in each interval,
//! so that nobody is locked out for long, an attacked account least of all.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use billing::id::{ApiKeyId, CustomerId, PersonId};
use governor::{
    Quota, RateLimiter, clock::DefaultClock, middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};

pub struct Limits {
    pub sign_in_by_address: Limit<IpAddr>,
    pub sign_in_by_account: Limit<String>,
    pub sign_up_by_address: Limit<IpAddr>,
    pub orders_by_address: Limit<IpAddr>,
    pub codes_by_address: Limit<IpAddr>,
    pub codes_by_customer: Limit<CustomerId>,
    /// Codes of a second factor: who knows the password and guesses needs most of a year.
    pub second_factor: Limit<PersonId>,
    /// Mails that somebody may have sent to an account, theirs or not.
    pub mail_by_address: Limit<IpAddr>,
    pub mail_by_account: Limit<String>,
    /// Far above what a program needs: one that has gone mad does not drown the others.
    pub api_by_key: Limit<ApiKeyId>,
    /// How often the use of a key is written down.
    pub noted_uses: Limit<ApiKeyId>,
}

impl Default for Limits {
    fn default() -> Self {
        let every = Duration::from_secs;
        Self {
            sign_in_by_address: Limit::new(60, every(2)),
            sign_in_by_account: Limit::new(20, every(10)),
            sign_up_by_address: Limit::new(100, every(5)),
            orders_by_address: Limit::new(200, every(1)),
            codes_by_address: Limit::new(200, every(5)),
            codes_by_customer: Limit::new(20, every(30)),
            second_factor: Limit::new(10, every(60)),
            mail_by_address: Limit::new(60, every(10)),
            mail_by_account: Limit::new(5, every(120)),
            noted_uses: Limit::new(1, every(60)),
            api_by_key: Limit::new(20_000, Duration::from_micros(100)),
        }
    }
}

/// A limit for each key.
pub struct Limit<K: std::hash::Hash + Eq + Clone> {
    limiter: RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>,
    quota: Quota,
}

/// What a limit leaves to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// How many may come at once, once nothing was used for a while.
    pub burst: u32,
    /// That while.
    pub refill: Duration,
    /// How many may come now.
    pub remaining: u32,
    /// When it is the whole burst again.
    pub full_in: Duration,
}

impl<K: std::hash::Hash + Eq + Clone> Limit<K> {
    fn new(burst: u32, then_one_every: Duration) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(then_one_every)
            .unwrap_or(Quota::per_second(NonZeroU32::MIN))
            .allow_burst(burst);
        let limiter = RateLimiter::keyed(quota).with_middleware();
        Self { limiter, quota }
    }

    /// Whether `key` may try now.
    pub fn allows(&self, key: &K) -> bool {
        self.ask(key).is_ok()
    }

    /// Whether `key` may try now, and what is left to it then.
    pub fn ask(&self, key: &K) -> Result<Left, Left> {
        // Keys that are as good as new need no memory.
        if self.limiter.len() > KEYS {
            self.limiter.retain_recent();
        }
        match self.limiter.check_key(key) {
            Ok(state) => Ok(self.left(state.remaining_burst_capacity())),
            Err(_) => Err(self.left(0)),
        }
    }

    fn left(&self, remaining: u32) -> Left {
        let (burst, one) = (
            self.quota.burst_size().get(),
            self.quota.replenish_interval(),
        );
        Left {
            burst,
            refill: one * burst,
            remaining,
            full_in: one * burst.saturating_sub(remaining),
        }
    }
}

/// With more keys than this in memory, those that used nothing lately are forgotten.
const KEYS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_one_more_does_not() {
        let limit = Limit::new(3, Duration::from_secs(3600));
        assert_eq!(
            [(); 5].map(|()| limit.allows(&1)),
            [true, true, true, false, false]
        );
        assert!(limit.allows(&2));
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        let left = |remaining, full_in| Left {
            burst: 3,
            refill: hours(3),
            remaining,
            full_in,
        };
        assert_eq!(limit.ask(&3), Ok(left(2, hours(1))));
        assert_eq!(limit.ask(&1), Err(left(0, hours(3))));
    }
}
