//! What was refused at the door. Nothing of it is kept but how often which cause there was, for the staff
//! who must find out why: it is counted in memory and written down once a second at most, so that nobody
//! makes us write by knocking.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::Refused;
use crate::{
    Billing, Result, clock::Time, gateway::stripe::signature::SignatureError,
    store::refused_webhooks, words::words,
};

/// Counts are kept for so long.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Why a delivery was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// No signature header, or several.
    NoSignature,
    /// A header that names no time, or no signature of a kind that we know.
    UnreadableSignature,
    /// Signed too long ago, or in the future.
    Old,
    /// The signature belongs to a body with other white space around it.
    ChangedBody,
    /// The signature belongs to another secret, or to quite another body.
    WrongSecret,
    /// Signed as it should be, and no event.
    NotAnEvent,
    /// A test event where real money moves, or the other way round.
    OtherMode,
    TooLarge,
}

words!(Cause {
    NoSignature = "no_signature",
    UnreadableSignature = "unreadable_signature",
    Old = "old",
    ChangedBody = "changed_body",
    WrongSecret = "wrong_secret",
    NotAnEvent = "not_an_event",
    OtherMode = "other_mode",
    TooLarge = "too_large",
});

/// How often there was a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    pub cause: Cause,
    pub times: i64,
    /// The minute in which it was last.
    pub last: Time,
}

impl Cause {
    /// Nothing, when the delivery was in order and something of ours was not.
    pub(super) fn of(refused: &Refused) -> Option<Self> {
        Some(match refused {
            Refused::Signature(SignatureError::Header) => Self::NoSignature,
            Refused::Signature(SignatureError::Time | SignatureError::Scheme) => {
                Self::UnreadableSignature
            }
            Refused::Signature(SignatureError::Stale) => Self::Old,
            Refused::Signature(SignatureError::Changed) => Self::ChangedBody,
            Refused::Signature(SignatureError::Mismatch) => Self::WrongSecret,
            Refused::Body(_) => Self::NotAnEvent,
            Refused::Livemode(_) => Self::OtherMode,
            Refused::Other(_) => return None,
        })
    }
}

/// What this process has refused and not written down yet. In an order: all servers count in the same
/// rows, and take hold of several in that one.
#[derive(Default)]
pub(crate) struct Refusals(Mutex<BTreeMap<Cause, i64>>);

impl Refusals {
    pub(super) fn add(&self, cause: Cause, times: i64) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(cause).or_default() += times;
    }

    fn take(&self) -> Vec<(Cause, i64)> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *counts).into_iter().collect()
    }
}

impl Billing {
    /// Counts a delivery whose body nobody has read, because it is longer than any event.
    pub fn refuse_too_large(&self) {
        self.refusals.add(Cause::TooLarge, 1);
    }

    /// What was refused since then, by cause, the most frequent first.
    pub async fn refused_webhooks(&self, since: Time) -> Result<Vec<Counted>> {
        refused_webhooks::since(&mut self.store.read().await?, since).await
    }

    /// Writes down what was counted. Public, so that a test need not wait for the worker.
    pub async fn write_refusals(&self) {
        let counts = self.refusals.take();
        if counts.is_empty() {
            return;
        }
        let (rows, now) = (counts.clone(), self.clock.now());
        let written = self.store.write(move |tx| {
            Box::pin(async move { refused_webhooks::add(tx, &rows, now, KEPT).await })
        });
        if let Err(error) = written.await {
            tracing::warn!(%error, "cannot write down what was refused yet");
            for (cause, times) in counts {
                self.refusals.add(cause, times);
            }
        }
    }
}
