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

/// What a card is taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// To pay the order with this id.
    Order(String),
    /// To make a payment that nobody ordered: the transaction with this id.
    Owed(String),
    /// To be kept for later.
    Card,
    /// To open a trial.
    Trial,
}

/// What a transaction is about, as the customer who waits for it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    Payment,
    Card,
    Trial,
}

/// A card that the customer keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedCard {
    /// The gateway's own id of it.
    pub reference: String,
    /// `Visa ending in 4242`
    pub name: String,
    /// `Expires 12/34`
    pub expiry: String,
}

/// What a browser needs to take a payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// What is waited for once it is confirmed.
    pub transaction: String,
    /// Lets the browser confirm this one payment.
    pub client_secret: String,
    pub status: Status,
    /// Why the last attempt failed, in the customer's words.
    pub failure: Option<String>,
    /// The card that pays it is kept for the next time.
    pub keeps_card: bool,
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
