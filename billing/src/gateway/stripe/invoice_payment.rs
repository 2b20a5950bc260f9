//! Which payment pays which invoice. Source: <https://docs.stripe.com/api/invoice-payment/object>.

use reqwest::Method;
use serde::Deserialize;

use super::{
    Stripe,
    client::is_invoice,
    invoice::{Expandable, List, Named},
};
use crate::gateway::GatewayError;

#[derive(Deserialize)]
struct InvoicePayment {
    invoice: Expandable<Named>,
    payment: PaidBy,
}

#[derive(Deserialize)]
struct PaidBy {
    payment_intent: Option<Expandable<Named>>,
}

impl Stripe {
    /// The invoice that a payment pays, if it pays one.
    pub async fn invoice_paid_by(&self, payment: &str) -> Result<Option<String>, GatewayError> {
        let list = self
            .invoice_payments(&format!(
                "payment[type]=payment_intent&payment[payment_intent]={payment}"
            ))
            .await?;
        let first = list.data.into_iter().next();
        Ok(first.map(|paid| paid.invoice.into_id()))
    }

    /// The payment whose money pays what is known by this reference, an invoice or itself a payment.
    /// An invoice that needed no money has none.
    pub async fn money_behind(&self, reference: &str) -> Result<Option<String>, GatewayError> {
        if !is_invoice(reference) {
            return Ok(Some(reference.to_owned()));
        }
        let query = format!("invoice={reference}&status=paid");
        let list = self.invoice_payments(&query).await?;
        let mut payments = list.data.into_iter();
        let payment = payments.find_map(|paid| paid.payment.payment_intent);
        Ok(payment.map(Expandable::into_id))
    }

    async fn invoice_payments(&self, query: &str) -> Result<List<InvoicePayment>, GatewayError> {
        let path = format!("/v1/invoice_payments?{query}");
        self.send(self.request(Method::GET, &path)).await
    }
}
