//! The lots that a balance consists of.

use billing::ledger::Lot;
use leptos::prelude::*;

use crate::words;

#[component]
pub(super) fn Lots(lots: Vec<Lot>) -> impl IntoView {
    let is_empty = lots.is_empty();
    let rows = lots.into_iter().map(|lot| {
        view! {
            <tr>
                <th scope="row">
                    {lot.note} <span class="secondary">"Since " <words::Day time=lot.created_at/></span>
                </th>
                <td class="amount secondary-cell">{lot.granted.to_string()}</td>
                <td class="amount">{lot.remaining.to_string()}</td>
                <td class="amount">
                    {match lot.expires_at {
                        Some(time) => view! { <words::Day time/> }.into_any(),
                        None => "Never".into_any(),
                    }}
                </td>
            </tr>
        }
    });
    let table = (!is_empty).then(|| {
        view! {
            <table>
                <thead>
                    <tr>
                        <th scope="col">"From"</th>
                        <th scope="col" class="amount secondary-cell">
                            "Granted"
                        </th>
                        <th scope="col" class="amount">
                            "Left"
                        </th>
                        <th scope="col" class="amount">
                            "Expires"
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        }
    });
    view! {
        <section aria-labelledby="lots">
            <h2 id="lots">"Where your credits come from"</h2>
            {is_empty
                .then(|| {
                    view! {
                        <p class="empty">
                            "No credits at the moment. " <a href="/#packs">"Choose a pack"</a>
                        </p>
                    }
                })}
            {table}
        </section>
    }
    .into_any()
}

/// What can be spent from a later time on; nothing when there is none.
#[component]
pub(super) fn Upcoming(lots: Vec<Lot>) -> impl IntoView {
    if lots.is_empty() {
        return ().into_any();
    }
    let rows = lots.into_iter().map(|lot| {
        view! {
            <tr>
                <th scope="row">{lot.note}</th>
                <td class="amount">{lot.granted.to_string()}</td>
                <td class="amount">{lot.starts_at.map(|time| view! { <words::Day time/> })}</td>
            </tr>
        }
    });
    view! {
        <section aria-labelledby="upcoming">
            <h2 id="upcoming">"Credits to come"</h2>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"From"</th>
                        <th scope="col" class="amount">
                            "Credits"
                        </th>
                        <th scope="col" class="amount">
                            "Can be spent from"
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}
