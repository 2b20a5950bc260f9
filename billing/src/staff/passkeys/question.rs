//! What a passkey is asked: kept with the session in which it was, until it is answered or minutes are
//! over. It is kept in the database, because another server may get the answer.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::{PasskeyAuthentication, PasskeyRegistration, WebauthnError};

use super::RelyingParty;
use crate::{
    Billing, Error, Result,
    clock::Time,
    people::Session,
    staff::FactorError,
    store::{Tx, passkeys},
};

/// As long as the browser is told to wait for somebody to find their device.
const ANSWER_WITHIN: Duration = webauthn_rs::DEFAULT_AUTHENTICATOR_TIMEOUT;

/// What is remembered of a question.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum Question {
    /// To make a passkey.
    Make(PasskeyRegistration),
    /// To show one.
    Show(PasskeyAuthentication),
}

impl Question {
    /// Keeps it as the one that is open in this session.
    pub(super) async fn keep(&self, tx: &mut Tx, session: &Session, now: Time) -> Result<()> {
        passkeys::ask(tx, session.id, &written(self)?, now).await
    }
}

impl Billing {
    /// The question that was asked in this session. Whatever its answer is worth, there is no second one.
    pub(super) async fn take_question(&self, session: &Session) -> Result<Question, FactorError> {
        let (session, now) = (session.id, self.clock.now());
        let question = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    passkeys::take_question(tx, session, now.minus(ANSWER_WITHIN)).await
                })
            })
            .await?;
        Ok(read(&question.ok_or(FactorError::NotAsked)?)?)
    }

    pub(super) fn relying_party(&self) -> Result<&RelyingParty, FactorError> {
        self.relying_party.as_ref().ok_or(FactorError::Nowhere)
    }
}

/// What is the library's, as text.
pub(super) fn written(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|_| Error::Broken("a passkey cannot be written"))
}

pub(super) fn read<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| Error::Broken("a passkey cannot be read"))
}

/// An answer as the browser gave it.
pub(super) fn answer<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, FactorError> {
    serde_json::from_str(text).map_err(|_| FactorError::Refused)
}

/// What the library has against an answer, as its sender is told.
pub(super) fn refused(error: WebauthnError) -> FactorError {
    tracing::warn!(%error, "an answer of a passkey is refused");
    match error {
        WebauthnError::CredentialPossibleCompromise => FactorError::Copied,
        WebauthnError::UserNotVerified => FactorError::NotVerified,
        _ => FactorError::Refused,
    }
}
