//! Events that could not be processed.

use billing::inbox::Event;
use leptos::prelude::*;

use super::listing::{PLAIN, WIDE_AMOUNT, linked, listing, perhaps, tries, when, with};
use crate::desk::inbox::state;

pub(super) fn events(events: Vec<Event>) -> Option<AnyView> {
    let rows = events.into_iter().map(|event| {
        let about = event
            .reason
            .unwrap_or_else(|| format!("{} {}", event.gateway, event.event_id));
        [
            linked(format!("/admin/inbox/{}", event.id), event.kind, about),
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
