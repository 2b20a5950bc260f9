//! Disputes, warnings of fraud, and refunds whose money came back.

use billing::{
    dispute::{Dispute, State, Warning},
    refund::Refund,
};
use leptos::prelude::*;

use super::listing::{AMOUNT, PLAIN, WIDE, WIDE_AMOUNT, listing, named, perhaps, when, with};
use crate::{desk::facts, words};

pub(super) fn disputes(disputes: Vec<Dispute>) -> Option<AnyView> {
    let rows = disputes.into_iter().map(|dispute| {
        let kind = match dispute.state {
            State::Inquiry => "Inquiry",
            _ => "Dispute",
        };
        let about = format!("{kind}: {}", words::code(&dispute.reason));
        let frozen = format!("{} frozen", words::credits(dispute.held.frozen));
        [
            named(dispute.reference, Some(about)),
            facts::transaction(Some(dispute.transaction)).into_any(),
            with(dispute.amount.to_string(), frozen),
            perhaps(dispute.respond_by),
        ]
    });
    listing(
        "disputes",
        "Open disputes",
        Some(
            "Answer them at the gateway. Until the bank decides, what is left of the credits is \
             frozen.",
        ),
        [
            ("Dispute", PLAIN),
            ("Transaction", WIDE),
            ("Disputed", AMOUNT),
            ("Answer by", WIDE_AMOUNT),
        ],
        rows.collect(),
    )
}

pub(super) fn warnings(warnings: Vec<Warning>) -> Option<AnyView> {
    let rows = warnings.into_iter().map(|warning| {
        [
            named(warning.reference, Some(words::code(&warning.kind))),
            facts::transaction(Some(warning.transaction)).into_any(),
            when(warning.happened_at),
        ]
    });
    listing(
        "warnings",
        "Payments that a bank takes for fraud",
        Some("A refund now may prevent a dispute, and its fee."),
        [
            ("Warning", PLAIN),
            ("Transaction", WIDE),
            ("Warned", AMOUNT),
        ],
        rows.collect(),
    )
}

pub(super) fn failed_refunds(refunds: Vec<Refund>) -> Option<AnyView> {
    let rows = refunds.into_iter().map(|refund| {
        let reference = refund.reference.unwrap_or_else(|| refund.id.to_string());
        [
            named(reference, refund.failure.map(|why| words::code(&why))),
            facts::transaction(Some(refund.transaction)).into_any(),
            refund.amount.to_string().into_any(),
            when(refund.updated_at),
        ]
    });
    listing(
        "refunds",
        "Refunds that failed",
        Some(
            "The money did not arrive, and the credits were given back. The customer is to be paid \
             in another way.",
        ),
        [
            ("Refund", PLAIN),
            ("Transaction", WIDE),
            ("Amount", AMOUNT),
            ("Since", WIDE_AMOUNT),
        ],
        rows.collect(),
    )
}
