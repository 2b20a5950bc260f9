//! Time. Rows carry microseconds since 1970 in UTC; people and the API see RFC 3339.

use std::{
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// A moment, in microseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type,
)]
#[serde(from = "Timestamp", into = "Timestamp")]
#[sqlx(transparent)]
pub struct Time(pub i64);

impl Time {
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }

    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }

    /// How long after `earlier` this is; zero when it is before.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0).try_into().unwrap_or(0))
    }

    /// Seconds since 1970, as gateways write time.
    pub fn unix(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The moment of so many seconds since 1970.
    pub fn from_unix(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }
}

fn micros(duration: Duration) -> i64 {
    duration.as_micros().try_into().unwrap_or(i64::MAX)
}

impl From<Timestamp> for Time {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.as_microsecond())
    }
}

impl From<Time> for Timestamp {
    fn from(time: Time) -> Self {
        Timestamp::from_microsecond(time.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("expected a time such as 2026-11-20T09:30:00Z")]
pub struct NotATime;

/// RFC 3339, in any time zone.
impl FromStr for Time {
    type Err = NotATime;
    fn from_str(text: &str) -> Result<Self, NotATime> {
        text.parse::<Timestamp>()
            .map(Self::from)
            .map_err(|_| NotATime)
    }
}

/// RFC 3339 in UTC: `2026-11-20T09:30:00Z`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Timestamp::from(*self).fmt(f)
    }
}

/// A day in UTC, in days since 1970-01-01.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type,
)]
#[serde(try_from = "String", into = "String")]
#[sqlx(transparent)]
pub struct Day(i64);

const DAY_US: i64 = 86_400_000_000;

impl Day {
    pub const FIRST: Self = Self(0);

    /// Its first moment.
    pub fn begin(self) -> Time {
        Time(self.0.saturating_mul(DAY_US))
    }

    /// The first moment after it.
    pub fn end(self) -> Time {
        Time(self.begin().0.saturating_add(DAY_US))
    }

    pub fn before(self) -> Self {
        self.plus(-1)
    }

    pub fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// How many days after `earlier` this is.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl From<Time> for Day {
    fn from(time: Time) -> Self {
        Self(time.0.div_euclid(DAY_US))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("expected a day such as 2026-11-20")]
pub struct NotADay;

/// `2026-11-20`
impl FromStr for Day {
    type Err = NotADay;
    fn from_str(text: &str) -> Result<Self, NotADay> {
        let date: Date = text.parse().map_err(|_| NotADay)?;
        let begin = date.to_zoned(TimeZone::UTC).map_err(|_| NotADay)?;
        Ok(Time::from(begin.timestamp()).into())
    }
}

impl TryFrom<String> for Day {
    type Error = NotADay;
    fn try_from(text: String) -> Result<Self, NotADay> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begin = Timestamp::from(self.begin());
        begin.to_zoned(TimeZone::UTC).date().fmt(f)
    }
}

/// The clock that all of billing reads. It is the system's, moved by an offset that only tests set,
/// and as far as the sandbox's clock was moved where that stands in for a gateway.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// When it stands still but for that offset.
    stands_at: Option<Time>,
    offset_us: Arc<AtomicI64>,
    followed_s: Arc<AtomicI64>,
}

impl Clock {
    /// A clock that is always so many seconds ahead as another was moved.
    pub fn following(offset_s: Arc<AtomicI64>) -> Self {
        Self {
            followed_s: offset_s,
            ..Self::default()
        }
    }

    /// A clock that only moves when it is told to, as a simulation needs it to be repeated.
    pub fn standing_at(time: Time) -> Self {
        Self {
            stands_at: Some(time),
            ..Self::default()
        }
    }

    pub fn now(&self) -> Time {
        let followed_us = self.followed_s.load(Ordering::Relaxed) * 1_000_000;
        Time(self.of_devices().0 + followed_us)
    }

    /// What the clocks of people's devices say: they are not moved with the sandbox's.
    pub fn of_devices(&self) -> Time {
        let offset_us = self.offset_us.load(Ordering::Relaxed);
        let now = self.stands_at.unwrap_or_else(|| Timestamp::now().into());
        Time(now.0 + offset_us)
    }

    /// Moves every clone of this clock forward.
    pub fn advance(&self, by: Duration) {
        self.offset_us.fetch_add(micros(by), Ordering::Relaxed);
    }

    /// Moves every clone of this clock back, as somebody does who sets a system's clock right.
    pub fn set_back(&self, by: Duration) {
        self.offset_us.fetch_sub(micros(by), Ordering::Relaxed);
    }
}
