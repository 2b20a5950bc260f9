//! A form whose answer comes from a passkey: the script beside it asks the server for a question and the
//! device for an answer, and sends the form with it.

use leptos::prelude::*;

use crate::context::FormState;

/// What a device is asked for.
#[derive(Clone, Copy)]
pub(super) enum Wish {
    /// To make a passkey.
    Make,
    /// To show one.
    Show,
}

impl Wish {
    /// As the browser calls it.
    fn verb(self) -> &'static str {
        match self {
            Self::Make => "create",
            Self::Show => "get",
        }
    }

    /// Where the form goes, and where its question comes from.
    fn addresses(self) -> (&'static str, &'static str) {
        match self {
            Self::Make => ("/admin/security/passkeys", "/admin/security/passkeys/offer"),
            Self::Show => ("/admin/security", "/admin/security/passkeys/ask"),
        }
    }
}

#[component]
pub(super) fn PasskeyForm(
    wish: Wish,
    label: &'static str,
    /// Where passkeys of this site answer.
    origin: String,
    form: FormState,
    /// Fields that go along.
    children: Children,
) -> impl IntoView {
    let nonce = leptos::nonce::use_nonce();
    let (action, question) = wish.addresses();
    let error = form.errors.get("passkey").cloned();
    let there = format!("{origin}/admin/security");
    let at = origin.clone();
    view! {
        <form
            method="post"
            action=action
            class="stack desk-form"
            data-passkey=wish.verb()
            data-question=question
            data-origin=origin
        >
            {children()}
            <button
                id="passkey"
                class="button"
                type="submit"
                autofocus=error.is_some()
                aria-describedby="passkey-error"
            >
                {label}
            </button>
            <p class="field-error" id="passkey-error" aria-live="polite">
                {error}
            </p>
            <p class="hint" data-elsewhere hidden>
                "Passkeys are made for a name, and here they answer at " <a href=there>{at}</a>
                " alone. Sign in there to use one."
            </p>
            <p class="hint" data-too-old hidden>
                "This browser knows no passkeys, or is too old for them."
            </p>
            <noscript>
                <p class="hint">"Passkeys need JavaScript, which is off in this browser."</p>
            </noscript>
            <input type="hidden" name="passkey"/>
        </form>
        <script type="module" src="/desk/passkeys.js" nonce=nonce></script>
    }
    .into_any()
}
