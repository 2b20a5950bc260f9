//! Credits set aside for work in progress: from `available` to `held`, and from there to `consumed`
//! as far as they were needed. What was not needed goes back to the lots it came from. A hold ends
//! once: captured, released, or expired.

mod steps;

use std::time::Duration;

use super::{SpendError, Spent};
use crate::{
    Billing, Error, Result,
    clock::Time,
    id::{CustomerId, HoldId},
    money::Credits,
    store::holds,
    words::words,
};

/// Credits that are or were set aside.
#[derive(Clone, Debug, PartialEq)]
pub struct Hold {
    pub id: HoldId,
    pub customer: CustomerId,
    pub amount: Credits,
    pub note: String,
    pub status: HoldStatus,
    /// How much of it was used.
    pub captured: Credits,
    /// What was available when it began.
    pub available_after: Credits,
    pub expires_at: Time,
    pub created_at: Time,
    pub ended_at: Option<Time>,
}

/// What became of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldStatus {
    Open,
    /// Used, whole or in part.
    Captured,
    Released,
    /// Given back because nobody ended it in time.
    Expired,
}

words!(HoldStatus {
    Open = "open",
    Captured = "captured",
    Released = "released",
    Expired = "expired",
});

/// A wish to set credits aside.
#[derive(Clone, Debug)]
pub struct NewHold {
    pub customer: CustomerId,
    /// More than zero.
    pub amount: Credits,
    pub note: String,
    pub lifetime: Duration,
    /// Made by the caller before the first try. The same key holds once.
    pub key: String,
}

#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    #[error("there is no such hold")]
    Unknown,
    /// It ended in another way before.
    #[error("the hold is {0} already")]
    Ended(HoldStatus),
    #[error("more than the {0} that are held")]
    TooMuch(Credits),
    #[error(transparent)]
    Other(#[from] Error),
}

/// How many that nobody ended are given back in one round.
const BATCH: i64 = 500;

impl Billing {
    /// Sets credits aside, or says how many are missing. Repeating it with the same key holds once
    /// and gives the answer of the first time.
    pub async fn hold(&self, hold: NewHold) -> Result<Spent<Hold>, SpendError> {
        if hold.amount <= Credits(0) {
            return Err(SpendError::Amount);
        }
        let (low, now) = (self.credits_low, self.clock.now());
        self.store
            .write(move |tx| Box::pin(async move { steps::set_aside(tx, &hold, low, now).await }))
            .await
    }

    /// Uses what is held, or a part of it; the rest is given back. Doing it again with the same
    /// amount changes nothing and answers the same.
    pub async fn capture_hold(
        &self,
        id: HoldId,
        amount: Option<Credits>,
    ) -> Result<Hold, HoldError> {
        self.end_hold(id, HoldStatus::Captured, amount).await
    }

    /// Gives back what is held. Doing it again changes nothing and answers the same.
    pub async fn release_hold(&self, id: HoldId) -> Result<Hold, HoldError> {
        self.end_hold(id, HoldStatus::Released, None).await
    }

    pub async fn find_hold(&self, id: HoldId) -> Result<Option<Hold>> {
        holds::find(&mut self.store.read().await?, id).await
    }

    /// Gives back what nobody captured or released in time.
    pub(crate) async fn expire_holds(&self) -> Result<()> {
        let due = holds::due(&mut self.store.read().await?, self.clock.now(), BATCH).await?;
        for id in due {
            match self.end_hold(id, HoldStatus::Expired, None).await {
                // Somebody was faster.
                Ok(_) | Err(HoldError::Ended(_)) => {}
                Err(HoldError::Other(error)) => return Err(error),
                Err(error) => tracing::error!(hold = %id, %error, "cannot end a hold"),
            }
        }
        Ok(())
    }

    async fn end_hold(
        &self,
        id: HoldId,
        status: HoldStatus,
        amount: Option<Credits>,
    ) -> Result<Hold, HoldError> {
        let now = self.clock.now();
        self.store
            .write(move |tx| Box::pin(async move { steps::end(tx, id, status, amount, now).await }))
            .await
    }
}
