//! What one field finds, from anywhere on the desk.

use billing::staff::search::{Hit, Place};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{Trouble, context, problem::trouble};

/// The field. The script goes to it with `/`.
#[component]
pub(super) fn SearchField() -> impl IntoView {
    let asked = context::query("q").filter(|_| context::path() == "/admin/search");
    view! {
        <form class="desk-search" method="get" action="/admin/search" role="search" aria-label="Everything">
            <label class="visually-hidden" for="desk-search">
                "Search by email, id, receipt or card"
            </label>
            <input
                id="desk-search"
                name="q"
                type="search"
                value=asked
                placeholder="Email, id, receipt, card"
                autocomplete="off"
                spellcheck="false"
                data-search
            />
        </form>
    }
}

#[component]
pub(super) fn SearchPage() -> impl IntoView {
    Suspend::new(async move {
        match load().await {
            Ok((text, hits)) => page(text, hits),
            Err(what) => trouble(what),
        }
    })
}

async fn load() -> Result<(String, Vec<Hit>), Trouble> {
    let text = context::query("q").unwrap_or_default();
    let hits = context::billing()?.search(&text).await?;
    Ok((text, hits))
}

fn page(text: String, hits: Vec<Hit>) -> AnyView {
    if let [hit] = hits.as_slice() {
        leptos_axum::redirect(&href(hit.place));
    }
    let text = text.trim().to_owned();
    let is_asked = !text.is_empty();
    let is_empty = hits.is_empty();
    let rows = hits.into_iter().map(|hit| {
        view! {
            <tr>
                <th scope="row">
                    <a href=href(hit.place)>{hit.about}</a>
                </th>
                <td>{hit.what}</td>
            </tr>
        }
    });
    let table = (!is_empty).then(|| {
        view! {
            <table class="desk-table">
                <caption class="visually-hidden">"what was found"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Found"</th>
                        <th scope="col">"What it is"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        }
    });
    let nothing = (is_asked && is_empty)
        .then(|| view! { <p class="empty">"Nothing is called “" {text.clone()} "”."</p> });
    view! {
        <Title text="Search"/>
        <div class="desk-page">
            <h1>"Search"</h1>
            {nothing}
            {table}
            <section aria-labelledby="what">
                <h2 id="what">"What can be found"</h2>
                <ul class="plain-list">
                    <li>"An email, or how it begins: ann@"</li>
                    <li>"What a product calls a customer"</li>
                    <li>"Any of our ids: of a customer, order, transaction, refund, plan, mail"</li>
                    <li>"Any id of the gateway: pi_, in_, cs_, re_, du_, sub_, cus_, pm_, evt_, ch_"</li>
                    <li>"The number of a receipt: 2026-000042"</li>
                    <li>
                        "The last four digits of a card, and the day if it is known: 4242 2026-11-20. Of "
                        "payments, the card is known once somebody has looked at the receipt or the "
                        "transaction."
                    </li>
                </ul>
            </section>
        </div>
    }
    .into_any()
}

fn href(place: Place) -> String {
    match place {
        Place::Customer(id) => format!("/admin/customers/{id}"),
        Place::Transaction(id) => format!("/admin/transactions/{id}"),
        Place::Event(id) => format!("/admin/inbox/{id}"),
        Place::Mail(id) => format!("/admin/mails/{id}"),
        Place::Finding(id) => format!("/admin/findings/{id}"),
    }
}
