//! The types that cross between server and browser. They carry what is shown, already written for
//! people, and have no behaviour.

use serde::{Deserialize, Serialize};

/// Where a transaction is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Created,
    RequiresAction,
    Processing,
    Succeeded,
    Failed,
    Canceled,
}

/// What a browser needs to take a payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// Lets the browser confirm this one payment.
    pub client_secret: String,
    pub status: Status,
    /// Why the last attempt failed, in the customer's words.
    pub failure: Option<String>,
}

/// A transaction as the customer who waits for it sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transaction {
    /// Counts its changes. The next question names it, so that no change is missed.
    pub version: i64,
    pub status: Status,
    /// The credits are spendable.
    pub settled: bool,
    /// Paid, but a person must look at it first.
    pub in_review: bool,
    /// Why the last attempt failed, in the customer's words.
    pub failure: Option<String>,
    /// What can be spent now: `1,050`. Only once it is settled.
    pub balance: Option<String>,
}

/// What a customer can spend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// Counts its changes.
    pub version: i64,
    /// `1,050`
    pub available: String,
}
