//! Before anything else of the desk opens: the code, or setting an app up.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    context::{self, FormState},
    forms::{ErrorSummary, Field},
};

/// Asks for the code.
pub(super) fn ask(form: FormState) -> AnyView {
    view! {
        <Title text="Second factor"/>
        <div class="desk-page">
            <h1>"Your second factor"</h1>
            <ErrorSummary form=form.clone()/>
            <CodeForm next=next(&form) label="Go on" form/>
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
            <form method="post" action="/admin/security/skip">
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
                "Whoever knows a password is not yet let in here. An app on your phone, or a password manager, shows a code that changes every 30 seconds; you type it after your password."
            </p>
            <form method="post" action="/admin/security/authenticator/offer">
                <button class="button" type="submit">
                    "Set up an app"
                </button>
            </form>
            {skip}
        </div>
    }
    .into_any()
}

/// The field for a code of the app, or a recovery code.
#[component]
pub(super) fn CodeForm(
    #[prop(optional_no_strip)] next: Option<String>,
    label: &'static str,
    form: FormState,
) -> impl IntoView {
    view! {
        <form method="post" action="/admin/security" class="stack desk-form">
            <Field
                name="code"
                label="Code"
                autocomplete="one-time-code"
                hint="The six digits that your app shows, or a recovery code."
                maxlength=40
                form
            />
            {next.map(|next| view! { <input type="hidden" name="next" value=next/> })}
            <button class="button" type="submit">
                {label}
            </button>
        </form>
    }
    .into_any()
}

/// Where to go afterwards: kept by the form, or else named in the address.
pub(super) fn next(form: &FormState) -> Option<String> {
    let kept = form.values.get("next").cloned();
    kept.or_else(|| context::query("next"))
}
