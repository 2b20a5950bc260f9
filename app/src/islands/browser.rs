//! What islands ask of the browser.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::VisibilityState;

/// Lets time pass.
pub(super) async fn sleep_ms(duration: i32) {
    let promise = Promise::new(&mut |resolve: Function, _| {
        // A browser without timers has no page to wait on.
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, duration);
    });
    let _ = JsFuture::from(promise).await;
}

/// Pauses between tries after failures in a row: 1 s, 2 s, 4 s, 8 s, then 15 s each.
pub(super) async fn back_off(failures: u32) {
    let pause = 1_000_i32
        .saturating_mul(1 << failures.saturating_sub(1).min(4))
        .min(15_000);
    sleep_ms(pause).await;
}

/// Waits until the customer looks at the page: a browser keeps few connections to one site.
pub(super) async fn until_visible() {
    while document().visibility_state() == VisibilityState::Hidden {
        let promise = Promise::new(&mut |resolve: Function, _| {
            let wake = Closure::once_into_js(move || {
                let _ = resolve.call0(&JsValue::UNDEFINED);
            });
            document().set_onvisibilitychange(wake.dyn_ref());
        });
        let _ = JsFuture::from(promise).await;
    }
}

/// Goes to another page in place of this one, so that Back does not lead to a dead form.
pub(super) fn go_instead(path: &str) {
    let _ = window().location().replace(path);
}

/// Writes the new balance where the header shows it.
pub(super) fn show_in_header(available: &str) {
    if let Ok(Some(purse)) = document().query_selector("[data-credits]") {
        purse.set_text_content(Some(available));
    }
}

/// A property that a script has put on the page's global object.
pub(super) fn has_global(name: &str) -> bool {
    Reflect::has(&window(), &name.into()).unwrap_or(false)
}

/// Remembers, for as long as this tab lives, that a payment was confirmed in it.
pub(super) fn remember_paid(transaction: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        // A browser that keeps nothing only makes the next page less sure of itself.
        let _ = storage.set_item(&paid_key(transaction), "1");
    }
}

pub(super) fn was_paid_here(transaction: &str) -> bool {
    let storage = window().session_storage().ok().flatten();
    storage
        .and_then(|storage| storage.get_item(&paid_key(transaction)).ok().flatten())
        .is_some()
}

fn paid_key(transaction: &str) -> String {
    ["paid-", transaction].concat()
}
