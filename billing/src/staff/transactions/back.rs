//! Money back, as staff give it: what it would do is told first, and the wish stands in the log in the
//! commit that takes the credits.

use crate::{
    Billing, Result,
    claim::{self, Held},
    id::TransactionId,
    money::Money,
    refund::{self, Reason, Refund, RefundError, Wish},
    staff::{
        Permission,
        audit_log::Actor,
        proposals::{Leave, Outcome, What, propose},
    },
    store::{disputes, refunds, transactions},
};

/// What staff want to give back.
#[derive(Clone, Debug)]
pub struct Back {
    pub transaction: TransactionId,
    pub amount: Money,
    /// As the gateway is told.
    pub word: Reason,
    /// As the log is told.
    pub reason: String,
    /// Made when the form was shown. The same key refunds once.
    pub key: String,
}

/// What a refund would do to the customer's credits, at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preview {
    pub amount: Money,
    pub held: Held,
}

#[derive(Debug, thiserror::Error)]
pub enum BackError {
    #[error("your role does not allow this")]
    Forbidden,
    #[error("Say why: it stands in the log.")]
    Reason,
    #[error(transparent)]
    Refund(#[from] RefundError),
}

impl Billing {
    /// What a refund of this amount would take, before anybody asks for it.
    ///
    /// # Errors
    /// As the refund itself would.
    pub async fn preview_refund(
        &self,
        id: TransactionId,
        amount: Money,
    ) -> Result<Preview, RefundError> {
        let mut conn = self.store.read().await?;
        let transaction = refund::paid(transactions::find(&mut conn, id).await?)?;
        let refunds = refunds::of_transaction(&mut conn, id).await?;
        refund::within(&transaction, &refunds, amount)?;
        let disputes = disputes::of_transaction(&mut conn, id).await?;
        let wished = refund::asked(&transaction, amount, self.clock.now());
        let (conn, spent) = (&mut conn, self.spent);
        let held = claim::foresee(conn, &transaction, refunds, disputes, wished, spent).await?;
        Ok(Preview { amount, held })
    }

    /// Gives money back. Doing it again with the same key answers what became of it. What is too much
    /// for one waits for a second person.
    pub async fn give_money_back(
        &self,
        back: Back,
        by: &Actor,
    ) -> Result<Outcome<Refund>, BackError> {
        if !by.may(Permission::Money) {
            return Err(BackError::Forbidden);
        }
        if back.reason.trim().is_empty() {
            return Err(BackError::Reason);
        }
        let wish = Wish {
            transaction: back.transaction,
            amount: back.amount,
            reason: back.word,
            key: back.key.clone(),
        };
        let said = refund::Said {
            by: by.clone(),
            reason: back.reason.clone(),
            leave: Leave::Alone(self.large),
        };
        match self.refund_as(wish, Some(said)).await {
            Err(RefundError::NeedsSecond) => self.ask_second_for(back, by).await,
            refunded => Ok(Outcome::Done(refunded?)),
        }
    }

    async fn ask_second_for(&self, back: Back, by: &Actor) -> Result<Outcome<Refund>, BackError> {
        let (by, now) = (by.clone(), self.clock.now());
        let asked = self.store.write(move |tx| {
            Box::pin(async move {
                let found = transactions::find(tx, back.transaction).await?;
                let customer = refund::paid(found)?.customer;
                let what = What::Refund {
                    transaction: back.transaction,
                    amount: back.amount,
                    word: back.word,
                };
                let (reason, key) = (&back.reason, &back.key);
                let asked = propose(tx, customer, what, reason, key, &by, now).await?;
                asked.ok_or(RefundError::KeyReused)
            })
        });
        Ok(Outcome::Waits(Box::new(asked.await?)))
    }
}
