//! Form fields that keep what was typed and say what is wrong with it.

use billing::catalog::Offer;
use leptos::prelude::*;

use crate::context::{self, FormState};

/// A labelled text field. The first field of a form with an error takes the focus.
#[component]
pub(crate) fn Field(
    name: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] autocomplete: Option<&'static str>,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(optional)] maxlength: Option<usize>,
    /// May be left empty.
    #[prop(optional)]
    optional: bool,
    /// Its value, when the form has none yet.
    #[prop(optional)]
    value: Option<String>,
    form: FormState,
) -> impl IntoView {
    let error = form.errors.get(name).cloned();
    let value = form.values.get(name).cloned().or(value);
    let autofocus = form.errors.keys().next().is_some_and(|first| first == name);
    let error_id = format!("{name}-error");
    let hint_id = format!("{name}-hint");
    let described_by = [
        error.is_some().then(|| error_id.clone()),
        hint.map(|_| hint_id.clone()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(" ");
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                type=kind
                value=value.filter(|_| kind != "password")
                autocomplete=autocomplete
                maxlength=maxlength.map(|limit| limit.to_string())
                required=!optional
                autofocus=autofocus
                aria-invalid=error.is_some().then_some("true")
                aria-describedby=(!described_by.is_empty()).then_some(described_by)
            />
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            {error.map(|error| view! { <p class="field-error" id=error_id>{error}</p> })}
        </div>
    }
    .into_any()
}

/// What is wrong with a form, announced at once and linked to its fields.
#[component]
pub(crate) fn ErrorSummary(form: FormState) -> impl IntoView {
    let nothing_is_wrong = form.errors.is_empty() && form.notice.is_none();
    (!nothing_is_wrong).then(|| {
        view! {
            <div class="alert" role="alert">
                {form.notice.map(|notice| view! { <p>{notice}</p> })}
                {form
                    .errors
                    .into_iter()
                    .map(|(field, error)| {
                        view! {
                            <p>
                                <a href=format!("#{field}")>{error}</a>
                            </p>
                        }
                    })
                    .collect_view()}
            </div>
        }
    })
}

/// What the form that led here has done, named in the address.
#[component]
pub(crate) fn Done() -> impl IntoView {
    let text = match context::query("done")?.as_str() {
        "verified" => "Thank you. Your address is verified.",
        "verify-sent" => "The link is on its way to you.",
        "address" => "Your new address is in use.",
        "address-sent" => "Open the link that we sent to your new address: then it is in use.",
        "password" => "Your new password is set.",
        "reset-sent" => {
            "If there is an account with that address, a link is on its way to it. It works for an hour."
        }
        "closed" => "Your account is closed. Goodbye, and thank you.",
        _ => return None,
    };
    Some(view! {
        <p class="done" role="status">
            {text}
        </p>
    })
}

/// What is sold is not what was shown a moment ago: nothing was ordered, and here it stands as it is.
#[component]
pub(crate) fn Changed() -> impl IntoView {
    context::query("changed").map(|_| {
        view! {
            <p class="alert" role="alert">
                "This has changed since you saw it, and nothing was ordered yet. Here it is as it is sold now."
            </p>
        }
    })
}

/// A button that buys a pack. It is a form of its own, so that it works without a script.
#[component]
pub(crate) fn BuyButton(
    /// As its price is shown.
    pack: Offer,
    /// The path to which the customer returns after paying.
    return_to: String,
    label: String,
) -> impl IntoView {
    view! {
        <form method="post" action="/orders">
            <input type="hidden" name="pack" value=pack.key/>
            <input type="hidden" name="offer" value=pack.id.to_string()/>
            <input type="hidden" name="return_to" value=return_to/>
            <button class="button" type="submit">
                {label}
            </button>
        </form>
    }
}
