//! Reconciliation: what a gateway says it did, from its API or from a settlement file, compared with
//! what is written here. A run finds what differs; a policy says what is done about it, and a dry run
//! does nothing. A run is written down and goes on where it was interrupted, and whatever it does it
//! does once, however many runs find the same.
//!
//! What differs is never believed because a file or a list says so: before money moves or credits are
//! granted, the gateway is asked about that very payment, and its answer goes through `settle`.

mod act;
mod api;
mod compare;
mod doubt;
mod earning;
mod file;
mod finding;
mod line;
mod listing;
mod ours;
mod pair;
mod policy;
mod run;
mod schedule;
mod send_back;
mod settle_again;
mod staff;
mod step;

use crate::{
    Error,
    clock::{Day, Time},
    id::ReconciliationId,
    words::words,
};

pub use act::ActError;
pub use compare::{Difference, compare};
pub use earning::{Earning, Payout};
pub use file::{Columns, FileError, Settlement, Unit};
pub use finding::{Action, Class, Done, Finding, FindingState};
pub use line::{Line, Problem, Said};
pub use listing::{Count, Stake};
pub use pair::{Known, KnownClaim, Pair};
pub use policy::{Policy, Rule};
pub use run::Wish;
pub(crate) use schedule::run;

/// One comparison of a period, or of a file, with the books.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconciliation {
    pub id: ReconciliationId,
    pub gateway: String,
    pub source: Source,
    /// The file's name.
    pub file: Option<String>,
    /// What happened in this time is compared. A file without is compared line by line, and nothing is
    /// missed in it.
    pub period: Option<Period>,
    /// Whether what is found is acted on.
    pub applies: bool,
    /// Who began it: an address of staff, `command line`, `schedule`.
    pub started_by: String,
    pub stage: Stage,
    /// How far the stage has come, in its own words.
    pub cursor: String,
    /// What the gateway said.
    pub lines: i64,
    /// What of that could not be read.
    pub unreadable: i64,
    pub created_at: Time,
    pub updated_at: Time,
    pub finished_at: Option<Time>,
}

/// From the first moment, and before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub from: Time,
    pub to: Time,
}

impl Period {
    /// From the beginning of one day in UTC to the end of another.
    pub fn days(from: Day, to: Day) -> Self {
        Self {
            from: from.begin(),
            to: to.end(),
        }
    }

    pub fn holds(self, at: Time) -> bool {
        self.from <= at && at < self.to
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Api,
    File,
}

words!(Source { Api = "api", File = "file" });

/// What a run is at. Each stage is done in small steps, and each step is written down with how far it
/// has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reads what the gateway lists.
    Charges,
    Refunds,
    Disputes,
    Payouts,
    /// Reads what stands in a file.
    File,
    /// Looks for what is written here and was not named there.
    Orders,
    KnownRefunds,
    KnownDisputes,
    /// Does what the policies say.
    Acting,
    Finished,
}

words!(Stage {
    Charges = "charges",
    Refunds = "refunds",
    Disputes = "disputes",
    Payouts = "payouts",
    File = "file",
    Orders = "orders",
    KnownRefunds = "known_refunds",
    KnownDisputes = "known_disputes",
    Acting = "acting",
    Finished = "finished",
});

/// Why a reconciliation did not come to its end. What it did until then is kept, and the same wish goes
/// on from there.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    #[error("the last day is before the first")]
    Period,
    /// What is younger than some minutes may be on its way.
    #[error("the period has only just begun")]
    TooEarly,
    #[error(transparent)]
    File(#[from] FileError),
    #[error("stopped; the same command goes on from here")]
    Stopped,
    #[error(transparent)]
    Other(#[from] Error),
}
