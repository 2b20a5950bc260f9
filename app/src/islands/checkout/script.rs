//! The gateway's script, which this page loads when it is needed.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlScriptElement;

use crate::islands::browser;

/// How long it may take before we say that it did not come.
const TRIES: u32 = 120;
const TRY_MS: i32 = 100;
/// The tag, by its id.
const TAG: &str = "gateway-script";

/// Waits for it. A tag that failed is replaced by a new one.
pub(super) async fn script_is_there(url: &str) -> bool {
    if !browser::has_global("Stripe") && document().get_element_by_id(TAG).is_none() {
        add_script(url);
    }
    for _ in 0..TRIES {
        if browser::has_global("Stripe") {
            return true;
        }
        browser::sleep_ms(TRY_MS).await;
    }
    if let Some(tag) = document().get_element_by_id(TAG) {
        tag.remove();
    }
    false
}

fn add_script(url: &str) {
    let tag = document()
        .create_element("script")
        .map(JsCast::unchecked_into::<HtmlScriptElement>);
    if let (Ok(tag), Some(head)) = (tag, document().head()) {
        tag.set_id(TAG);
        tag.set_src(url);
        let _ = head.append_child(&tag);
    }
}
