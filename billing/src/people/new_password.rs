//! A new password: for who knows the old one, and for who reads the person's mail.

use super::{AddressError, Person, Purpose, Session, normalized, password, proof};
use crate::{
    Billing, Error, Result,
    clock::Time,
    customer::join_verified,
    id::PersonId,
    mail::{self, Letter},
    secret::Secret,
    store::{Tx, people, proofs},
};

/// Why a password stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("That is not your password.")]
    Wrong,
    /// The link has expired, or was used before.
    #[error("This link has expired or was used already.")]
    Gone,
    #[error("{0}")]
    Refused(password::Refused),
    #[error(transparent)]
    Other(#[from] Error),
}

impl Billing {
    /// Changes the password of who is signed in and knows the old one. Everybody else is signed
    /// out, and links that were sent for a new password or another address are void.
    pub async fn change_password(
        &self,
        session: &Session,
        old: &str,
        new: &str,
    ) -> Result<(), PasswordError> {
        let person = session.person.id;
        password::check(new, &session.person.email).map_err(PasswordError::Refused)?;
        let old_hash = self.knows_password(person, old).await?;
        let old_hash = old_hash.ok_or(PasswordError::Wrong)?;
        let hash = self.passwords.hash(new.to_owned()).await?;
        let (here, now) = (session.id, self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    if !people::replace_password(tx, person, &old_hash, &hash).await? {
                        return Err(PasswordError::Wrong);
                    }
                    people::delete_other_sessions(tx, person, here).await?;
                    Ok(changed(tx, person, now).await?)
                })
            })
            .await
    }

    /// Sends a link with which a new password can be set, if there is such a person. The answer
    /// and the time it takes are the same if not: the letter is written after it.
    pub async fn forgot_password(&self, email: &str) -> Result<(), AddressError> {
        let email = normalized(email).ok_or(AddressError::Email)?;
        let mut conn = self.store.read().await?;
        let found = people::by_email(&mut conn, &email).await?;
        if let Some(row) = found {
            let billing = self.clone();
            self.tasks.spawn(async move {
                let person = Person::from(row);
                if let Err(error) = billing.send_reset(&person).await {
                    tracing::error!(person = %person.id, %error, "cannot send a link to reset");
                }
            });
        }
        Ok(())
    }

    async fn send_reset(&self, person: &Person) -> Result<()> {
        let (person, now) = (person.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let (proof, token) =
                        proof::issue(tx, person.id, Purpose::Password, &person.email, now).await?;
                    let letter = Letter::ResetPassword { proof, token };
                    mail::owe(tx, person.id, letter, now).await
                })
            })
            .await
    }

    /// The secret came back: a new password is set, and everybody is signed out. Who reads the mail
    /// of the address has verified it, too.
    pub async fn reset_password(&self, secret: &str, new: &str) -> Result<(), PasswordError> {
        let proof = self.proof(secret, Purpose::Password).await?;
        let proof = proof.ok_or(PasswordError::Gone)?;
        password::check(new, &proof.email).map_err(PasswordError::Refused)?;
        let hash = self.passwords.hash(new.to_owned()).await?;
        let (secret, now) = (Secret::from(secret).hash(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let proof = proofs::take(tx, secret, Purpose::Password, now).await?;
                    let proof = proof.ok_or(PasswordError::Gone)?;
                    let person = proof.person;
                    if !people::reset_password(tx, person, &proof.email, &hash, now).await? {
                        return Err(PasswordError::Gone);
                    }
                    join_verified(tx, person, &proof.email, now).await?;
                    people::delete_sessions(tx, person).await?;
                    Ok(changed(tx, person, now).await?)
                })
            })
            .await
    }

    /// The stored hash, if this is the person's password.
    pub(super) async fn knows_password(
        &self,
        person: PersonId,
        password: &str,
    ) -> Result<Option<String>> {
        let hash = people::password_hash(&mut self.store.read().await?, person).await?;
        let same = self
            .passwords
            .verify(password.to_owned(), hash.clone())
            .await?;
        Ok(hash.filter(|_| same))
    }
}

/// What every new password brings with it.
async fn changed(tx: &mut Tx, person: PersonId, now: Time) -> Result<()> {
    proofs::end_for_password(tx, person, now).await?;
    proofs::end_elsewhere(tx, person, now).await?;
    mail::owe(tx, person, Letter::PasswordChanged { at: now }, now).await
}
