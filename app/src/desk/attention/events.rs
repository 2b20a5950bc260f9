//! Events that could not be processed.

use billing::inbox::{Event, EventStatus};
use leptos::prelude::*;

use super::listing::{PLAIN, WIDE_AMOUNT, listing, named, perhaps, tries, when, with};

pub(super) fn events(events: Vec<Event>) -> Option<AnyView> {
    let rows = events.into_iter().map(|event| {
        let about = event
            .reason
            .unwrap_or_else(|| format!("{} {}", event.gateway, event.event_id));
        [
            named(event.kind, Some(about)),
            with(state(event.status).to_owned(), tries(event.attempts)),
            when(event.received_at),
            perhaps(event.next_attempt_at),
        ]
    });
    listing(
        "events",
        "Events that could not be processed",
        None,
        [
            ("Event", PLAIN),
            ("State", PLAIN),
            ("Received", WIDE_AMOUNT),
            ("Next try", WIDE_AMOUNT),
        ],
        rows.collect(),
    )
}

fn state(status: EventStatus) -> &'static str {
    match status {
        EventStatus::Received => "Received",
        EventStatus::Processed => "Processed",
        EventStatus::Ignored => "Ignored",
        EventStatus::Parked => "Parked",
        EventStatus::Failed => "Failing",
    }
}
