//! A device makes a passkey, and it becomes somebody's.

use serde_json::{Value, json};
use webauthn_rs::prelude::Passkey as Credential;

use super::{
    Passkey, named,
    question::{Question, answer, read, refused, written},
};
use crate::{
    Billing, Result,
    id::PasskeyId,
    mail::{self, Letter},
    people::Session,
    staff::{
        FactorError, RecoveryCode,
        audit_log::{self, Action, Actor, Deed, SubjectKind},
        second_factor::{may_change, new_recovery_codes},
    },
    store::{passkeys, people},
};

impl Billing {
    /// Asks for a passkey to be made that will be called so. Answers what the browser gives to the device
    /// (`PublicKeyCredentialCreationOptionsJSON`).
    pub async fn offer_passkey(&self, session: &Session, name: &str) -> Result<Value, FactorError> {
        named(name)?;
        let library = self.relying_party()?.library();
        let known = passkeys::credentials(&mut self.store.read().await?, session.person.id).await?;
        let known = known
            .iter()
            .map(|known| Ok(read::<Credential>(known)?.cred_id().clone()))
            .collect::<Result<Vec<_>>>()?;
        let (id, email) = (session.person.id.0, &session.person.email);
        let (options, state) = library
            .start_passkey_registration(id, email, email, Some(known))
            .map_err(refused)?;
        let (question, session, now) = (Question::Make(state), session.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    may_change(tx, &session, now).await?;
                    Ok::<_, FactorError>(question.keep(tx, &session, now).await?)
                })
            })
            .await?;
        Ok(json!(options.public_key))
    }

    /// The device has made one: from now on it counts. Whoever has had no second factor gets recovery
    /// codes with it.
    pub async fn add_passkey(
        &self,
        session: &Session,
        name: &str,
        answered: &str,
        by: &Actor,
    ) -> Result<Vec<RecoveryCode>, FactorError> {
        let name = named(name)?;
        let Question::Make(state) = self.take_question(session).await? else {
            return Err(FactorError::NotAsked);
        };
        let library = self.relying_party()?.library();
        let credential = library
            .finish_passkey_registration(&answer(answered)?, &state)
            .map_err(refused)?;
        let (session, by, now) = (session.clone(), by.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let person = session.person.id;
                    let before = may_change(tx, &session, now).await?;
                    let passkey = Passkey {
                        id: PasskeyId::new(),
                        name,
                        added_at: now,
                        last_used_at: None,
                    };
                    let (id, text) = (credential.cred_id(), written(&credential)?);
                    if !passkeys::insert(tx, person, &passkey, id, &text).await? {
                        return Err(FactorError::Known);
                    }
                    people::second_factor_given(tx, session.id, now).await?;
                    let deed = Deed::new(Action::AddPasskey, SubjectKind::Staff, person)
                        .after(json!({ "name": passkey.name }));
                    audit_log::record(tx, &by, &deed, now).await?;
                    let letter = Letter::PasskeyAdded {
                        passkey: passkey.id,
                        name: passkey.name,
                        at: now,
                    };
                    mail::owe(tx, person, letter, now).await?;
                    match before.factors() {
                        0 => Ok(new_recovery_codes(tx, person).await?),
                        _ => Ok(Vec::new()),
                    }
                })
            })
            .await
    }
}
