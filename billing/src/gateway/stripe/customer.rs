//! A customer, as Stripe knows them. Source: <https://docs.stripe.com/api/customers/object>.

use serde::Deserialize;

use super::Stripe;
use crate::{gateway::GatewayError, id::CustomerId};

#[derive(Deserialize)]
struct Customer {
    id: String,
}

impl Stripe {
    /// Makes a customer, or finds the one that was made for ours a moment ago: `cus_…`.
    pub async fn create_customer(
        &self,
        customer: CustomerId,
        email: Option<&str>,
    ) -> Result<String, GatewayError> {
        let mut form = vec![("metadata[customer]", customer.to_string())];
        form.extend(email.map(|email| ("email", email.to_owned())));
        let key = format!("customer:{customer}");
        let made: Customer = self.make("/v1/customers", &key, &form).await?;
        Ok(made.id)
    }

    /// Who a customer is there from now on, and what their invoices are paid with. Saying it twice is
    /// saying it once.
    pub async fn update_customer(
        &self,
        reference: &str,
        email: Option<&str>,
        default_method: Option<&str>,
    ) -> Result<(), GatewayError> {
        let form = [
            ("email", email.unwrap_or_default()),
            (
                "invoice_settings[default_payment_method]",
                default_method.unwrap_or_default(),
            ),
        ];
        let path = format!("/v1/customers/{reference}");
        let request = self.request(reqwest::Method::POST, &path).form(&form);
        self.send::<Customer>(request).await.map(drop)
    }
}
