//! A device shows a passkey, for this session.

use serde_json::{Value, json};
use webauthn_rs::prelude::Passkey as Credential;

use super::question::{Question, answer, read, refused, written};
use crate::{
    Billing, Result,
    people::Session,
    staff::{
        FactorError,
        audit_log::{Action, Actor, Deed, SubjectKind},
    },
    store::{passkeys, people},
};

impl Billing {
    /// Asks for any of somebody's passkeys. Answers what the browser gives to the device
    /// (`PublicKeyCredentialRequestOptionsJSON`).
    pub async fn ask_for_passkey(&self, session: &Session) -> Result<Value, FactorError> {
        let library = self.relying_party()?.library();
        let own = passkeys::credentials(&mut self.store.read().await?, session.person.id).await?;
        let own = own.iter().map(|own| read::<Credential>(own));
        let own = own.collect::<Result<Vec<_>>>()?;
        if own.is_empty() {
            return Err(FactorError::Refused);
        }
        let (options, state) = library
            .start_passkey_authentication(&own)
            .map_err(refused)?;
        let (question, session, now) = (Question::Show(state), session.clone(), self.clock.now());
        self.store
            .write(move |tx| Box::pin(async move { question.keep(tx, &session, now).await }))
            .await?;
        Ok(json!(options.public_key))
    }

    /// Takes what a passkey answered, for this session. One whose device counts back may be a copy: it is
    /// refused, and the audit log says so.
    pub async fn give_passkey(
        &self,
        session: &Session,
        answered: &str,
        by: &Actor,
    ) -> Result<(), FactorError> {
        let taken = self.take_passkey(session, answered).await;
        if matches!(taken, Err(FactorError::Copied)) {
            let deed = Deed::new(Action::RefusePasskey, SubjectKind::Staff, session.person.id);
            self.note_deed(by, deed).await?;
        }
        taken
    }

    async fn take_passkey(&self, session: &Session, answered: &str) -> Result<(), FactorError> {
        let Question::Show(state) = self.take_question(session).await? else {
            return Err(FactorError::NotAsked);
        };
        let library = self.relying_party()?.library();
        let shown = library
            .finish_passkey_authentication(&answer(answered)?, &state)
            .map_err(refused)?;
        let (session, now) = (session.clone(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    // It may have been removed since it was asked for, and used in another session.
                    let person = session.person.id;
                    let found = passkeys::by_credential(tx, person, shown.cred_id()).await?;
                    let (id, credential) = found.ok_or(FactorError::Refused)?;
                    let mut credential: Credential = read(&credential)?;
                    credential.update_credential(&shown);
                    let (credential, uses) = (written(&credential)?, shown.counter().into());
                    if !passkeys::used(tx, id, &credential, uses, now).await? {
                        return Err(FactorError::Copied);
                    }
                    Ok(people::second_factor_given(tx, session.id, now).await?)
                })
            })
            .await
    }
}
