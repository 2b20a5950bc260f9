//! Passkeys: what a device keeps for this site and shows to no other, after a finger, a face or a PIN.
//! It answers a question that was asked in one session, once. What an answer must be is known by the
//! library; here is who was asked, and what follows.

mod add;
mod give;
mod question;
mod relying_party;

use serde_json::json;

use super::{
    FactorError,
    audit_log::{self, Action, Actor, Deed, SubjectKind},
    second_factor::may_change,
};
use crate::{
    Billing, Result,
    clock::Time,
    id::{PasskeyId, PersonId},
    mail::{self, Letter},
    people::Session,
    store::passkeys,
};
pub(crate) use relying_party::RelyingParty;

/// What is known of a passkey; not the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    pub id: PasskeyId,
    /// What its owner calls it: `Laptop`.
    pub name: String,
    pub added_at: Time,
    /// None, if it never was.
    pub last_used_at: Option<Time>,
}

/// The longest name.
const NAME_CHARS: usize = 60;

impl Billing {
    /// Where passkeys of this site answer: `https://shop.example`. None where they cannot be.
    pub fn passkey_origin(&self) -> Option<&str> {
        self.relying_party.as_ref().map(RelyingParty::origin)
    }

    /// All that somebody has, the oldest first.
    pub async fn passkeys(&self, person: PersonId) -> Result<Vec<Passkey>> {
        passkeys::all(&mut self.store.read().await?, person).await
    }

    /// One of somebody's own.
    pub async fn passkey(&self, person: PersonId, id: PasskeyId) -> Result<Option<Passkey>> {
        passkeys::find(&mut self.store.read().await?, person, id).await
    }

    /// Calls a passkey otherwise.
    pub async fn rename_passkey(
        &self,
        session: &Session,
        id: PasskeyId,
        name: &str,
        by: &Actor,
    ) -> Result<(), FactorError> {
        let (person, name) = (session.person.id, named(name)?);
        let (by, now) = (by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let before = passkeys::find(tx, person, id).await?;
                    let before = before.ok_or(FactorError::Unknown)?;
                    passkeys::rename(tx, id, &name).await?;
                    let deed = Deed::new(Action::RenamePasskey, SubjectKind::Staff, person)
                        .before(json!({ "name": before.name }))
                        .after(json!({ "name": name }));
                    Ok(audit_log::record(tx, &by, &deed, now).await?)
                })
            })
            .await
    }

    /// From now on it lets nobody in. The last factor stays.
    pub async fn remove_passkey(
        &self,
        session: &Session,
        id: PasskeyId,
        by: &Actor,
    ) -> Result<(), FactorError> {
        let (session, by, now) = (session.clone(), by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let person = session.person.id;
                    let standing = may_change(tx, &session, now).await?;
                    let Passkey { name, .. } = passkeys::find(tx, person, id)
                        .await?
                        .ok_or(FactorError::Unknown)?;
                    if standing.factors() == 1 {
                        return Err(FactorError::Last);
                    }
                    passkeys::remove(tx, id).await?;
                    let deed = Deed::new(Action::RemovePasskey, SubjectKind::Staff, person)
                        .before(json!({ "name": name }));
                    audit_log::record(tx, &by, &deed, now).await?;
                    let letter = Letter::PasskeyRemoved {
                        passkey: id,
                        name,
                        at: now,
                    };
                    Ok(mail::owe(tx, person, letter, now).await?)
                })
            })
            .await
    }
}

/// A name as it is kept.
fn named(name: &str) -> Result<String, FactorError> {
    let name = name.trim();
    match (1..=NAME_CHARS).contains(&name.chars().count()) {
        true => Ok(name.to_owned()),
        false => Err(FactorError::Name),
    }
}
