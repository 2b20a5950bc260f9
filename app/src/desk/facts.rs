//! What is known of one thing, name by name.

use leptos::prelude::*;

use super::parts;

/// Facts under each other. One that has no value is left out.
pub(super) fn facts<const N: usize>(facts: [(&'static str, Option<AnyView>); N]) -> AnyView {
    let known = facts.into_iter();
    parts::facts(known.filter_map(|(name, value)| Some((name, value?))))
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
