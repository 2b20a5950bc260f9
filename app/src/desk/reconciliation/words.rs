//! How runs, findings and what is done about them are said.

use billing::reconcile::{Action, Class, Finding, FindingState, Period, Reconciliation, Stage};
use leptos::prelude::*;

use crate::words;

/// What a class of differences is.
pub(in crate::desk) fn class_name(class: Class) -> &'static str {
    match class {
        Class::PaidNotSettled => "Paid there, and not here",
        Class::SettledNotPaid => "Settled here, and not paid there",
        Class::PaymentWithoutOrder => "A payment without an order",
        Class::OrderWithoutPayment => "An order without a payment",
        Class::DuplicatePayment => "Paid twice",
        Class::AmountDiffers => "Another amount",
        Class::CreditsDiffer => "Other credits than were bought",
        Class::FeeDiffers => "Another fee than before",
        Class::RefundNotKnown => "A refund that is not known here",
        Class::RefundNotThere => "A refund that is not known there",
        Class::DisputeNotKnown => "A dispute that is not known here",
        Class::DisputeNotThere => "A dispute that is not known there",
        Class::PayoutDiffers => "A payout that does not add up",
    }
}

/// What an action is called on its button.
pub(in crate::desk) fn action_name(action: Action) -> &'static str {
    match action {
        Action::Settle => "Settle as the provider says",
        Action::Refund => "Send the money back",
        Action::Reverse => "Take the credits back",
        Action::Hold => "Set the credits aside",
        Action::Review => "Leave it to a person",
        Action::Leave => "Leave it as it is",
    }
}

/// What an action does, to each finding.
pub(super) fn what_happens(action: Action) -> &'static str {
    match action {
        Action::Settle => {
            "The payment provider is asked about it, and its answer is settled: credits are granted or \
             taken back as if that news had come in time. No money moves by this."
        }
        Action::Refund => {
            "The payment provider sends the money back to whoever paid it. Credits that it brought are \
             taken back; what was spent of them is treated as the refund rules say."
        }
        Action::Reverse => {
            "The credits that no money came for are taken from the customer; what was spent of them is \
             owed or written off. Should the provider say that they are paid after all, they stay."
        }
        Action::Hold => {
            "The credits are frozen until somebody takes them back or leaves them. Should the provider \
             say that they are paid after all, they stay."
        }
        Action::Review => "Nothing happens.",
        Action::Leave => {
            "It is closed and nothing changes; credits that were set aside for it can be spent again. \
             It is not found once more."
        }
    }
}

pub(in crate::desk) fn finding_state(state: FindingState) -> &'static str {
    match state {
        FindingState::Open => "Open",
        FindingState::Held => "Credits set aside",
        FindingState::Done => "Done",
    }
}

/// What became of a finding, in a few words.
pub(super) fn became(finding: &Finding) -> String {
    match (&finding.done, &finding.trouble) {
        (_, Some(trouble)) => format!("Tried in vain: {trouble}"),
        (Some(done), None) => format!("{} ({})", done.outcome, done.by),
        (None, None) => String::new(),
    }
}

/// What a run compares: a file, or days.
pub(super) fn subject(run: &Reconciliation) -> AnyView {
    let file = run.file.clone();
    let days = run.period.map(|Period { from, to }| {
        let last = billing::clock::Time(to.0 - 1);
        view! {
            <words::Day time=from/>
            " – "
            <words::Day time=last/>
        }
    });
    view! { {file} " " {days} }.into_any()
}

pub(super) fn stage(run: &Reconciliation) -> &'static str {
    match run.stage {
        Stage::Charges => "Reading payments",
        Stage::Refunds => "Reading refunds",
        Stage::Disputes => "Reading disputes",
        Stage::Payouts => "Reading payouts",
        Stage::File => "Reading the file",
        Stage::Orders => "Looking for payments that are only here",
        Stage::KnownRefunds => "Looking for refunds that are only here",
        Stage::KnownDisputes => "Looking for disputes that are only here",
        Stage::Acting => "Acting on what differs",
        Stage::Finished => "Finished",
    }
}
