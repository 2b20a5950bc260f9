//! What is known of one thing, name by name.

use leptos::prelude::*;

<<<<<<< HEAD
/// A name, and its value, if there is one.
pub(super) type Fact = (&'static str, Option<AnyView>);

/// What is certainly known.
pub(super) fn fact(name: &'static str, value: impl IntoView + 'static) -> Fact {
    (name, Some(value.into_any()))
}

/// Facts under each other, in two columns where there is room. One that has no value is left out.
pub(super) fn facts(facts: impl IntoIterator<Item = Fact>) -> AnyView {
    let rows = facts.into_iter().filter_map(|(name, value)| {
        value.map(|value| {
            view! {
                <div>
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                </div>
            }
        })
    });
    view! { <dl class="facts">{rows.collect_view()}</dl> }.into_any()
=======
use super::parts;

/// Facts under each other. One that has no value is left out.
pub(super) fn facts<const N: usize>(facts: [(&'static str, Option<AnyView>); N]) -> AnyView {
    let known = facts.into_iter();
    parts::facts(known.filter_map(|(name, value)| Some((name, value?))))
>>>>>>> main
}

/// A text, when there is one.
pub(super) fn text(value: Option<impl ToString>) -> Option<AnyView> {
    value.map(|value| value.to_string().into_any())
}

/// An id or a header, letter by letter.
pub(super) fn code(value: Option<impl ToString>) -> Option<AnyView> {
    value.map(|value| view! { <code>{value.to_string()}</code> }.into_any())
}

/// A transaction, as the way to its page.
pub(super) fn transaction(id: Option<billing::id::TransactionId>) -> Option<AnyView> {
    id.map(|id| {
        view! {
            <a href=format!("/admin/transactions/{id}")>
                <code>{id.to_string()}</code>
            </a>
        }
        .into_any()
    })
}
