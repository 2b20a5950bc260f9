//! What the pages have in common that say who is let in.

use billing::{Billing, staff::Permission};
use leptos::prelude::*;

use crate::{
    Trouble,
    context::{self, FormState},
    forms::Field,
};

/// What a page shows this once, because nobody keeps it: a secret, recovery codes.
#[derive(Clone, Debug)]
pub struct Once(pub Vec<String>);

/// The money, for who may let people and programs in. However the address was written: for anybody
/// else there is nothing here.
pub(super) fn billing() -> Result<Billing, Trouble> {
    let role = context::viewer().person().and_then(|person| person.role);
    match role.is_some_and(|role| role.may(Permission::Access)) {
        true => context::billing(),
        false => Err(Trouble::NotFound),
    }
}

/// What the form that led here has done, named in the address.
#[component]
pub(super) fn Done() -> impl IntoView {
    let text = match context::query("done")?.as_str() {
        "code" => "Thank you. For ten minutes you can change it.",
        "app" => "The app is set up. Your recovery codes stay as they are.",
        "app-removed" => "Removed. The codes of the app let nobody in any more.",
        "passkey-added" => "Added. From now on it lets you in after your password.",
        "passkey-renamed" => "Renamed.",
        "passkey-removed" => "Removed. It lets nobody in any more.",
        "signed-out" => "Signed out.",
        "added" => "Added. A link to set a password is on its way.",
        "role" => "The new role counts from now on.",
        "reset" => "Reset. They set up another second factor after their next password.",
        "closed" => "Closed. They cannot sign in any more.",
        "revoked" => "The key is revoked.",
        "replayed" => "On its way once more.",
        "disabled" => "The endpoint is disabled: nothing is sent there any more.",
        _ => return None,
    };
    Some(view! {
        <p class="done" role="status">
            {text}
        </p>
    })
}

/// A secret that is shown this once.
#[component]
pub(super) fn ShownOnce(
    /// What it is: `The new key. It is not shown again`.
    what: &'static str,
) -> impl IntoView {
    let Once(secrets) = use_context()?;
    Some(view! {
        <div class="done" role="status">
            <p>{what} ":"</p>
            {secrets
                .into_iter()
                .map(|secret| {
                    view! {
                        <p>
                            <code class="secret">{secret}</code>
                        </p>
                    }
                })
                .collect_view()}
        </div>
    })
}

/// Why something is done, as the audit log keeps it.
#[component]
pub(super) fn Reason(form: FormState) -> impl IntoView {
    view! { <Field name="reason" label="Why" hint="Kept in the audit log." maxlength=500 form/> }
}

/// One of a few words.
#[component]
pub(super) fn Choice(
    name: &'static str,
    label: &'static str,
    words: Vec<&'static str>,
    /// Which one, when the form has none yet.
    chosen: &'static str,
    form: FormState,
) -> impl IntoView {
    let error = form.errors.get(name).cloned();
    let error_id = format!("{name}-error");
    let value = form.values.get(name).cloned();
    let value = value.unwrap_or_else(|| chosen.to_owned());
    let options = words.into_iter().map(|word| {
        view! {
            <option value=word selected=word == value>
                {word}
            </option>
        }
    });
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <select
                id=name
                name=name
                aria-invalid=error.is_some().then_some("true")
                aria-describedby=error.is_some().then(|| error_id.clone())
            >
                {options.collect_view()}
            </select>
            {error.map(|error| view! { <p class="field-error" id=error_id>{error}</p> })}
        </div>
    }
    .into_any()
}
