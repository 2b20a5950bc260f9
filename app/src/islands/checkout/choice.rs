//! Which card pays: one that is saved, or another.

use leptos::prelude::*;

use super::Stage;
use crate::wire::SavedCard;

/// Radio buttons, so that keyboards and screen readers know what to do. Nothing is asked of who has
/// no saved card.
#[component]
pub(super) fn CardChoice(
    cards: Vec<SavedCard>,
    /// The saved card that is chosen; nothing for another one.
    chosen: RwSignal<Option<String>>,
    stage: RwSignal<Stage>,
    choose: impl Fn(Option<String>) + Clone + 'static,
) -> impl IntoView {
    if cards.is_empty() {
        return ().into_any();
    }
    let row = move |card: Option<SavedCard>| {
        let (reference, name, expiry) = match card {
            Some(card) => (Some(card.reference), card.name, Some(card.expiry)),
            None => (None, "Another card".to_owned(), None),
        };
        let value = reference.clone().unwrap_or_else(|| "another".to_owned());
        let is_chosen = {
            let reference = reference.clone();
            move || *chosen.read() == reference
        };
        let choose = choose.clone();
        view! {
            <label class="card-row">
                <input
                    type="radio"
                    name="card"
                    value=value
                    prop:checked=is_chosen
                    on:change=move |_| choose(reference.clone())
                />
                <span>{name}</span>
                {expiry.map(|expiry| view! { <span class="hint">{expiry}</span> })}
            </label>
        }
    };
    let rows: Vec<_> = cards.into_iter().map(Some).chain([None]).map(row).collect();
    view! {
        <fieldset class="card-choice" disabled=move || stage.get() == Stage::Busy>
            <legend>"Card"</legend>
            {rows}
        </fieldset>
    }
    .into_any()
}
