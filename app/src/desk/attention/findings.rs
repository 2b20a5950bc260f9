//! What differs from the payment provider's books.

use billing::reconcile::{Class, Finding, FindingState};
use leptos::prelude::*;

use super::listing::{AMOUNT, PLAIN, WIDE, WIDE_AMOUNT, code, listing, when, with};

pub(super) fn findings(findings: Vec<Finding>) -> Option<AnyView> {
    let rows = findings.into_iter().map(|finding| {
        let held = match finding.state {
            FindingState::Held => " Its credits are set aside.",
            FindingState::Open | FindingState::Done => "",
        };
        let trouble = finding.trouble.map(|why| format!(" Tried in vain: {why}"));
        let about = format!("{}{held}{}", finding.detail, trouble.unwrap_or_default());
        let amount = finding.amount.map(|amount| amount.to_string());
        [
            with(words(finding.class).to_owned(), about),
            code(finding.subject),
            amount.into_any(),
            when(finding.created_at),
        ]
    });
    listing(
        "findings",
        "Differences from the payment provider's books",
        Some("tender reconcile --apply does about them what the catalogue's rules say."),
        [
            ("What", PLAIN),
            ("At the gateway", WIDE),
            ("Amount", AMOUNT),
            ("Found", WIDE_AMOUNT),
        ],
        rows.collect(),
    )
}

fn words(class: Class) -> &'static str {
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
