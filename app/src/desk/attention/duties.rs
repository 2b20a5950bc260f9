//! What the gateway could not be told so far.

use billing::duty::{Duty, DutyKind};
use leptos::prelude::*;

use super::listing::{AMOUNT, PLAIN, WIDE, WIDE_AMOUNT, code, listing, perhaps, when, with};

pub(super) fn duties(duties: Vec<Duty>) -> Option<AnyView> {
    let rows = duties.into_iter().map(|duty| {
        [
            with(wish(duty.kind).to_owned(), duty.trouble.unwrap_or_default()),
            code(duty.subject),
            when(duty.owed_at),
            perhaps(duty.next_attempt_at),
        ]
    });
    listing(
        "duties",
        "What the payment provider has not been told yet",
        Some("Each is tried again until it is done."),
        [
            ("What", PLAIN),
            ("At the gateway", WIDE),
            ("Since", WIDE_AMOUNT),
            ("Next try", AMOUNT),
        ],
        rows.collect(),
    )
}

fn wish(kind: DutyKind) -> &'static str {
    match kind {
        DutyKind::Release => "Give back what is set aside on a card",
        DutyKind::KeepCard => "Show a card that is to be kept",
        DutyKind::DetachCard => "Take a removed card from its customer",
        DutyKind::DefaultCard => "Pay plans with the default card",
    }
}
