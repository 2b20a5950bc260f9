//! Which payment, and so which transaction, a refund or dispute is about.

use super::can_be_claimed;
use crate::{
    Billing, Error, Result, gateway::stripe, store::transactions, transaction::Transaction,
};

impl Billing {
    /// Asks the gateway about a payment of which we do not know enough, settles what it says, and
    /// answers whether the payment is ours. What followed a payment may be heard of before it.
    pub(crate) async fn learn_of(&self, payment: &str) -> Result<bool> {
        let says = self.stripe.payment(payment).await?;
        if says.transaction.is_some() {
            self.settle_answer(says).await?;
            return Ok(true);
        }
        let Some(invoice) = self.stripe.invoice_paid_by(payment).await? else {
            return Ok(false);
        };
        let says = self.stripe.payment(&invoice).await?;
        let ours = says.invoice.as_ref().is_some_and(|it| it.ours.is_some());
        self.settle_answer(says).await?;
        let found = {
            let mut conn = self.store.read().await?;
            transactions::by_reference(&mut conn, stripe::NAME, &invoice).await?
        };
        match found {
            Some(transaction) => {
                self.note_payment(&transaction, payment).await?;
                Ok(true)
            }
            None => Ok(ours),
        }
    }

    /// The gateway's id of the money that paid a transaction.
    pub(crate) async fn money_of(&self, transaction: &Transaction) -> Result<String> {
        let known = {
            let mut conn = self.store.read().await?;
            transactions::payment_of(&mut conn, transaction.id).await?
        };
        if let Some(payment) = known {
            return Ok(payment);
        }
        let reference = transaction
            .reference
            .as_deref()
            .filter(|_| can_be_claimed(transaction));
        let reference = reference.ok_or(Error::Broken("a refund without a payment"))?;
        let payment = self.stripe.money_behind(reference).await?;
        let payment = payment.ok_or(Error::Broken("a refund of what cost nothing"))?;
        if payment != reference {
            self.note_payment(transaction, &payment).await?;
        }
        Ok(payment)
    }

    async fn note_payment(&self, transaction: &Transaction, payment: &str) -> Result<()> {
        let (id, payment, now) = (transaction.id, payment.to_owned(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    transactions::insert_payment(tx, stripe::NAME, &payment, id, now).await
                })
            })
            .await
    }
}
