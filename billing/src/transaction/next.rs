//! What evidence makes of a transaction. Pure: it looks at both and says what follows, and its
//! caller writes that down. Evidence may come late, twice and in any order; the answer is the same.

use super::{State, Transaction};
use crate::{
    clock::Time,
    gateway::{Payment, PaymentStatus, Witness},
};

/// What follows from evidence.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Nothing that we did not know.
    Unchanged,
    /// An event that may be older than what we know: ask the gateway.
    Doubtful,
    /// The transaction as it is from now on.
    To(Box<Transaction>),
}

/// Decides. `Succeeded` and `Canceled` are final, and money that does not fit the order is put
/// before a person instead of being turned into credits.
pub fn next(transaction: &Transaction, payment: &Payment, witness: Witness, now: Time) -> Change {
    use PaymentStatus as Says;
    let paid = payment.status == Says::Succeeded;
    if transaction
        .reference
        .as_ref()
        .is_some_and(|known| *known != payment.reference)
    {
        return match paid {
            true => review(
                transaction,
                now,
                format!("a second payment, {}", payment.reference),
            ),
            false => Change::Unchanged,
        };
    }
    match (&payment.status, transaction.state) {
        (Says::Succeeded, State::Succeeded) if payment.amount != transaction.amount => {
            review(transaction, now, differs(transaction, payment))
        }
        (_, State::Succeeded) => Change::Unchanged,
        (Says::Succeeded, State::Canceled) => review(
            transaction,
            now,
            "it was paid after it had been canceled".to_owned(),
        ),
        (_, State::Canceled) => Change::Unchanged,
        (Says::Succeeded, _) if payment.amount != transaction.amount => {
            review(transaction, now, differs(transaction, payment))
        }
        // A person is looking already, and decides.
        (Says::Succeeded, _) if transaction.review.is_some() => Change::Unchanged,
        (Says::Succeeded, _) => {
            let mut new = moved(transaction, payment, State::Succeeded, now);
            new.settled_at = Some(now);
            new.failure = None;
            Change::To(Box::new(new))
        }
        (Says::Canceled, _) => {
            let mut new = moved(transaction, payment, State::Canceled, now);
            new.settled_at = Some(now);
            Change::To(Box::new(new))
        }
        (Says::Failed(failure), State::Failed) if transaction.failure.as_ref() == Some(failure) => {
            Change::Unchanged
        }
        (Says::Failed(failure), _) => {
            let mut new = moved(transaction, payment, State::Failed, now);
            new.failure = Some(failure.clone());
            Change::To(Box::new(new))
        }
        (Says::RequiresAction, State::RequiresAction) => Change::Unchanged,
        (Says::Processing, State::Processing) => Change::Unchanged,
        (Says::Unclear, _) if witness == Witness::Webhook => Change::Doubtful,
        // A step forward is believed of anybody; a step back only of an answer to our question.
        (Says::RequiresAction, State::Processing | State::Failed)
        | (Says::Processing, State::Failed)
            if witness == Witness::Webhook =>
        {
            Change::Doubtful
        }
        (Says::RequiresAction, _) => Change::To(Box::new(moved(
            transaction,
            payment,
            State::RequiresAction,
            now,
        ))),
        (Says::Processing, _) => Change::To(Box::new(moved(
            transaction,
            payment,
            State::Processing,
            now,
        ))),
        (Says::Waiting | Says::Authorized | Says::Unclear, _) => Change::Unchanged,
    }
}

fn moved(transaction: &Transaction, payment: &Payment, state: State, now: Time) -> Transaction {
    Transaction {
        state,
        version: transaction.version + 1,
        reference: Some(payment.reference.clone()),
        updated_at: now,
        ..transaction.clone()
    }
}

fn differs(transaction: &Transaction, payment: &Payment) -> String {
    let (asked, received) = (transaction.amount, payment.amount);
    format!(
        "{} {} were received instead of {} {}",
        received.value,
        received.currency.as_str(),
        asked.value,
        asked.currency.as_str(),
    )
}

/// Puts it before a person, once.
fn review(transaction: &Transaction, now: Time, reason: String) -> Change {
    if transaction.review.is_some() {
        return Change::Unchanged;
    }
    let state = match transaction.state {
        State::Canceled => State::Canceled,
        State::Succeeded => State::Succeeded,
        _ => State::Processing,
    };
    Change::To(Box::new(Transaction {
        state,
        version: transaction.version + 1,
        review: Some(reason),
        updated_at: now,
        ..transaction.clone()
    }))
}
