//! Giving up a transaction that nobody finished.

use super::{Kind, Transaction, cancel_unpaid};
use crate::{
    Billing, Result,
    gateway::{GatewayError, PaymentStatus},
};

impl Billing {
    /// Gives up a transaction: its payment is canceled first, so that nobody can make it
    /// afterwards. If it was made meanwhile, that is settled instead.
    pub(crate) async fn give_up_payment(&self, transaction: &Transaction) -> Result<()> {
        if transaction.settled_at.is_some() {
            return Ok(());
        }
        if let Some(reference) = &transaction.reference {
            if transaction.kind == Kind::CardValidation {
                // What is set aside can still be canceled, though the card was found valid.
                let payment = self.stripe.payment(reference).await?;
                if payment.status == PaymentStatus::Authorized {
                    return self.settle_answer(payment).await.map(drop);
                }
            }
            let answer = match self.stripe.cancel_payment(reference).await {
                // It cannot be canceled any more: what is it then?
                Err(GatewayError::Refused { .. }) => self.stripe.payment(reference).await,
                answer => answer,
            };
            match answer {
                Ok(payment) => return self.settle_answer(payment).await.map(drop),
                // The gateway never heard of it, so nobody can pay it.
                Err(error) if error.is_missing() => {}
                Err(error) => return Err(error.into()),
            }
        }
        if transaction.kind == Kind::PlanChange {
            self.look_for_raise(transaction).await?;
        }
        let (now, transaction) = (self.clock.now(), transaction.clone());
        self.store
            .write(move |tx| {
                Box::pin(async move { cancel_unpaid(tx, &transaction, now).await.map(drop) })
            })
            .await
    }
}
