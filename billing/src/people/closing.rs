//! Closing an account: the person's data goes, the books stay.

use super::Session;
use crate::{
    Billing, Error, Result, card,
    clock::Time,
    duty,
    id::CustomerId,
    mail::{self, Letter, MailStatus, To},
    staff::proposals,
    store::{Tx, notes, orders, outbox, people, proofs, validations, views},
};

/// Why an account stays open.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    #[error("That is not your password.")]
    Password,
    #[error("{0}")]
    Unfinished(Unfinished),
    #[error(transparent)]
    Other(#[from] Error),
}

/// What must be over before an account can be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfinished {
    #[error("An order of yours is open. Pay it or cancel it first.")]
    Order,
    #[error("Your plan goes on. Cancel it first, and pay what it owes.")]
    Plan,
    #[error("Money is on its way back to you, or a bank decides about it. Please wait for that.")]
    MoneyBack,
    #[error("A payment of yours is being checked by us. Please wait until that is done.")]
    Review,
}

impl Billing {
    /// Closes the account of a customer: signs out everywhere, and removes what is known about the
    /// person. What the ledger says stays, without a name.
    pub async fn close_account(&self, session: &Session, password: &str) -> Result<(), CloseError> {
        let person = session.person.clone();
        self.knows_password(person.id, password)
            .await?
            .ok_or(CloseError::Password)?;
        let now = self.clock.now();
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    // Whoever settles one holds it before its person.
                    if let Some(customer) = person.customer {
                        validations::cut_short(tx, customer, now).await?;
                    }
                    people::lock(tx, person.id).await?;
                    if let Some(customer) = person.customer {
                        if let Some(unfinished) = orders::unfinished(tx, customer).await? {
                            return Err(CloseError::Unfinished(unfinished));
                        }
                        forget_customer(tx, customer, now).await?;
                    }
                    people::delete_sessions(tx, person.id).await?;
                    proofs::delete_all(tx, person.id).await?;
                    for mail in outbox::of_person(tx, person.id).await? {
                        if mail.status == MailStatus::Owed {
                            outbox::withdraw(tx, mail.id, &mail.letter.kept()).await?;
                        }
                    }
                    outbox::forget(tx, person.id).await?;
                    people::forget(tx, person.id, now).await?;
                    let letter = Letter::AccountClosed { at: now };
                    let to = To::Address(person.id, person.email);
                    Ok(mail::owe(tx, to, letter, now).await?)
                })
            })
            .await
    }
}

/// What hangs on the customer goes here at once, and at the gateway as soon as it has heard. What a
/// bank is still asked for is left to the sweeper, which gives it up there first.
async fn forget_customer(tx: &mut Tx, customer: CustomerId, now: Time) -> Result<()> {
    card::forget_all(tx, customer, now).await?;
    notes::forget(tx, customer).await?;
    views::forget(tx, customer).await?;
    proposals::end_of_customer(tx, customer, now).await?;
    people::forget_customer(tx, customer).await?;
    duty::owe_customer(tx, customer, now).await
}
