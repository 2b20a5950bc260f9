//! A forgotten password: asking for a link, and setting another with it.

use billing::people::Purpose;
use leptos::prelude::*;
use leptos_meta::Title;

use super::confirm::{Gone, live};
use crate::{
    context::{self, FormState},
    forms::{Done, ErrorSummary, Field},
    problem::trouble,
};

/// What every field for a new password says.
pub(super) const PASSWORD_HINT: &str = "At least 8 characters. A few words in a row are good.";

#[component]
pub(crate) fn Forgot() -> impl IntoView {
    let form = FormState::from_context();
    view! {
        <Title text="Forgot your password"/>
        <div class="page narrow">
            <h1>"Forgot your password?"</h1>
            <Done/>
            <p class="lead">"We send you a link with which you set a new one."</p>
            <ErrorSummary form=form.clone()/>
            <form method="post" action="/forgot" class="stack">
                <Field name="email" label="Email" kind="email" autocomplete="username" form/>
                <button class="button large" type="submit">
                    "Send the link"
                </button>
            </form>
            <p class="aside">
                <a href="/sign-in">"Back to the sign-in"</a>
            </p>
        </div>
    }
}

#[component]
pub(crate) fn Reset() -> impl IntoView {
    let form = FormState::from_context();
    let secret: String = context::segment("secret").unwrap_or_default();
    Suspend::new(async move {
        match live(&secret, Purpose::Password).await {
            Ok(Some(proof)) => view! { <NewPassword email=proof.email secret form/> }.into_any(),
            Ok(None) => view! { <Gone again="/forgot" label="Send another link"/> }.into_any(),
            Err(what) => trouble(what),
        }
    })
}

#[component]
fn NewPassword(email: String, secret: String, form: FormState) -> impl IntoView {
    view! {
        <Title text="Set a new password"/>
        <div class="page narrow">
            <h1>"Set a new password"</h1>
            <p class="lead">"For " {email.clone()} ". You are signed out everywhere by it."</p>
            <ErrorSummary form=form.clone()/>
            <form method="post" action=format!("/reset/{secret}") class="stack">
                // For the browser, which keeps passwords by address.
                <input type="text" autocomplete="username" value=email readonly hidden/>
                <Field
                    name="password"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    hint=PASSWORD_HINT
                    form
                />
                <button class="button large" type="submit">
                    "Set the password"
                </button>
            </form>
        </div>
    }
}
