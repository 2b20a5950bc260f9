//! What happened on each day, over all customers: money, customers, plans, credits, and how long it took.
//! Days that are over are written down once; what came since is counted when somebody looks, by indexes
//! on the time. Credits are in the books of the house (`books`).

mod days;
mod delays;
mod keep;

pub use days::{Amounts, Days, Figures};
pub(crate) use delays::DELAYS;
pub use delays::{Took, What};
pub(crate) use keep::run;

use crate::words::words;

/// One thing that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Figure {
    /// The day was written down.
    Closed,
    /// What customers paid.
    Revenue,
    /// How many payments brought it.
    Payments,
    /// How often a bank said no.
    Declined,
    /// What went back to customers.
    Refunded,
    /// New ones.
    Customers,
    /// Plans that began to run.
    PlansBegun,
    /// Plans that had run, and ended.
    PlansEnded,
}

words!(Figure {
    Closed = "closed",
    Revenue = "revenue",
    Payments = "payments",
    Declined = "declined",
    Refunded = "refunded",
    Customers = "customers",
    PlansBegun = "plans_begun",
    PlansEnded = "plans_ended",
});
