//! Staff send a mail once more.

use serde_json::json;

use super::{Letter, Mail, MailStatus};
use crate::{
    Billing, Error, Result,
    clock::Time,
    id::MailId,
    people::{self, Purpose},
    retry::GIVE_UP_AFTER,
    staff::audit_log::{self, Action, Actor, Deed, SubjectKind},
    store::{Tx, outbox},
};

#[derive(Debug, thiserror::Error)]
pub enum AgainError {
    #[error("there is no such mail")]
    Missing,
    #[error("nobody is there any more to read it")]
    NobodyThere,
    /// What it said is not kept, or would not be so any more.
    #[error("what it said is void by now: the customer asks for it again at their account")]
    Void,
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<sqlx::Error> for AgainError {
    fn from(error: sqlx::Error) -> Self {
        Self::Other(error.into())
    }
}

impl Billing {
    /// Sends a mail once more, to where its reader has mail now, as a mail of its own with this id: the
    /// same id again changes nothing. One that is still owed is tried at once instead. A link that was
    /// for one use is replaced by a new one. Answers which mail it is now.
    pub async fn send_mail_again(
        &self,
        id: MailId,
        copy: MailId,
        by: &Actor,
    ) -> Result<MailId, AgainError> {
        let (by, now) = (by.clone(), self.clock.now());
        let sent = self.store.write(move |tx| {
            Box::pin(async move {
                let mail = outbox::find(tx, id).await?.ok_or(AgainError::Missing)?;
                let sent_as = match mail.status {
                    MailStatus::Owed => outbox::try_now(tx, id, now).await.map(|()| id)?,
                    MailStatus::Withdrawn => return Err(AgainError::NobodyThere),
                    MailStatus::Sent | MailStatus::GivenUp => {
                        if !copy_of(tx, &mail, copy, now).await? {
                            return Ok(copy);
                        }
                        copy
                    }
                };
                tx.owes_mail();
                let deed = Deed::new(Action::SendMailAgain, SubjectKind::Mail, id)
                    .before(json!({ "status": mail.status.as_str() }))
                    .after(json!({ "mail": sent_as, "letter": mail.letter.name() }));
                audit_log::record(tx, &by, &deed, now).await?;
                Ok(sent_as)
            })
        });
        sent.await
    }
}

/// Owes what the mail said as a new mail. Answers whether this call did.
async fn copy_of(tx: &mut Tx, mail: &Mail, copy: MailId, now: Time) -> Result<bool, AgainError> {
    if outbox::find(tx, copy).await?.is_some() {
        return Ok(false);
    }
    let email = crate::store::people::address(tx, mail.person).await?;
    let email = email.ok_or(AgainError::NobodyThere)?;
    let letter = match &mail.letter {
        Letter::Welcome { .. } | Letter::VerifyAddress { .. } => {
            let person = mail.person;
            let (proof, token) = people::issue(tx, person, Purpose::Address, &email, now).await?;
            Letter::VerifyAddress { proof, token }
        }
        Letter::ResetPassword { .. } => {
            let person = mail.person;
            let (proof, token) = people::issue(tx, person, Purpose::Password, &email, now).await?;
            Letter::ResetPassword { proof, token }
        }
        Letter::StaffInvited { .. } => {
            let (proof, token) = people::issue_invitation(tx, mail.person, &email, now).await?;
            Letter::StaffInvited { proof, token }
        }
        Letter::AddressChange { .. } | Letter::AddressLeft { .. } => return Err(AgainError::Void),
        said => said.clone(),
    };
    let give_up_at = now.plus(GIVE_UP_AFTER);
    outbox::insert_again(tx, mail, copy, &email, &letter, now, give_up_at).await?;
    Ok(true)
}
