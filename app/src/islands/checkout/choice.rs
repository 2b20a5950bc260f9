//! Which card pays: one that is saved, or another.

use leptos::{html::Input, prelude::*};

use super::Stage;
use crate::wire::SavedCard;

/// Radio buttons, so that keyboards and screen readers know what to do. Nothing is asked of who has
/// no saved card. The browser keeps which one is chosen: somebody may choose before this runs.
#[component]
pub(super) fn CardChoice(
    cards: Vec<SavedCard>,
    stage: RwSignal<Stage>,
    /// Told of the saved card that is chosen; nothing for another one.
    choose: impl Fn(Option<String>) + Clone + 'static,
) -> impl IntoView {
    if cards.is_empty() {
        return ().into_any();
    }
    let row = move |(at, card): (usize, Option<SavedCard>)| {
        let (reference, name, expiry) = match card {
            Some(card) => (Some(card.reference), card.name, Some(card.expiry)),
            None => (None, "Another card".to_owned(), None),
        };
        let value = reference.clone().unwrap_or_else(|| "another".to_owned());
        let input = NodeRef::<Input>::new();
        Effect::new({
            let (choose, reference) = (choose.clone(), reference.clone());
            move |_| {
                if input.get().is_some_and(|input| input.checked()) {
                    choose(reference.clone());
                }
            }
        });
        let choose = choose.clone();
        view! {
            <label class="card-row">
                <input
                    type="radio"
                    name="card"
                    value=value
                    checked=at == 0
                    node_ref=input
                    on:change=move |_| choose(reference.clone())
                />
                <span>{name}</span>
                {expiry.map(|expiry| view! { <span class="hint">{expiry}</span> })}
            </label>
        }
    };
    let choices = cards.into_iter().map(Some).chain([None]);
    let rows: Vec<_> = choices.enumerate().map(row).collect();
    view! {
        <fieldset class="card-choice" disabled=move || stage.get() == Stage::Busy>
            <legend>"Card"</legend>
            {rows}
        </fieldset>
    }
    .into_any()
}
