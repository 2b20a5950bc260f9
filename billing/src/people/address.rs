//! The address of a person: verified by a link that comes to it, and changed the same way.

use super::{Person, Purpose, normalized, proof};
use crate::{
    Billing, Error, Result,
    customer::join_verified,
    duty,
    mail::{self, Letter, To},
    secret::Secret,
    store::{Tx, is_unique_violation, people, proofs},
};

/// Why an address stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    #[error("That does not look like an email address.")]
    Email,
    #[error("That is your address already.")]
    Same,
    #[error("There is an account with that address already.")]
    Taken,
    #[error("That is not your password.")]
    Password,
    /// The link has expired, or was used before.
    #[error("This link has expired or was used already.")]
    Gone,
    #[error(transparent)]
    Other(#[from] Error),
}

/// Whether an address became the person's, or was theirs and is now known to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmed {
    Verified(String),
    Changed(String),
}

impl Billing {
    /// Sends the link that verifies the present address once more.
    pub async fn ask_to_verify(&self, person: &Person) -> Result<()> {
        let (person, now) = (person.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let (proof, token) =
                        proof::issue(tx, person.id, Purpose::Address, &person.email, now).await?;
                    let letter = Letter::VerifyAddress { proof, token };
                    mail::owe(tx, person.id, letter, now).await
                })
            })
            .await
    }

    /// Asks a new address whether it is the person's; the present one hears of it. Nothing changes
    /// until the new one confirms.
    pub async fn change_address(
        &self,
        person: &Person,
        password: &str,
        email: &str,
    ) -> Result<(), AddressError> {
        let email = normalized(email).ok_or(AddressError::Email)?;
        if email == person.email {
            return Err(AddressError::Same);
        }
        self.knows_password(person.id, password)
            .await?
            .ok_or(AddressError::Password)?;
        let taken = people::by_email(&mut self.store.read().await?, &email).await?;
        if taken.is_some() {
            return Err(AddressError::Taken);
        }
        let (person, now) = (person.id, self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let (proof, token) =
                        proof::issue(tx, person, Purpose::Address, &email, now).await?;
                    let left = Letter::AddressLeft {
                        proof,
                        new_email: email.clone(),
                    };
                    mail::owe(tx, person, left, now).await?;
                    let letter = Letter::AddressChange { proof, token };
                    Ok(mail::owe(tx, To::Address(person, email), letter, now).await?)
                })
            })
            .await
    }

    /// The secret came back: the address to which it was sent is the person's.
    pub async fn confirm_address(&self, secret: &str) -> Result<Confirmed, AddressError> {
        let (hash, now) = (Secret::from(secret).hash(), self.clock.now());
        let confirmed = self.store.write(move |tx| {
            Box::pin(async move {
                let proof = proofs::take(tx, hash, Purpose::Address, now).await?;
                let proof = proof.ok_or(AddressError::Gone)?;
                let before = people::address(tx, proof.person).await?;
                let before = before.ok_or(AddressError::Gone)?;
                set_address(tx, &proof, now).await?;
                join_verified(tx, proof.person, &proof.email, now).await?;
                if before == proof.email {
                    return Ok(Confirmed::Verified(proof.email));
                }
                proofs::end_elsewhere(tx, proof.person, now).await?;
                if let Some(customer) = people::customer_of(tx, proof.person).await? {
                    duty::owe_customer(tx, customer, now).await?;
                }
                Ok(Confirmed::Changed(proof.email))
            })
        });
        confirmed.await
    }
}

async fn set_address(
    tx: &mut Tx,
    proof: &super::Proof,
    now: crate::clock::Time,
) -> Result<(), AddressError> {
    match people::set_address(tx, proof.person, &proof.email, now).await {
        // Somebody else took it while the letter was on its way.
        Err(Error::Store(error)) if is_unique_violation(&error) => Err(AddressError::Taken),
        done => Ok(done?),
    }
}
