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
mod line;
mod listing;
mod ours;
mod pair;
mod policy;
mod run;
mod schedule;

use crate::{
    Error,
    clock::{Day, Time},
    id::{FindingId, ReconciliationId, TransactionId},
    money::Money,
    words::words,
};

pub use act::ActError;
pub use compare::{Difference, compare};
pub use earning::{Earning, Payout};
pub use file::{Columns, FileError, Settlement, Unit};
pub use line::{Line, Problem, Said};
pub use listing::Count;
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

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Paid there; here it failed, was given up, or is still open.
    PaidNotSettled,
    /// Settled here; the gateway knows the payment, and it did not succeed.
    SettledNotPaid,
    /// Paid there, for nothing that we sold.
    PaymentWithoutOrder,
    /// Settled here, with a payment that the gateway does not know.
    OrderWithoutPayment,
    /// Paid there once more than it was asked for.
    DuplicatePayment,
    /// Amounts or currencies are not the same.
    AmountDiffers,
    /// Other credits were granted than were bought.
    CreditsDiffer,
    /// The gateway names another fee than before.
    FeeDiffers,
    /// A refund that was made there, or went further there than we know.
    RefundNotKnown,
    /// A refund that is only written here.
    RefundNotThere,
    DisputeNotKnown,
    DisputeNotThere,
    /// What was paid out is not the sum of what it contains.
    PayoutDiffers,
}

words!(Class {
    PaidNotSettled = "paid_not_settled",
    SettledNotPaid = "settled_not_paid",
    PaymentWithoutOrder = "payment_without_order",
    OrderWithoutPayment = "order_without_payment",
    DuplicatePayment = "duplicate_payment",
    AmountDiffers = "amount_differs",
    CreditsDiffer = "credits_differ",
    FeeDiffers = "fee_differs",
    RefundNotKnown = "refund_not_known",
    RefundNotThere = "refund_not_there",
    DisputeNotKnown = "dispute_not_known",
    DisputeNotThere = "dispute_not_there",
    PayoutDiffers = "payout_differs",
});

impl Class {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 13] = [
        Self::PaidNotSettled,
        Self::SettledNotPaid,
        Self::PaymentWithoutOrder,
        Self::OrderWithoutPayment,
        Self::DuplicatePayment,
        Self::AmountDiffers,
        Self::CreditsDiffer,
        Self::FeeDiffers,
        Self::RefundNotKnown,
        Self::RefundNotThere,
        Self::DisputeNotKnown,
        Self::DisputeNotThere,
        Self::PayoutDiffers,
    ];
}

/// What is done about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Asks the gateway about it, and settles what it answers.
    Settle,
    /// Sends the money back, and takes the credits that it brought.
    Refund,
    /// Takes back credits that no money came for.
    Reverse,
    /// Sets such credits aside until a person has decided.
    Hold,
    /// Leaves it to a person.
    Review,
    /// Leaves it as it is, for good.
    Leave,
}

words!(Action {
    Settle = "settle",
    Refund = "refund",
    Reverse = "reverse",
    Hold = "hold",
    Review = "review",
    Leave = "leave",
});

/// Something that differs, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub id: FindingId,
    pub gateway: String,
    pub class: Class,
    /// The gateway's id of what differs, or ours where the gateway knows none.
    pub subject: String,
    /// The gateway's id of the payment that it is about.
    pub payment: Option<String>,
    pub transaction: Option<TransactionId>,
    /// What the gateway says, or we, where it says nothing.
    pub amount: Option<Money>,
    /// In words.
    pub detail: String,
    pub happened_at: Time,
    pub found_by: ReconciliationId,
    /// The latest run that met it.
    pub seen_by: ReconciliationId,
    pub state: FindingState,
    pub done: Option<Done>,
    /// Why it did not work so far.
    pub trouble: Option<String>,
    /// Counts what became of it, from 1.
    pub version: i64,
    pub created_at: Time,
}

/// What was done about a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    pub action: Option<Action>,
    /// What came of it, in words.
    pub outcome: String,
    /// Who wished it: an address of staff, `command line`, `schedule`.
    pub by: String,
    pub at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingState {
    Open,
    /// Its credits are set aside; a person decides.
    Held,
    Done,
}

words!(FindingState { Open = "open", Held = "held", Done = "done" });

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
