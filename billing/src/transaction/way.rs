//! The way in which a transaction is paid, when there is more than one.

use super::{State, Transaction};
use crate::clock::Time;

/// Card fields on our page, or the gateway's own page. A customer may go from one to the other and
/// back: each turn takes the next number, and only payments of the last one count. So fields are
/// even and pages are odd, and no number comes twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct Way(pub i64);

impl Way {
    /// Whether it leads over the gateway's own page.
    pub fn is_page(self) -> bool {
        self.0 % 2 == 1
    }

    pub(crate) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl Transaction {
    /// Whether a customer may still pay it, in this way or in another.
    pub fn is_payable(&self) -> bool {
        let waits = matches!(
            self.state,
            State::Created | State::RequiresAction | State::Failed
        );
        waits && self.review.is_none()
    }

    /// The path on our site where it is paid, or says why it cannot be.
    pub fn pay_page(&self) -> String {
        format!("/pay/{}", self.id)
    }

    /// Whether there is no payment yet in its present way.
    pub(crate) fn waits_in_vain(&self) -> bool {
        self.reference.is_none() && self.is_payable()
    }

    /// The same after its way has come to an end: it waits for a payment in the next one.
    pub(crate) fn turned(&self, now: Time) -> Self {
        Self {
            state: State::Created,
            way: self.way.next(),
            reference: None,
            failure: None,
            review: self.review_after_news(),
            version: self.version + 1,
            updated_at: now,
            ..self.clone()
        }
    }
}
