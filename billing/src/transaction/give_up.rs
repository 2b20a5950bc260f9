//! Giving up a transaction that nobody finished.

use super::{Kind, State, Transaction, cancel_unpaid, settle::TRIES};
use crate::{
    Billing, Error, Result,
    gateway::{GatewayError, PaymentStatus},
};

impl Billing {
    /// Gives up a transaction: its payment is canceled first, so that nobody can make it
    /// afterwards. If it was made meanwhile, that is settled instead; money that is on its way to an
    /// order is waited for.
    pub(crate) async fn give_up_payment(&self, transaction: &Transaction) -> Result<()> {
        let mut transaction = transaction.clone();
        for _ in 0..TRIES {
            if self.is_given_up(&transaction).await? {
                return Ok(());
            }
            transaction = self.present(transaction.id).await?;
        }
        Err(Error::Busy)
    }

    /// Does so, unless the transaction changed since it was read: its payment may have been made only now.
    async fn is_given_up(&self, transaction: &Transaction) -> Result<bool> {
        let transaction = match transaction.way.is_page() {
            true => &self.left_page(transaction.id).await?,
            false => transaction,
        };
        if transaction.settled_at.is_some() {
            return Ok(true);
        }
        if transaction.kind == Kind::Purchase && transaction.state == State::Processing {
            self.ask_gateway(transaction).await?;
            return Ok(true);
        }
        if let Some(reference) = &transaction.reference {
            if transaction.kind == Kind::CardValidation {
                // What is set aside can still be canceled, though the card was found valid.
                let payment = self.stripe.payment(reference).await?;
                if payment.status == PaymentStatus::Authorized {
                    self.settle_answer(payment).await?;
                    return Ok(true);
                }
            }
            if self.cancel_or_settle(reference).await?.is_some() {
                return Ok(true);
            }
        }
        if transaction.kind == Kind::PlanChange {
            self.look_for_raise(transaction).await?;
        }
        let (now, transaction) = (self.clock.now(), transaction.clone());
        self.store
            .write(move |tx| Box::pin(async move { cancel_unpaid(tx, &transaction, now).await }))
            .await
    }

    /// Cancels a payment, so that nobody can make it afterwards, and settles what it is then: it may
    /// have been made meanwhile. Nothing, when the gateway never heard of it.
    pub(crate) async fn cancel_or_settle(&self, reference: &str) -> Result<Option<PaymentStatus>> {
        let payment = match self.stripe.cancel_payment(reference).await {
            Err(error) if error.is_missing() => return Ok(None),
            // It cannot be canceled any more: what is it then?
            Err(GatewayError::Refused { .. }) => self.stripe.payment(reference).await?,
            canceled => canceled?,
        };
        let status = payment.status.clone();
        self.settle_answer(payment).await?;
        Ok(Some(status))
    }
}
