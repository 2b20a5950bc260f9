//! What evidence makes of a transaction. Pure: it looks at both and says what follows, and its
//! caller writes that down. Evidence may come late, twice and in any order; the answer is the same.

use super::{Kind, State, Transaction};
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
    /// Another amount was paid than is due, before anything was given for it: put before a person,
    /// unless a coupon that came too late is all that differs.
    OtherAmount(Box<Transaction>),
}

/// Decides. `Succeeded` and `Canceled` are final, and money that does not fit the order is put
/// before a person instead of being turned into credits.
pub fn next(transaction: &Transaction, payment: &Payment, witness: Witness, now: Time) -> Change {
    use PaymentStatus as Says;
    if !is_meant(transaction, payment) {
        return match payment.status {
            Says::Processing if transaction.waits_in_vain() && witness.is_event() => {
                Change::Doubtful
            }
            Says::Succeeded | Says::Processing if transaction.waits_in_vain() => {
                follow(&taken_back(transaction, payment), payment, witness, now)
            }
            Says::Succeeded => review(
                transaction,
                payment,
                now,
                format!("a second payment, {}", payment.reference),
            ),
            _ => Change::Unchanged,
        };
    }
    if transaction.kind == Kind::CardValidation && transaction.settled_at.is_none() {
        return match validated(transaction, payment, witness) {
            Verdict::Ask => Change::Doubtful,
            Verdict::Taken => review(
                transaction,
                payment,
                now,
                "its amount was taken from the card instead of given back".to_owned(),
            ),
            Verdict::Reads(payment) => follow(transaction, &payment, witness, now),
        };
    }
    follow(transaction, payment, witness, now)
}

/// Whether this is the payment that is awaited: the one that is known, or, as long as none is, one
/// made in the present way. On its own page the gateway makes the payment when somebody pays.
fn is_meant(transaction: &Transaction, payment: &Payment) -> bool {
    let is_present = payment.way == transaction.way;
    match &transaction.reference {
        Some(known) if *known == payment.reference => true,
        Some(_) => is_present && transaction.way.is_page() && transaction.state != State::Succeeded,
        None => is_present,
    }
}

/// A payment of an earlier way came all the same, before there was one to take its place: so its way
/// is the present one again, under the next number of its kind.
fn taken_back(transaction: &Transaction, payment: &Payment) -> Transaction {
    let way = match payment.way.is_page() == transaction.way.is_page() {
        true => transaction.way,
        false => transaction.way.next(),
    };
    Transaction {
        way,
        ..transaction.clone()
    }
}

/// What a payment says when its card was only to be validated.
enum Verdict {
    /// The same as this payment.
    Reads(Box<Payment>),
    /// Not enough: the gateway must be asked.
    Ask,
    Taken,
}

/// A card is valid as soon as its bank has set the amount aside, or, for no amount, agreed to keep
/// the card.
fn validated(transaction: &Transaction, payment: &Payment, witness: Witness) -> Verdict {
    use PaymentStatus as Says;
    let has_amount = transaction.amount.value > 0;
    let is_asked_for = !witness.is_event();
    let shows_card = payment
        .method
        .as_ref()
        .is_some_and(|method| method.face.is_some());
    match payment.status {
        Says::Succeeded if has_amount => Verdict::Taken,
        // An event only names the card.
        Says::Succeeded | Says::Authorized | Says::Released if !shows_card && !is_asked_for => {
            Verdict::Ask
        }
        Says::Authorized | Says::Released => Verdict::Reads(Box::new(Payment {
            status: Says::Succeeded,
            ..payment.clone()
        })),
        // It does not say whether the amount had been set aside before.
        Says::Canceled if has_amount && !is_asked_for => Verdict::Ask,
        _ => Verdict::Reads(Box::new(payment.clone())),
    }
}

fn follow(transaction: &Transaction, payment: &Payment, witness: Witness, now: Time) -> Change {
    use PaymentStatus as Says;
    match (&payment.status, transaction.state) {
        (Says::Succeeded, State::Succeeded) if is_other_amount(transaction, payment) => {
            review(transaction, payment, now, differs(transaction, payment))
        }
        (_, State::Succeeded) => Change::Unchanged,
        (Says::Succeeded, State::Canceled) if transaction.amount.value > 0 => review(
            transaction,
            payment,
            now,
            "it was paid after it had been canceled".to_owned(),
        ),
        (_, State::Canceled) => Change::Unchanged,
        (Says::Succeeded, _) if is_other_amount(transaction, payment) => {
            match review(transaction, payment, now, differs(transaction, payment)) {
                Change::To(held) => Change::OtherAmount(held),
                change => change,
            }
        }
        // A person is looking already, and decides, unless it was news that they were to look for.
        (Says::Succeeded, _) if transaction.is_held_back() => Change::Unchanged,
        (Says::Succeeded, _) => {
            let mut new = moved(transaction, payment, State::Succeeded, now);
            new.settled_at = Some(now);
            new.failure = None;
            Change::To(Box::new(new))
        }
        // A page has ended: the order can still be paid in another way.
        (Says::Canceled, _) if transaction.way.is_page() => {
            Change::To(Box::new(transaction.turned(now)))
        }
        (Says::Canceled, _) => {
            let mut new = moved(transaction, payment, State::Canceled, now);
            new.settled_at = Some(now);
            // What failed before is not why it ended.
            new.failure = None;
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
        (Says::Unclear, _) if witness.is_event() => Change::Doubtful,
        // A step forward is believed of anybody; a step back only of an answer to our question.
        (Says::RequiresAction, State::Processing | State::Failed)
        | (Says::Processing, State::Failed)
            if witness.is_event() =>
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
        (Says::Waiting | Says::Authorized | Says::Released | Says::Unclear, _) => Change::Unchanged,
    }
}

/// Nothing is nothing in every currency.
fn is_other_amount(transaction: &Transaction, payment: &Payment) -> bool {
    let (asked, received) = (transaction.amount, payment.amount);
    asked != received && (asked.value, received.value) != (0, 0)
}

fn moved(transaction: &Transaction, payment: &Payment, state: State, now: Time) -> Transaction {
    Transaction {
        state,
        version: transaction.version + 1,
        reference: Some(payment.reference.clone()),
        review: transaction.review_after_news(),
        updated_at: now,
        ..transaction.clone()
    }
}

fn differs(transaction: &Transaction, payment: &Payment) -> String {
    let (asked, received) = (transaction.amount, payment.amount);
    format!("{received} were received instead of {asked}")
}

/// Puts it before a person, once. Unless another payment is known, its reference is that of this one:
/// by it refunds and disputes find it.
fn review(transaction: &Transaction, payment: &Payment, now: Time, reason: String) -> Change {
    if transaction.is_held_back() {
        return Change::Unchanged;
    }
    let known = transaction.reference.as_ref();
    let another = known.filter(|_| !is_meant(transaction, payment));
    let state = match transaction.state {
        State::Canceled => State::Canceled,
        State::Succeeded => State::Succeeded,
        _ => State::Processing,
    };
    Change::To(Box::new(Transaction {
        state,
        version: transaction.version + 1,
        reference: Some(another.unwrap_or(&payment.reference).clone()),
        review: Some(reason),
        updated_at: now,
        ..transaction.clone()
    }))
}
