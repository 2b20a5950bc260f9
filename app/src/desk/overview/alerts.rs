//! What needs somebody: how much of each kind, and where it is mended.

use billing::inbox::Attention;
use leptos::prelude::*;

pub(super) fn alerts(attention: &Attention) -> AnyView {
    let alerts = [
        (
            attention.reviews.len(),
            "reviews",
            "Payments that a person must look at",
        ),
        (attention.disputes.len(), "disputes", "Disputes"),
        (attention.warnings.len(), "warnings", "Warnings of fraud"),
        (
            attention.failed_refunds.len(),
            "refunds",
            "Refunds that failed",
        ),
        (
            attention.proposals.len(),
            "proposals",
            "Waits for a second person",
        ),
        (
            attention.findings.len(),
            "findings",
            "Differences from the provider's books",
        ),
        (
            attention.events.len(),
            "events",
            "Events that could not be handled",
        ),
        (
            attention.duties.len(),
            "duties",
            "Work at the provider that fails",
        ),
        (attention.mails.len(), "mails", "Mails that do not arrive"),
    ];
    let alerts: Vec<_> = alerts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .collect();
    if alerts.is_empty() {
        return view! { <p class="all-well">"Nothing needs attention."</p> }.into_any();
    }
    let alerts = alerts.into_iter().map(|(count, id, name)| {
        view! {
            <li>
                <a href=format!("/admin/attention#{id}")>{name}</a>
                " "
                <strong>{count}</strong>
            </li>
        }
    });
    view! {
        <section class="alerts" aria-label="Needs attention">
            <ul>{alerts.collect_view()}</ul>
        </section>
    }
    .into_any()
}
