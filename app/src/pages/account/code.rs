//! Codes that bring credits.

use leptos::prelude::*;
use uuid::Uuid;

use crate::{context::FormState, forms::Field};

/// Where a code becomes credits. The form carries a key of its own: sent twice, it redeems once.
#[component]
pub(super) fn RedeemCode() -> impl IntoView {
    let form = FormState::from_context();
    let key = form.values.get("key").cloned();
    let key = key.unwrap_or_else(|| Uuid::new_v4().to_string());
    view! {
        <section aria-labelledby="redeem">
            <h2 id="redeem">"Redeem a code"</h2>
            <form method="post" action="/account" class="beside">
                <input type="hidden" name="key" value=key/>
                <Field
                    name="code"
                    label="Code"
                    autocomplete="off"
                    maxlength=64
                    hint="For codes that bring credits. One that lowers a price is entered when you pay."
                    form
                />
                <button class="button" type="submit">
                    "Redeem"
                </button>
            </form>
        </section>
    }
    .into_any()
}
