//! A payment was made at the gateway, and a browser is about to confirm it.

use crate::{
    Billing,
    gateway::{GatewayError, Payment, PaymentStatus},
    id::TransactionId,
    order::{Checkout, CheckoutError, FIRST_CHECK},
    store::transactions,
};

impl Billing {
    /// Notes which payment belongs to a transaction, and opens it.
    pub(crate) async fn note_and_open(
        &self,
        id: TransactionId,
        payment: Payment,
    ) -> Result<Checkout, CheckoutError> {
        let (way, reference) = (payment.way, payment.reference.clone());
        let first_check = self.clock.now().plus(FIRST_CHECK);
        let ours = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    transactions::set_reference(tx, id, way, &reference, first_check).await
                })
            })
            .await?;
        if !ours && payment.status == PaymentStatus::Waiting {
            // It was closed while we asked, or is paid in another way: nobody may pay this one. When
            // the gateway refuses to cancel, the answer we got is an old one, and the payment is over.
            return match self.stripe.cancel_payment(&payment.reference).await {
                Ok(_) | Err(GatewayError::Refused { .. }) => Err(CheckoutError::Closed),
                Err(error) => Err(CheckoutError::Gateway(error)),
            };
        }
        self.opened(id, payment).await
    }

    /// What a browser needs to make a payment, once what the gateway says of it is settled.
    pub(crate) async fn opened(
        &self,
        id: TransactionId,
        payment: Payment,
    ) -> Result<Checkout, CheckoutError> {
        let client_secret = payment.client_secret.clone().unwrap_or_default();
        self.settle_answer(payment.clone()).await?;
        let transaction = transactions::find(
            &mut self.store.read().await.map_err(CheckoutError::Other)?,
            id,
        )
        .await?
        .ok_or(CheckoutError::Closed)?;
        if transaction.settled_at.is_some() {
            return Err(CheckoutError::Closed);
        }
        let agreed = self.agree_on_price(&transaction, &payment).await;
        agreed.map_err(CheckoutError::Gateway)?;
        Ok(Checkout {
            client_secret,
            transaction,
            keeps_card: payment.keeps_method,
        })
    }
}
