//! How the validation of a card is told, phase by phase.

use super::transaction::Phase;

pub(super) fn heading(phase: Phase, done: &str) -> &str {
    match phase {
        Phase::Checking | Phase::Confirming | Phase::OnItsWay => "Checking your card",
        Phase::Done => done,
        Phase::InReview => "We are checking your card",
        Phase::Unpaid => "Your card is not confirmed yet",
        Phase::Failed | Phase::Canceled => "That did not work",
    }
}

pub(super) fn message(phase: Phase, is_long: bool, failure: Option<&str>) -> &str {
    match phase {
        Phase::Checking => "One moment…",
        Phase::Confirming if is_long => "Still waiting for your bank. Nothing is charged.",
        Phase::Confirming | Phase::OnItsWay => "Asking your bank…",
        Phase::Done => "Your bank has agreed. Nothing was charged.",
        Phase::InReview => "Something differs from what we asked for, and a person looks at it.",
        Phase::Unpaid => "Your bank has not confirmed it. Nothing has been charged.",
        Phase::Failed => failure.unwrap_or("Your card was declined."),
        Phase::Canceled => failure.unwrap_or("It was given up. Nothing was charged."),
    }
}
