//! How a product names somebody whose credits it will spend.

use super::{Customer, join::join};
use crate::{
    Billing, Error, Result,
    clock::Time,
    id::CustomerId,
    ledger,
    people::normalized,
    store::{self, Tx, customers},
};

/// How a product calls somebody whose credits it will spend.
#[derive(Clone, Debug)]
pub struct Naming {
    pub external_id: String,
    /// Where they read mail, as the product has found out. Who has verified this address here, or will,
    /// is that customer.
    pub email: Option<String>,
    /// Made by the caller before the first try. The same key names once.
    pub key: String,
}

/// Why a product's user was not made a customer.
#[derive(Debug, thiserror::Error)]
pub enum NamingError {
    #[error("that does not look like an email address")]
    Email,
    #[error("this external_id belongs to another customer")]
    AnotherPerson,
    #[error("the customer with this address has another external_id: {0}")]
    AnotherName(String),
    #[error("this key was used for something else")]
    KeyReused,
    #[error(transparent)]
    Other(#[from] Error),
}

impl Billing {
    /// The customer that a product calls so, made when there is none yet. Naming them again changes
    /// nothing, unless their address became another before anybody verified it.
    pub async fn name_customer(&self, naming: Naming) -> Result<Customer, NamingError> {
        match self.try_name(naming.clone()).await {
            // Another server named or joined them at this moment: now the row says so.
            Err(NamingError::Other(Error::Store(error))) if store::is_unique_violation(&error) => {
                self.try_name(naming).await
            }
            Err(NamingError::Other(Error::Busy)) => self.try_name(naming).await,
            named => named,
        }
    }

    async fn try_name(&self, naming: Naming) -> Result<Customer, NamingError> {
        let now = self.clock.now();
        self.store
            .write(move |tx| Box::pin(async move { name(tx, naming, now).await }))
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
    if let Some(before) = before {
        return match before.external_id.as_ref() == Some(&external_id) {
            true => Ok(before),
            false => Err(NamingError::KeyReused),
        };
    }
    let email = email.map(|email| normalized(&email).ok_or(NamingError::Email));
    let email = email.transpose()?;
    let known = customers::by_external_id(tx, &external_id).await?;
    let there = match &email {
        Some(email) => owner_of_address(tx, email).await?,
        None => None,
    };
    let taken = |there: &Customer| there.external_id.clone().map(NamingError::AnotherName);
    match (known, there) {
        // Perhaps another server has joined them since we looked.
        (Some(known), Some(there)) if known.id == there.id => Ok(Customer {
            person: there.person,
            ..known
        }),
        (Some(known), Some(there)) if known.person.is_none() => match taken(&there) {
            Some(taken) => Err(taken),
            None => {
                join(tx, there.id, known.id, now).await?;
                Ok(again(tx, &external_id).await?)
            }
        },
        (Some(_), Some(_)) => Err(NamingError::AnotherPerson),
        // Who has an account says there where they read mail.
        (Some(known), None) if known.person.is_some() || email == known.address => Ok(known),
        (Some(known), None) => {
            if let Some(email) = email {
                customers::set_address(tx, known.id, Some(&email)).await?;
            }
            Ok(known)
        }
        (None, Some(there)) => match taken(&there) {
            Some(taken) => Err(taken),
            None => {
                let named = Customer {
                    external_id: Some(external_id),
                    naming_key: Some(key),
                    ..there
                };
                customers::set_name(tx, &named).await?;
                Ok(named)
            }
        },
        (None, None) => Ok(make(tx, external_id, email, key, now).await?),
    }
}

/// Whose address this is: of who has verified it here, or of who was named with it.
async fn owner_of_address(tx: &mut Tx, email: &str) -> Result<Option<Customer>> {
    match customers::by_verified_address(tx, email).await? {
        Some(verified) => Ok(Some(verified)),
        None => customers::by_address(tx, email).await,
    }
}

async fn again(tx: &mut Tx, external_id: &str) -> Result<Customer> {
    let named = customers::by_external_id(tx, external_id).await?;
    named.ok_or(Error::Broken("a customer that was just named is not there"))
}

async fn make(
    tx: &mut Tx,
    external_id: String,
    address: Option<String>,
    key: String,
    now: Time,
) -> Result<Customer> {
    let id = CustomerId::new();
    let customer = Customer {
        id,
        named: id,
        person: None,
        external_id: Some(external_id),
        naming_key: Some(key),
        address,
        created_at: now,
    };
    customers::insert(tx, &customer).await?;
    ledger::open_accounts(tx, customer.id).await?;
    Ok(customer)
}
