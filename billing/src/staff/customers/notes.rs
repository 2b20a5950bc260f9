//! What staff write down about a customer, for each other.

use super::super::{
    Permission,
    audit_log::{self, Action, Actor, Deed, SubjectKind},
};
use crate::{
    Billing, Error, Result,
    clock::Time,
    id::{CustomerId, NoteId},
    store::notes,
};

/// A note about a customer. It is never changed, and goes when the account is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub id: NoteId,
    /// Who wrote it: their address at that time.
    pub by: String,
    pub text: String,
    pub at: Time,
}

/// Nobody reads a longer one.
pub const LONGEST: usize = 2000;

#[derive(Debug, thiserror::Error)]
pub enum NoteError {
    #[error("your role does not allow this")]
    Forbidden,
    #[error("Write something, of at most {LONGEST} characters.")]
    Text,
    #[error(transparent)]
    Other(#[from] Error),
}

impl Billing {
    /// Writes a note. The same key writes once.
    pub async fn note(
        &self,
        customer: CustomerId,
        text: &str,
        key: &str,
        by: &Actor,
    ) -> Result<(), NoteError> {
        let person = by.person.filter(|_| by.may(Permission::Help));
        let person = person.ok_or(NoteError::Forbidden)?;
        let text = text.trim();
        if text.is_empty() || text.chars().count() > LONGEST {
            return Err(NoteError::Text);
        }
        let now = self.clock.now();
        let note = Note {
            id: NoteId::new(),
            by: by.name.clone(),
            text: text.to_owned(),
            at: now,
        };
        let (by, key) = (by.clone(), key.to_owned());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    if notes::insert(tx, customer, &key, person, &note).await? {
                        // The text stays out of the log, from which nothing is ever taken.
                        let deed = Deed::new(Action::Note, SubjectKind::Customer, customer);
                        audit_log::record(tx, &by, &deed.of(customer), now).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
