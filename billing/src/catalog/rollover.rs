//! What becomes of a plan's credits that are left when its period ends.

use crate::money::Credits;

/// A rule of a plan. Credits from packs stay for ever, whatever a plan says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollover {
    /// They run out.
    None,
    /// So many of them stay.
    Capped(Credits),
    /// They stay.
    All,
}

impl Rollover {
    /// The rule as two columns, or two lines of a catalogue, say it; nothing when they contradict
    /// each other. A plan that says nothing takes nothing away.
    pub(crate) fn read(word: Option<&str>, cap: Option<Credits>) -> Option<Self> {
        match (word, cap) {
            (Some("none"), None) => Some(Self::None),
            (Some("capped"), Some(cap)) if cap > Credits(0) => Some(Self::Capped(cap)),
            (Some("all") | None, None) => Some(Self::All),
            _ => None,
        }
    }

    pub(crate) fn written(self) -> (&'static str, Option<Credits>) {
        match self {
            Self::None => ("none", None),
            Self::Capped(cap) => ("capped", Some(cap)),
            Self::All => ("all", None),
        }
    }

    /// How many of those that are left stay.
    pub fn keeps(self, left: Credits) -> Credits {
        match self {
            Self::None => Credits(0),
            Self::Capped(cap) => left.min(cap),
            Self::All => left,
        }
    }
}
