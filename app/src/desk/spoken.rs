//! How staff read states, kinds and witnesses.

use billing::{
    inbox::EventStatus,
    mail::MailStatus,
    money::Credits,
    staff::MANY,
    transaction::{Kind, State, Transaction},
};

/// `1,204`
pub(super) fn number(value: i64) -> String {
    Credits(value).to_string()
}

/// `37`, and `over 10,000` where it was not counted any further.
pub(super) fn counted(found: i64) -> String {
    match found > MANY {
        true => format!("over {}", number(MANY)),
        false => number(found),
    }
}

pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Purchase => "Pack",
        Kind::Subscription => "Plan",
        Kind::Renewal => "Renewal",
        Kind::PlanChange => "Plan change",
        Kind::Coupon => "Code",
        Kind::CardValidation => "Card validation",
    }
}

pub(super) fn state(state: State) -> &'static str {
    match state {
        State::Created => "Not begun",
        State::RequiresAction => "Waits for the customer",
        State::Processing => "On its way",
        State::Failed => "Failed",
        State::Succeeded => "Succeeded",
        State::Canceled => "Canceled",
    }
}

/// Where a transaction stands; one that a person must decide about says so.
pub(super) fn standing(transaction: &Transaction) -> String {
    let state = state(transaction.state);
    match transaction.review {
        Some(_) => format!("{state}, in review"),
        None => state.to_owned(),
    }
}

/// Who said so.
pub(super) fn witness(word: &str) -> String {
    match word {
        "order" | "customer" => "The customer".to_owned(),
        "coupon" => "A code".to_owned(),
        "webhook" => "The gateway, by an event".to_owned(),
        "listing" => "The gateway's list of events".to_owned(),
        "fetch" => "The gateway, when we asked".to_owned(),
        "invoice" => "The gateway, by an invoice".to_owned(),
        "ourselves" => "We".to_owned(),
        other => crate::words::code(other),
    }
}

pub(super) fn event_status(status: EventStatus) -> String {
    status.as_str().replace('_', " ")
}

pub(super) fn mail_status(status: MailStatus) -> &'static str {
    match status {
        MailStatus::Owed => "on its way",
        MailStatus::Sent => "delivered",
        MailStatus::GivenUp => "given up",
        MailStatus::Withdrawn => "withdrawn",
    }
}
