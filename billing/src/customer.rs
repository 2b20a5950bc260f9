//! Who owns credits: somebody who signs in, a user of a product, or both; and who that is at the
//! gateway.

use crate::{
    Billing, Error, Result,
    clock::Time,
    gateway::stripe,
    id::{CustomerId, PersonId},
    ledger,
    people::normalized,
    store::{self, Tx, customers, gateway_customers, people},
};

/// Who owns credits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    pub id: CustomerId,
    /// Who signs in as this customer, and can buy.
    pub person: Option<PersonId>,
    /// What a product calls them.
    pub external_id: Option<String>,
    /// Under which key a product did so first.
    pub naming_key: Option<String>,
    pub created_at: Time,
}

/// How a product calls somebody whose credits it will spend.
#[derive(Clone, Debug)]
pub struct Naming {
    pub external_id: String,
    /// The verified address of somebody who has an account here: then it is their customer.
    pub email: Option<String>,
    /// Made by the caller before the first try. The same key names once.
    pub key: String,
}

/// Why a product's user was not made a customer.
#[derive(Debug, thiserror::Error)]
pub enum NamingError {
    #[error("nobody with this address has an account here and has verified it")]
    NobodyThere,
    #[error("this external_id belongs to another customer")]
    AnotherPerson,
    #[error("the account with this address has another external_id: {0}")]
    AnotherName(String),
    #[error("this key was used for something else")]
    KeyReused,
    #[error(transparent)]
    Other(#[from] Error),
}

impl Billing {
    /// The customer that a product calls so, made when there is none yet. Naming them again changes
    /// nothing.
    pub async fn name_customer(&self, naming: Naming) -> Result<Customer, NamingError> {
        match self.try_name(naming.clone()).await {
            // Another server named them at this moment: now the row is there.
            Err(NamingError::Other(Error::Store(error))) if store::is_unique_violation(&error) => {
                self.try_name(naming).await
            }
            named => named,
        }
    }

    async fn try_name(&self, naming: Naming) -> Result<Customer, NamingError> {
        let now = self.clock.now();
        self.store
            .write(move |tx| Box::pin(async move { name(tx, naming, now).await }))
            .await
    }

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

async fn name(tx: &mut Tx, naming: Naming, now: Time) -> Result<Customer, NamingError> {
    let Naming {
        external_id,
        email,
        key,
    } = naming;
    let before = customers::by_naming_key(tx, &key).await?;
    if before.is_some_and(|before| before.external_id.as_ref() != Some(&external_id)) {
        return Err(NamingError::KeyReused);
    }
    let known = customers::by_external_id(tx, &external_id).await?;
    let Some(email) = email else {
        return match known {
            Some(known) => Ok(known),
            None => Ok(make(tx, external_id, key, now).await?),
        };
    };
    let email = normalized(&email).ok_or(NamingError::NobodyThere)?;
    let there = customers::by_verified_address(tx, &email).await?;
    let there = there.ok_or(NamingError::NobodyThere)?;
    match (known, &there.external_id) {
        (Some(known), _) if known.id == there.id => Ok(known),
        (Some(_), _) => Err(NamingError::AnotherPerson),
        (None, Some(name)) => Err(NamingError::AnotherName(name.clone())),
        (None, None) => {
            let named = Customer {
                external_id: Some(external_id),
                naming_key: Some(key),
                ..there
            };
            customers::set_name(tx, &named).await?;
            Ok(named)
        }
    }
}

async fn make(tx: &mut Tx, external_id: String, key: String, now: Time) -> Result<Customer> {
    let customer = Customer {
        id: CustomerId::new(),
        person: None,
        external_id: Some(external_id),
        naming_key: Some(key),
        created_at: now,
    };
    customers::insert(tx, &customer).await?;
    ledger::open_accounts(tx, customer.id).await?;
    Ok(customer)
}
