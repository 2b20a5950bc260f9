//! Who the customer is to us, and what they can do about it.

use billing::people::Person;
use leptos::prelude::*;

/// Asks for the proof that the address is theirs.
#[component]
pub(super) fn Unverified() -> impl IntoView {
    view! {
        <aside class="notice" aria-label="Your address is not verified yet">
            <p>
                "Your address is not verified yet. Please open the link that we sent to it, so that "
                "receipts and a forgotten password find you."
            </p>
            <form method="post" action="/account/email/verify">
                <button class="button quiet" type="submit">
                    "Send the link again"
                </button>
            </form>
        </aside>
    }
}

#[component]
pub(super) fn Profile(person: Person) -> impl IntoView {
    let state = match person.verified_at {
        Some(_) => "Verified",
        None => "Not verified yet",
    };
    view! {
        <section aria-labelledby="profile">
            <h2 id="profile">"About you"</h2>
            <ul class="rows">
                <li>
                    <span>{person.email} <span class="secondary">{state}</span></span>
                    <a href="/account/email">"Change address"</a>
                </li>
                <li>
                    <span>
                        "Password" <span class="secondary">"Signs you out everywhere else"</span>
                    </span>
                    <a href="/account/password">"Change password"</a>
                </li>
                <li>
                    <span>
                        "Your data"
                        <span class="secondary">"Everything we hold about you, as JSON"</span>
                    </span>
                    <a href="/account/export" download>
                        "Download"
                    </a>
                </li>
                <li>
                    <span>"Account" <span class="secondary">"For good"</span></span>
                    <a href="/account/close">"Close account"</a>
                </li>
            </ul>
        </section>
    }
    .into_any()
}
