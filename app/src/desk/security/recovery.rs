//! Recovery codes: shown once, for the day on which the device is lost.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::desk::access::Once;

/// New recovery codes, shown once.
#[component]
pub(in crate::desk) fn RecoveryCodesPage() -> impl IntoView {
    match use_context::<Once>() {
        Some(codes) => recovery_codes("Your new recovery codes", codes),
        None => nothing_offered(),
    }
}

pub(super) fn nothing_offered() -> AnyView {
    view! {
        <Title text="Second factor"/>
        <div class="desk-page">
            <h1>"Nothing is being set up"</h1>
            <p>"What was shown here is not shown again."</p>
            <p>
                <a href="/admin/security">"Go to your second factor"</a>
            </p>
        </div>
    }
    .into_any()
}

pub(super) fn recovery_codes(heading: &'static str, Once(codes): Once) -> AnyView {
    let codes = codes.into_iter().map(|code| {
        view! {
            <li>
                <code class="secret">{code}</code>
            </li>
        }
    });
    view! {
        <Title text=heading/>
        <div class="desk-page">
            <h1>{heading}</h1>
            <p class="desk-text">
                "Keep these recovery codes where you keep passwords: each lets you in once when your device is lost. They are not shown again, and older ones are void."
            </p>
            <ul class="recovery-codes">{codes.collect_view()}</ul>
            <p>
                <a class="button" href="/admin">
                    "I have kept them"
                </a>
            </p>
        </div>
    }
    .into_any()
}
