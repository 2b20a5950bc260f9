//! What differs from the payment provider's books.

use billing::reconcile::{Finding, FindingState};
use leptos::prelude::*;

use super::listing::{AMOUNT, PLAIN, WIDE, WIDE_AMOUNT, code, linked, listing, when};
use crate::desk::reconciliation::words::class_name;

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
            linked(
                format!("/admin/findings/{}", finding.id),
                class_name(finding.class).to_owned(),
                about,
            ),
            code(finding.subject),
            amount.into_any(),
            when(finding.created_at),
        ]
    });
    listing(
        "findings",
        "Differences from the payment provider's books",
        Some("Each was found by comparing both books, and waits for a decision."),
        [
            ("What", PLAIN),
            ("At the gateway", WIDE),
            ("Amount", AMOUNT),
            ("Found", WIDE_AMOUNT),
        ],
        rows.collect(),
    )
}
