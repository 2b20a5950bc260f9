//! The account's time: the system's, moved forward as far as people asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Clones tell the same time, because they share the offset.
#[derive(Debug, Default, Clone)]
pub struct Clock {
    offset_s: Arc<AtomicI64>,
}

impl Clock {
    /// Seconds since 1970, as all times on this wire.
    pub fn now(&self) -> i64 {
        jiff::Timestamp::now().as_second() + self.offset_s()
    }

    pub fn now_ms(&self) -> i64 {
        jiff::Timestamp::now().as_millisecond() + self.offset_s() * 1_000
    }

    pub fn offset_s(&self) -> i64 {
        self.offset_s.load(Ordering::Relaxed)
    }

    /// The offset itself, for whoever wants to tell the same time without asking.
    pub fn shared(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.offset_s)
    }

    /// Puts back what the journal remembers.
    pub fn restore(&self, offset_s: i64) {
        self.offset_s.store(offset_s, Ordering::Relaxed);
    }

    /// From now on it is `to`.
    pub fn set(&self, to: i64) {
        self.restore(to - jiff::Timestamp::now().as_second());
    }
}
