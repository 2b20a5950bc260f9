//! The types that cross between server and browser, as JSON. They carry what is shown, already
//! written for people, and have no behaviour.
//!
//! Browsers read them with `miniserde`: what serde needs to read JSON would be a fifth of the
//! program that a customer loads before they can pay.

use miniserde::{Deserialize, Serialize};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// To pay an order.
    Order,
    /// To make a payment that nobody ordered.
    Owed,
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

/// What the card form is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentForm {
    pub subject: Subject,
    /// Of the order, or of the payment that is owed; empty when there is neither.
    pub id: String,
    /// Those that can be chosen instead of a new one, the default first.
    pub cards: Vec<SavedCard>,
    /// Whether the customer decides if a new card is kept.
    pub asks_to_keep: bool,
    pub publishable_key: String,
    /// The gateway's browser script.
    pub script_url: String,
    /// `Pay $5.00`
    pub pay_label: String,
    /// How browsers reach this site: the bank sends the customer back to it.
    pub site_url: String,
}

/// What the page of a transaction is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    pub id: String,
    pub purpose: Purpose,
    /// Where it can be paid while it is not: a path.
    pub pay_at: String,
    /// What is said when it is done: `50 credits are in your account`.
    pub done_title: String,
    pub return_to: Option<String>,
    pub transaction: Transaction,
    /// The bank has sent the customer back and says that they paid.
    pub was_paid: bool,
    /// A coupon left nothing to pay.
    pub nothing_due: bool,
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
