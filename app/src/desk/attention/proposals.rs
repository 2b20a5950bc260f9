//! What waits for a second person.

use billing::staff::proposals::Proposal;
use leptos::prelude::*;

use super::listing::{AMOUNT, PLAIN, WIDE, WIDE_AMOUNT, linked, listing, when};

pub(super) fn proposals(proposals: Vec<Proposal>) -> Option<AnyView> {
    let rows = proposals.into_iter().map(|proposal| {
        let href = format!("/admin/proposals/{}", proposal.id);
        [
            linked(href, proposal.what.title(), proposal.reason),
            proposal.asked_by_name.into_any(),
            when(proposal.created_at),
            when(proposal.expires_at),
        ]
    });
    listing(
        "proposals",
        "What waits for a second person",
        Some("Anybody who may move money decides, but for who asked."),
        [
            ("What", PLAIN),
            ("Asked by", WIDE),
            ("Asked", WIDE_AMOUNT),
            ("Decide by", AMOUNT),
        ],
        rows.collect(),
    )
}
