//! What a gateway's own books say of our payments: what came in, what it took for that, and in which
//! payout the rest arrived.

use crate::{Billing, Result, clock::Time, id::TransactionId, money::Money, store::earnings};

/// One line about a payment, refund or dispute of ours.
#[derive(Clone, Debug, PartialEq)]
pub struct Earning {
    /// The gateway's id of the line, and of what it is about.
    pub line: String,
    pub reference: String,
    /// `payment`, `refund` or `dispute`.
    pub kind: String,
    pub amount: Money,
    /// In the currency in which the gateway pays out.
    pub fee: Money,
    /// In which payout it arrived, once that is known.
    pub payout: Option<String>,
    pub at: Time,
}

/// Money on its way to our bank.
#[derive(Clone, Debug, PartialEq)]
pub struct Payout {
    /// The gateway's id of it.
    pub reference: String,
    pub amount: Money,
    /// What its lines add up to, fees taken off.
    pub contains: i64,
    pub lines: i64,
    /// The gateway's word: `paid`, `in_transit`, `failed`, …
    pub status: String,
    pub arrives_at: Time,
}

impl Billing {
    /// What the gateway's books say of a transaction, oldest first.
    pub async fn earnings(&self, transaction: TransactionId) -> Result<Vec<Earning>> {
        earnings::of_transaction(&mut self.store.read().await?, transaction).await
    }

    /// The payouts of a gateway that were reconciled, newest first.
    pub async fn payouts(&self, gateway: &str, limit: i64) -> Result<Vec<Payout>> {
        earnings::payouts(&mut self.store.read().await?, gateway, limit).await
    }
}
