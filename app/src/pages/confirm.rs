//! Where a link in a mail leads that proves an address. Opening it changes nothing, because
//! programs that look at mail open links, too; pressing the button does.

use billing::people::{Proof, Purpose};
use http::StatusCode;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    Trouble,
    context::{self, FormState},
    forms::ErrorSummary,
    problem::trouble,
};

#[component]
pub(crate) fn Confirm() -> impl IntoView {
    let form = FormState::from_context();
    let secret: String = context::segment("secret").unwrap_or_default();
    Suspend::new(async move {
        match live(&secret, Purpose::Address).await {
            Ok(Some(proof)) => view! { <Question email=proof.email secret form/> }.into_any(),
            Ok(None) => view! { <Gone again="/account" label="Go to your account"/> }.into_any(),
            Err(what) => trouble(what),
        }
    })
}

/// What a secret proves, if it still does.
pub(super) async fn live(secret: &str, purpose: Purpose) -> Result<Option<Proof>, Trouble> {
    Ok(context::billing()?.proof(secret, purpose).await?)
}

#[component]
fn Question(email: String, secret: String, form: FormState) -> impl IntoView {
    view! {
        <Title text="Confirm your address"/>
        <div class="page narrow">
            <h1>"Is this your address?"</h1>
            <ErrorSummary form/>
            <p class="lead">{email}</p>
            <form method="post" action=format!("/confirm/{secret}")>
                <button class="button large" type="submit">
                    "Yes, use it"
                </button>
            </form>
        </div>
    }
}

/// A link that was used, or has expired.
#[component]
pub(super) fn Gone(
    /// Where another link can be had.
    again: &'static str,
    label: &'static str,
) -> impl IntoView {
    context::set_status(StatusCode::GONE);
    view! {
        <Title text="This link no longer works"/>
        <div class="page narrow">
            <h1>"This link no longer works"</h1>
            <p>"It has expired, or was used already. You can ask for another one."</p>
            <p>
                <a class="button" href=again>
                    {label}
                </a>
            </p>
        </div>
    }
}
