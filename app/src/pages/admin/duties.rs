//! What the gateway could not be told so far.

use billing::duty::{Duty, DutyKind};
use leptos::prelude::*;

use crate::words;

#[component]
pub(super) fn Duties(duties: Vec<Duty>) -> impl IntoView {
    let rows = duties.into_iter().map(|duty| {
        view! {
            <tr>
                <th scope="row">
                    {wish(duty.kind)} <span class="secondary">{duty.trouble.unwrap_or_default()}</span>
                </th>
                <td class="secondary-cell">
                    <code>{duty.subject}</code>
                </td>
                <td class="amount secondary-cell">
                    <words::When time=duty.owed_at/>
                </td>
                <td class="amount">
                    {duty.next_attempt_at.map(|time| view! { <words::When time/> })}
                </td>
            </tr>
        }
    });
    view! {
        <section aria-labelledby="duties">
            <h2 id="duties">"What the payment provider has not been told yet"</h2>
            <p class="hint">"Each is tried again until it is done."</p>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        <th scope="col" class="secondary-cell">
                            "At the gateway"
                        </th>
                        <th scope="col" class="amount secondary-cell">
                            "Since"
                        </th>
                        <th scope="col" class="amount">
                            "Next try"
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn wish(kind: DutyKind) -> &'static str {
    match kind {
        DutyKind::Release => "Give back what is set aside on a card",
        DutyKind::KeepCard => "Show a card that is to be kept",
        DutyKind::DetachCard => "Take a removed card from its customer",
        DutyKind::DefaultCard => "Pay plans with the default card",
    }
}
