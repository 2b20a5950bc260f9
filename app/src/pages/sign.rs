//! Signing up and signing in. The forms are posted to their own address.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    context::{self, FormState},
    forms::{Done, ErrorSummary, Field},
    pages::password::PASSWORD_HINT,
    words,
};

#[component]
pub(crate) fn SignUp() -> impl IntoView {
    let form = FormState::from_context();
    let next = next_page(&form);
    let sign_in = with_next("/sign-in", next.as_deref());
    view! {
        <Title text="Create account"/>
        <div class="page narrow">
            <h1>"Create account"</h1>
            <ErrorSummary form=form.clone()/>
            <form method="post" action="/sign-up" class="stack">
                <Field name="email" label="Email" kind="email" autocomplete="username" form=form.clone()/>
                <Field
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="new-password"
                    hint=PASSWORD_HINT
                    form
                />
                <NextField next/>
                <button class="button large" type="submit">
                    "Create account"
                </button>
            </form>
            <p class="aside">"You have one? " <a href=sign_in>"Sign in instead"</a></p>
        </div>
    }
}

#[component]
pub(crate) fn SignIn() -> impl IntoView {
    let form = FormState::from_context();
    let next = next_page(&form);
    let sign_up = with_next("/sign-up", next.as_deref());
    view! {
        <Title text="Sign in"/>
        <div class="page narrow">
            <h1>"Sign in"</h1>
            <Done/>
            <ErrorSummary form=form.clone()/>
            <form method="post" action="/sign-in" class="stack">
                <Field name="email" label="Email" kind="email" autocomplete="username" form=form.clone()/>
                <Field
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="current-password"
                    form
                />
                <NextField next/>
                <button class="button large" type="submit">
                    "Sign in"
                </button>
            </form>
            <p class="aside">
                <a href="/forgot">"Forgot your password?"</a>
            </p>
            <p class="aside">"New here? " <a href=sign_up>"Open an account"</a></p>
        </div>
    }
}

/// Where to go afterwards: kept by the form, or else named in the address.
fn next_page(form: &FormState) -> Option<String> {
    form.values
        .get("next")
        .cloned()
        .or_else(|| context::query("next"))
}

fn with_next(path: &str, next: Option<&str>) -> String {
    match next {
        Some(next) => format!("{path}?next={}", words::escaped(next)),
        None => path.to_owned(),
    }
}

#[component]
fn NextField(next: Option<String>) -> impl IntoView {
    next.map(|next| view! { <input type="hidden" name="next" value=next/> })
}
