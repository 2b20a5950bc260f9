//! What the pages have in common that say who is let in.

use leptos::prelude::*;

use crate::context;

/// What a page shows this once, because nobody keeps it: a secret, recovery codes.
#[derive(Clone, Debug)]
pub struct Once(pub Vec<String>);

/// What the form that led here has done, named in the address.
#[component]
pub(super) fn Done() -> impl IntoView {
    let text = match context::query("done")?.as_str() {
        "code" => "Thank you. For ten minutes you can change it.",
        "signed-out" => "Signed out.",
        _ => return None,
    };
    Some(view! {
        <p class="done" role="status">
            {text}
        </p>
    })
}
