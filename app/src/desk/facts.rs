//! What is known of one thing, name by name.

use leptos::prelude::*;

/// Facts under each other. One that has no value is left out.
pub(super) fn facts<const N: usize>(facts: [(&'static str, Option<AnyView>); N]) -> AnyView {
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
    view! { <dl class="desk-facts">{rows.collect_view()}</dl> }.into_any()
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
