//! Adding a passkey: its name, and whatever the device asks for. With the first factor come recovery
//! codes.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    ask, load,
    passkey_form::{PasskeyForm, Wish},
    recovery::recovery_codes,
};
use crate::{
    context::FormState,
    desk::access::Once,
    forms::{ErrorSummary, Field},
    problem::trouble,
};

/// Where one is added; whoever has a second factor gives it first.
const HERE: &str = "/admin/security/passkeys";

#[component]
pub(in crate::desk) fn AddPasskeyPage() -> impl IntoView {
    let form = FormState::from_context();
    let codes: Option<Once> = use_context();
    Suspend::new(async move {
        if let Some(codes) = codes {
            return recovery_codes("Your second factor is set up", codes);
        }
        match load().await {
            Ok(own) if !own.may_change => ask::ask(own, Some(HERE.to_owned()), form),
            Ok(own) => page(own.origin, form),
            Err(what) => trouble(what),
        }
    })
}

fn page(origin: Option<String>, form: FormState) -> AnyView {
    let summary = view! { <ErrorSummary form=form.clone()/> };
    let body = match origin {
        Some(origin) => view! {
            <p class="desk-text">
                "This device keeps it, or a phone or a security key that the browser finds. It wants your finger, your face or a PIN each time."
            </p>
            <PasskeyForm wish=Wish::Make label="Add a passkey" origin form=form.clone()>
                <Field
                    name="name"
                    label="Name"
                    hint="So that you know it again: Laptop, Phone, Blue key."
                    maxlength=60
                    form
                />
            </PasskeyForm>
        }
        .into_any(),
        None => view! {
            <p class="desk-text">
                "Passkeys are made for a name, and only over https. This site is reached by a number, or without https: TENDER_PUBLIC_URL says how. Use an app until that changes."
            </p>
        }
        .into_any(),
    };
    view! {
        <Title text="Add a passkey"/>
        <div class="desk-page">
            <h1>"Add a passkey"</h1>
            {summary}
            {body}
            <p>
                <a href="/admin/security">"Back to your second factor"</a>
            </p>
        </div>
    }
    .into_any()
}
