//! What staff see of mails.

use super::{Mail, MailStatus, draft::draft, message::html};
use crate::{
    Billing, Result,
    clock::Time,
    id::MailId,
    staff::{Cursor, Part, Rows},
    store::outbox,
};

/// Which mails are wanted; all of what is said must be true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub status: Option<MailStatus>,
    /// The name of a letter.
    pub letter: Option<String>,
    /// The address, all of it.
    pub email: Option<String>,
    pub from: Option<Time>,
    pub to: Option<Time>,
}

/// A mail as its reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub subject: String,
    /// A whole document.
    pub html: String,
}

impl Billing {
    /// Mails by the time at which they came to be owed.
    pub async fn mails(&self, filter: &Filter, part: Part) -> Result<Rows<Mail>> {
        let mails = outbox::part(&mut self.store.read().await?, filter, part).await?;
        Ok(part.rows(mails, |mail| Cursor {
            key: mail.created_at.0,
            id: mail.id.0,
        }))
    }

    pub async fn mail(&self, id: MailId) -> Result<Option<Mail>> {
        outbox::find(&mut self.store.read().await?, id).await
    }

    /// What a mail says, with other words in place of its secrets: they are its reader's alone.
    pub fn preview(&self, mail: &Mail) -> Preview {
        let draft = draft(&mail.letter.clone().masked());
        Preview {
            html: html(&draft, &self.mail.site),
            subject: draft.subject,
        }
    }
}
