//! Mails that could not be delivered.

use billing::mail::{Mail, MailStatus};
use leptos::prelude::*;

use crate::words;

#[component]
pub(super) fn Mails(mails: Vec<Mail>) -> impl IntoView {
    let rows = mails.into_iter().map(|mail| {
        let tries = match mail.attempts {
            1 => "1 try".to_owned(),
            tries => format!("{tries} tries"),
        };
        let state = match mail.status {
            MailStatus::GivenUp => "Given up",
            _ => "Failing",
        };
        view! {
            <tr>
                <th scope="row">
                    <code>{mail.letter.name()}</code>
                    <span class="secondary">{mail.error.unwrap_or_default()}</span>
                </th>
                <td>
                    {state} <span class="secondary">{tries}</span>
                </td>
                <td class="amount secondary-cell">
                    <words::When time=mail.created_at/>
                </td>
                <td class="amount secondary-cell">
                    {mail.next_attempt_at.map(|time| view! { <words::When time/> })}
                </td>
            </tr>
        }
    });
    view! {
        <section aria-labelledby="mails">
            <h2 id="mails">"Mails that could not be delivered"</h2>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Mail"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="amount secondary-cell">
                            "Since"
                        </th>
                        <th scope="col" class="amount secondary-cell">
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
