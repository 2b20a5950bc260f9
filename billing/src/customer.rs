//! Who a customer is at the gateway. Their cards and subscriptions hang on that.

use crate::{
    Billing, Error, Result,
    gateway::stripe,
    id::CustomerId,
    store::{gateway_customers, people},
};

impl Billing {
    /// The gateway's own id of a customer, who is made there when it is first needed. Two calls at
    /// once make one: both use the same key. A day after a lost answer the gateway has forgotten
    /// the key and may keep a second, empty customer; ours is the one that is noted.
    pub async fn gateway_customer(&self, customer: CustomerId) -> Result<String> {
        let email = {
            let mut conn = self.store.read().await?;
            let known = gateway_customers::reference(&mut conn, stripe::NAME, customer).await?;
            if let Some(reference) = known {
                return Ok(reference);
            }
            people::email_of(&mut conn, customer).await?
        };
        let reference = self
            .stripe
            .create_customer(customer, email.as_deref())
            .await?;
        let now = self.clock.now();
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    gateway_customers::insert(tx, stripe::NAME, customer, &reference, now).await?;
                    let noted = gateway_customers::reference(tx, stripe::NAME, customer).await?;
                    noted.ok_or(Error::Broken("a customer that was just noted is not there"))
                })
            })
            .await
    }
}
