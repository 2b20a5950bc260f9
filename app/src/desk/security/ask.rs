//! Before anything else of the desk opens: the second factor, or setting one up.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    Own,
    passkey_form::{PasskeyForm, Wish},
};
use crate::{
    context::{self, FormState},
    forms::{ErrorSummary, Field},
};

/// Asks for the second factor, and leads on to `next`.
pub(super) fn ask(own: Own, next: Option<String>, form: FormState) -> AnyView {
    view! {
        <Title text="Second factor"/>
        <div class="desk-page">
            <h1>"Your second factor"</h1>
            <ErrorSummary form=form.clone()/>
            {ways(&own, next, form)}
            <p class="hint">
                "Lost the device? Type one of your recovery codes. Lost both? An owner of the site resets your second factor."
            </p>
        </div>
    }
    .into_any()
}

/// Leads to setting one up.
pub(super) fn none_yet(is_sandbox: bool) -> AnyView {
    let skip = is_sandbox.then(|| {
        view! {
            <form method="post" action="/admin/security/skip" class="stack">
                <p class="hint">
                    "No money moves in the sandbox, so you may do without for now. With a real gateway everybody needs one."
                </p>
                <button class="button quiet" type="submit">
                    "Skip it, in the sandbox only"
                </button>
            </form>
        }
    });
    view! {
        <Title text="Second factor"/>
        <div class="desk-page">
            <h1>"Set up your second factor"</h1>
            <p class="desk-text">
                "Whoever knows a password is not yet let in here. A passkey lives in this device, in a phone or in a security key: after your password it wants your finger, your face or a PIN, and no other site can ask for it. An app on your phone, or a password manager, shows a code that changes every 30 seconds, and you type it. Choose one; you can have both."
            </p>
            <div class="actions">
                <a class="button" href="/admin/security/passkeys">
                    "Add a passkey"
                </a>
                <form method="post" action="/admin/security/authenticator/offer">
                    <button class="button quiet" type="submit">
                        "Set up an app"
                    </button>
                </form>
            </div>
            {skip}
        </div>
    }
    .into_any()
}

/// Each way to give the second factor that somebody has: a passkey first, because it is one click.
pub(super) fn ways(own: &Own, next: Option<String>, form: FormState) -> AnyView {
    let passkey = own.origin.clone().filter(|_| own.standing.passkeys > 0);
    let passkey = passkey.map(|origin| {
        let next = next.clone();
        view! {
            <PasskeyForm wish=Wish::Show label="Use a passkey" origin form=form.clone()>
                <Next next/>
            </PasskeyForm>
        }
    });
    let (heading, hint) = match (own.standing.set_up_at, &passkey) {
        (Some(_), Some(_)) => (
            Some("Or a code"),
            "The six digits that your app shows, or a recovery code.",
        ),
        (Some(_), None) => (
            None,
            "The six digits that your app shows, or a recovery code.",
        ),
        (None, _) => (Some("Or a recovery code"), "One that was not used yet."),
    };
    view! {
        {passkey}
        {heading.map(|heading| view! { <h2>{heading}</h2> })}
        <form method="post" action="/admin/security" class="stack desk-form">
            <Field
                name="code"
                label="Code"
                autocomplete="one-time-code"
                hint
                maxlength=40
                form
            />
            <Next next/>
            <button class=button_class(heading.is_some()) type="submit">
                "Give the code"
            </button>
        </form>
    }
    .into_any()
}

/// What comes second is quieter.
fn button_class(is_second: bool) -> &'static str {
    if is_second { "button quiet" } else { "button" }
}

#[component]
fn Next(#[prop(optional_no_strip)] next: Option<String>) -> impl IntoView {
    next.map(|next| view! { <input type="hidden" name="next" value=next/> })
}

/// Where to go afterwards: kept by the form, or else named in the address.
pub(super) fn next(form: &FormState) -> Option<String> {
    let kept = form.values.get("next").cloned();
    kept.or_else(|| context::query("next"))
}
