//! Who owns credits: somebody who signs in, a user of a product, or both; and who that is at the
//! gateway.

mod join;
mod naming;

pub(crate) use join::join_verified;
pub use naming::{Naming, NamingError};

use crate::{
    Billing, Error, Result,
    clock::Time,
    gateway::stripe,
    id::{CustomerId, PersonId},
    store::{customers, gateway_customers, people},
};

/// Who owns credits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    pub id: CustomerId,
    /// The id under which they were looked for: another one when that customer was joined into this
    /// one. Wishes are made in its name, and remembered under it.
    pub named: CustomerId,
    /// Who signs in as this customer, and can buy.
    pub person: Option<PersonId>,
    /// What a product calls them.
    pub external_id: Option<String>,
    /// Under which key a product did so first.
    pub naming_key: Option<String>,
    /// Where they read mail, as a product said; nothing once they have an account.
    pub address: Option<String>,
    pub created_at: Time,
}

impl Billing {
    pub async fn customer(&self, id: CustomerId) -> Result<Option<Customer>> {
        customers::find(&mut self.store.read().await?, id).await
    }

    pub async fn customer_by_external_id(&self, external_id: &str) -> Result<Option<Customer>> {
        customers::by_external_id(&mut self.store.read().await?, external_id).await
    }

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
