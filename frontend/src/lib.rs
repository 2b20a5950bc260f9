//! The WASM entry. Naming `app` links its islands; hydration wakes those that the page shows.

use app as _;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
