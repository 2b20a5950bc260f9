//! The money laws.

/// A law that does not hold, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// `L2`, …
    pub law: &'static str,
    /// The rule in words.
    pub rule: &'static str,
    /// How many rows break it.
    pub rows: i64,
}
