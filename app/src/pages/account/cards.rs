//! The cards that a customer keeps.

use billing::card::Card;
use leptos::prelude::*;

use crate::words;

#[component]
pub(super) fn Cards(cards: Vec<Card>) -> impl IntoView {
    let is_empty = cards.is_empty();
    let items = cards.into_iter().map(|card| view! { <Row card/> });
    view! {
        <section aria-labelledby="cards">
            <h2 id="cards">"Cards"</h2>
            {is_empty
                .then(|| {
                    view! { <p class="empty">"No card is saved. One that is pays in two clicks."</p> }
                })}
            <ul class="cards">{items.collect_view()}</ul>
            <p>
                <a class="button quiet" href="/account/cards/add">
                    "Add a card"
                </a>
            </p>
        </section>
    }
    .into_any()
}

#[component]
fn Row(card: Card) -> impl IntoView {
    let (name, expiry) = (card.face.to_string(), words::card_expiry(&card));
    let default = if card.is_default {
        view! { <span class="tag">"Default"</span> }.into_any()
    } else {
        view! {
            <form method="post" action=format!("/account/cards/{}/default", card.id)>
                <button class="button quiet" type="submit">
                    "Make default"
                    <span class="visually-hidden">" " {name.clone()}</span>
                </button>
            </form>
        }
        .into_any()
    };
    let listed = name.clone();
    let title = name.clone();
    view! {
        <li data-card=listed>
            <span>
                {title} <span class="secondary">{expiry}</span>
            </span>
            <span class="actions">
                {default} <a class="button quiet" href=format!("/account/cards/{}/remove", card.id)>
                    "Remove"
                    <span class="visually-hidden">" " {name}</span>
                </a>
            </span>
        </li>
    }
}
