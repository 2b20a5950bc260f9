//! Who signs in: customers in a browser and staff.

mod address;
mod closing;
mod export;
mod new_password;
pub mod password;
mod proof;
pub(crate) mod session;

pub use address::{AddressError, Confirmed};
pub use closing::{CloseError, Unfinished};
pub use new_password::PasswordError;
pub use proof::{Proof, Purpose};
pub(crate) use proof::{issue, issue_invitation};
pub use session::ABSOLUTE as SESSION_LIFETIME;

use serde_json::json;

use crate::{
    Billing, Error, Result,
    clock::Time,
    customer::Customer,
    id::{CustomerId, PersonId, SessionId},
    ledger,
    mail::{self, Letter},
    secret::Secret,
    staff::audit_log::{self, Action, Actor, Deed, SubjectKind},
    store,
    words::words,
};

/// Who signs in. A customer's person owns a customer; a member of staff has a role.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub id: PersonId,
    /// In lower case.
    pub email: String,
    pub role: Option<Role>,
    pub customer: Option<CustomerId>,
    /// When it was proven that they read the mail of that address.
    pub verified_at: Option<Time>,
}

/// What a member of staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Viewer,
    Support,
    Admin,
    Owner,
}

words!(Role { Viewer = "viewer", Support = "support", Admin = "admin", Owner = "owner" });

/// One browser in which a person is signed in.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub person: Person,
    /// What the browser called itself when it signed in.
    pub user_agent: String,
    pub created_at: Time,
    pub last_seen_at: Time,
    /// When a member of staff gave their second factor in it, last.
    pub second_factor_at: Option<Time>,
}

/// Why nobody was signed up.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    #[error("That does not look like an email address.")]
    Email,
    #[error("There is an account with that address already.")]
    Taken,
    #[error("{0}")]
    Password(password::Refused),
    #[error(transparent)]
    Other(#[from] Error),
}

impl Billing {
    /// Makes a customer, welcomes them by mail and signs them in.
    pub async fn sign_up(
        &self,
        email: &str,
        password: &str,
        user_agent: &str,
    ) -> Result<Secret, SignUpError> {
        let customer = CustomerId::new();
        let (person, hash) = self
            .add_person(email, password, None, Some(customer))
            .await?;
        let begun = self.begin_session(person, hash, user_agent).await?;
        Ok(begun.ok_or(Error::Busy)?)
    }

    /// Makes a member of staff, who owns no credits.
    pub async fn add_staff(
        &self,
        email: &str,
        password: &str,
        role: Role,
        by: Actor,
    ) -> Result<Person, SignUpError> {
        let added = self.add_person(email, password, Some((role, by)), None);
        added.await.map(|(person, _)| person)
    }

    /// Answers the hash of the password, too.
    async fn add_person(
        &self,
        email: &str,
        password: &str,
        staff: Option<(Role, Actor)>,
        customer: Option<CustomerId>,
    ) -> Result<(Person, String), SignUpError> {
        let email = normalized(email).ok_or(SignUpError::Email)?;
        password::check(password, &email).map_err(SignUpError::Password)?;
        let password_hash = self.passwords.hash(password.to_owned()).await?;
        let person = Person {
            id: PersonId::new(),
            email,
            role: staff.as_ref().map(|(role, _)| *role),
            customer,
            verified_at: None,
        };
        let now = self.clock.now();
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    if !store::people::insert(tx, &person, &password_hash, now).await? {
                        return Err(SignUpError::Taken);
                    }
                    if let Some((role, by)) = staff {
                        let deed = Deed::new(Action::AddStaff, SubjectKind::Staff, person.id)
                            .after(json!({ "email": person.email, "role": role.as_str() }));
                        audit_log::record(tx, &by, &deed, now).await?;
                    }
                    if let Some(customer) = person.customer {
                        let customer = Customer {
                            id: customer,
                            named: customer,
                            person: Some(person.id),
                            external_id: None,
                            naming_key: None,
                            address: None,
                            created_at: now,
                        };
                        store::customers::insert(tx, &customer).await?;
                        ledger::open_accounts(tx, customer.id).await?;
                        let (proof, token) =
                            proof::issue(tx, person.id, Purpose::Address, &person.email, now)
                                .await?;
                        mail::owe(tx, person.id, Letter::Welcome { proof, token }, now).await?;
                    }
                    Ok((person, password_hash))
                })
            })
            .await
    }

    /// Signs in, if address and password belong together. An unknown address takes as long as a
    /// wrong password, and looks the same.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        user_agent: &str,
    ) -> Result<Option<Secret>> {
        let found = match normalized(email) {
            Some(email) => store::people::by_email(&mut self.store.read().await?, &email).await?,
            None => None,
        };
        let hash = found.as_ref().map(|row| row.password_hash.clone());
        let same = self
            .passwords
            .verify(password.to_owned(), hash.clone())
            .await?;
        match found.zip(hash) {
            Some((row, hash)) if same => self.begin_session(row.into(), hash, user_agent).await,
            _ => Ok(None),
        }
    }
}

/// An address as we keep it, or nothing when it cannot be one. Whether mail arrives there is found
/// out by sending some, not by looking at it.
pub(crate) fn normalized(email: &str) -> Option<String> {
    let email = email.trim().to_lowercase();
    let (name, host) = email.rsplit_once('@')?;
    let plausible = !name.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && email.len() <= 254
        && !email.chars().any(|c| c.is_whitespace() || c.is_control())
        && email.parse::<lettre::Address>().is_ok();
    plausible.then_some(email)
}

#[cfg(test)]
mod tests {
    use super::normalized;

    #[test]
    fn addresses_are_kept_in_lower_case() {
        assert_eq!(
            normalized("  Ann@Shop.Example "),
            Some("ann@shop.example".into())
        );
        for wrong in [
            "",
            "ann",
            "ann@",
            "@shop.example",
            "ann@shop",
            "a nn@shop.example",
            "ann@bob@shop.example",
            "ann@-.example",
        ] {
            assert_eq!(normalized(wrong), None, "{wrong}");
        }
    }
}
