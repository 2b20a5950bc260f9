//! Every mail that we owe. It is written down in the transaction that causes it, so the cause and
//! its mail happen both or neither; a worker delivers it at least once, and a receiver can tell a
//! repetition by its Message-ID.

mod again;
mod draft;
mod letter;
mod listing;
mod message;
mod post;
mod worker;

pub use again::AgainError;
pub use letter::Letter;
pub use lettre::message::Mailbox;
pub use listing::{Filter, Preview};
pub use post::{NotARelay, Post, Relay};
pub(crate) use worker::run;

use crate::{
    Billing, Result,
    clock::Time,
    id::{CustomerId, MailId, PersonId},
    retry::GIVE_UP_AFTER,
    store::{Tx, outbox, people},
    words::words,
};

/// How mails leave, and what all of them say.
#[derive(Clone, Debug)]
pub struct Settings {
    pub post: Post,
    pub from: Mailbox,
    /// How browsers reach the site, without a slash at the end: links begin with it.
    pub site: String,
}

/// A letter on its way to somebody.
#[derive(Clone, Debug)]
pub struct Mail {
    pub id: MailId,
    pub person: PersonId,
    /// The address, as it was when the mail came to be owed.
    pub email: String,
    pub letter: Letter,
    pub status: MailStatus,
    pub attempts: i64,
    /// Why the last attempt failed.
    pub error: Option<String>,
    pub created_at: Time,
    /// When it is tried again; nothing when it is done.
    pub next_attempt_at: Option<Time>,
    pub give_up_at: Time,
    pub sent_at: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailStatus {
    Owed,
    Sent,
    /// It could not be delivered for days.
    GivenUp,
    /// Nobody is there any more to read it.
    Withdrawn,
}

words!(MailStatus {
    Owed = "owed",
    Sent = "sent",
    GivenUp = "given_up",
    Withdrawn = "withdrawn",
});

/// To whom a letter is owed.
#[derive(Clone, Debug)]
pub enum To {
    Person(PersonId),
    /// Nobody, if the customer has no person: such a one is known to the product alone.
    Customer(CustomerId),
    /// An address that is not, or no longer, the person's.
    Address(PersonId, String),
}

impl From<PersonId> for To {
    fn from(id: PersonId) -> Self {
        Self::Person(id)
    }
}

impl From<CustomerId> for To {
    fn from(id: CustomerId) -> Self {
        Self::Customer(id)
    }
}

/// Owes a letter as part of `tx`. The same cause owes the same person the same letter once: owing
/// it again changes nothing.
pub async fn owe(tx: &mut Tx, to: impl Into<To>, letter: Letter, now: Time) -> Result<()> {
    if outbox::insert(tx, &to.into(), &letter, now, now.plus(GIVE_UP_AFTER)).await? {
        tx.owes_mail();
    }
    Ok(())
}

/// Owes a letter to all who decide about money: owners and admins.
pub async fn owe_staff(tx: &mut Tx, letter: Letter, now: Time) -> Result<()> {
    for person in people::deciders(tx).await? {
        owe(tx, person, letter.clone(), now).await?;
    }
    Ok(())
}

impl Billing {
    /// How many mails wait to be delivered.
    pub async fn outbox_depth(&self) -> Result<i64> {
        outbox::depth(&mut self.store.read().await?).await
    }

    /// Whether mails can leave.
    ///
    /// # Errors
    /// Says why not.
    pub async fn check_post(&self) -> Result<(), String> {
        self.mail.post.check().await
    }
}
