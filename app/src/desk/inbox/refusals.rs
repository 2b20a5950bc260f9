//! What was refused at the door, by cause, and what to do about each.

use billing::inbox::{Cause, Counted};
use leptos::prelude::*;

use crate::words;

pub(super) fn refusals(refused: &[Counted]) -> Option<AnyView> {
    if refused.is_empty() {
        return None;
    }
    let rows = refused.iter().map(|counted| {
        let (cause, advice) = words(counted.cause);
        view! {
            <tr>
                <th scope="row">{cause}</th>
                <td class="amount">{counted.times}</td>
                <td class="secondary-cell">{advice}</td>
                <td class="amount secondary-cell">
                    <words::When time=counted.last/>
                </td>
            </tr>
        }
    });
    let section = view! {
        <section aria-labelledby="refused">
            <h2 id="refused">"Refused at the door within a week"</h2>
            <p class="hint">
                "Nothing of these was stored. What the payment provider really sent is found in its "
                "own list of events, and comes in that way."
            </p>
            <div class="table-scroll">
                <table class="desk-table">
                    <thead>
                        <tr>
                            <th scope="col">"Cause"</th>
                            <th scope="col" class="amount">
                                "Times"
                            </th>
                            <th scope="col" class="secondary-cell">
                                "What to do"
                            </th>
                            <th scope="col" class="amount secondary-cell">
                                "Last"
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </section>
    };
    Some(section.into_any())
}

/// The cause, and advice.
fn words(cause: Cause) -> (&'static str, &'static str) {
    match cause {
        Cause::NoSignature => (
            "No signature",
            "It does not come from the payment provider, or a proxy drops the Stripe-Signature \
             header: let it pass.",
        ),
        Cause::UnreadableSignature => (
            "An unreadable signature",
            "Somebody tries, or a proxy cuts the Stripe-Signature header short.",
        ),
        Cause::Old => (
            "Signed more than five minutes ago",
            "Compare this server's clock with the world's. If it is right, somebody sends an old \
             delivery again, or a proxy holds them back.",
        ),
        Cause::ChangedBody => (
            "A changed body",
            "The secret is right, and white space around the body is not as it was sent. A proxy \
             rewrites bodies: let it pass them on byte for byte.",
        ),
        Cause::WrongSecret => (
            "A wrong secret, or quite another body",
            "Compare STRIPE_WEBHOOK_SECRETS with the secret of the endpoint at the payment provider; \
             while it is being replaced, name both. If other events arrive, something on the way \
             rewrites bodies, or somebody forges them.",
        ),
        Cause::NotAnEvent => (
            "Signed, and no event",
            "Something else of the payment provider is set to this address: remove it there.",
        ),
        Cause::OtherMode => (
            "Of the other mode",
            "Test events reach an address for real money, or the other way round: each mode needs an \
             endpoint and a key of its own.",
        ),
        Cause::TooLarge => ("Over 1 MiB", "No event is so long. Somebody tries."),
    }
}
