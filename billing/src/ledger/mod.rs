//! Credits: accounts, transfers between them, and the lots in which they came. Append only; a
//! correction is a new transfer.
//!
//! Every customer has three accounts: credits come from `issued`, lie in `available`, go to
//! `consumed`. A transfer takes from one and gives the same to another, so the three always add up
//! to zero, and no row is shared by all customers.

mod grant;
mod spend;

use std::time::Duration;

use tokio::time::Instant;

pub use grant::Grant;
pub(crate) use grant::grant;
pub use spend::{Spend, SpendError, Spent};

use crate::{
    Billing, Result,
    clock::Time,
    id::{AccountId, CustomerId, LotId, TransferId},
    money::Credits,
    store::{self, Tx},
    words::words,
};

/// What a customer can spend, and the lots it consists of.
#[derive(Clone, Debug, PartialEq)]
pub struct Balance {
    pub available: Credits,
    /// Set aside for work in progress.
    pub held: Credits,
    /// Counts the changes of this balance.
    pub version: i64,
    /// Lots with something left, in the order in which they will be spent.
    pub lots: Vec<Lot>,
}

/// Credits that came together.
#[derive(Clone, Debug, PartialEq)]
pub struct Lot {
    pub id: LotId,
    /// Where it came from, for people: `Starter pack`.
    pub note: String,
    pub granted: Credits,
    pub remaining: Credits,
    pub created_at: Time,
    pub expires_at: Option<Time>,
}

/// One line of a customer's statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub id: TransferId,
    pub reason: Reason,
    /// For people: `Starter pack`, `Picture: a harbour at dusk`.
    pub note: String,
    /// Positive when credits came, negative when they went.
    pub amount: Credits,
    /// What was available after it.
    pub balance: Credits,
    pub at: Time,
}

/// Why credits moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Purchase,
    /// A period of a plan, or a change to a bigger one.
    Plan,
    Coupon,
    Spend,
}

words!(Reason { Purchase = "purchase", Plan = "plan", Coupon = "coupon", Spend = "spend" });

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// Where credits come from. Below zero by all that was ever granted.
    Issued,
    /// What can be spent. Never below zero.
    Available,
    /// Where spent credits go.
    Consumed,
}

words!(AccountKind { Issued = "issued", Available = "available", Consumed = "consumed" });

/// Gives a new customer their accounts.
pub(crate) async fn open_accounts(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    for kind in [
        AccountKind::Issued,
        AccountKind::Available,
        AccountKind::Consumed,
    ] {
        store::ledger::insert_account(tx, AccountId::new(), customer, kind).await?;
    }
    Ok(())
}

impl Billing {
    pub async fn balance(&self, customer: CustomerId) -> Result<Balance> {
        let mut conn = self.store.read().await?;
        loop {
            let before =
                store::ledger::account(&mut conn, customer, AccountKind::Available).await?;
            let lots = store::ledger::open_lots(&mut conn, customer).await?;
            let after = store::ledger::account(&mut conn, customer, AccountKind::Available).await?;
            // Lots and sum belong together only if nothing moved between the two looks.
            if before.version == after.version {
                return Ok(Balance {
                    available: after.balance,
                    held: Credits(0),
                    version: after.version,
                    lots,
                });
            }
        }
    }

    /// The balance as soon as its version is above `newer_than`, or as it is after `timeout`.
    pub async fn await_balance(
        &self,
        customer: CustomerId,
        newer_than: i64,
        timeout: Duration,
    ) -> Result<Balance> {
        let mut changes = self.store.updates.subscribe(customer.0);
        let deadline = Instant::now() + timeout;
        loop {
            let balance = self.balance(customer).await?;
            if balance.version > newer_than {
                return Ok(balance);
            }
            tokio::select! {
                () = changes.changed() => {}
                () = tokio::time::sleep_until(deadline) => return Ok(balance),
                () = self.stop.cancelled() => return Ok(balance),
            }
        }
    }

    /// A customer's statement, newest first; `before` continues after the last entry of the
    /// previous page.
    pub async fn statement(
        &self,
        customer: CustomerId,
        before: Option<TransferId>,
        limit: i64,
    ) -> Result<Vec<Entry>> {
        store::ledger::entries(&mut self.store.read().await?, customer, before, limit).await
    }

    /// One line of a customer's statement.
    pub async fn entry(&self, customer: CustomerId, id: TransferId) -> Result<Option<Entry>> {
        store::ledger::entry(&mut self.store.read().await?, customer, id).await
    }
}
