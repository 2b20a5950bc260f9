//! What a page gives to its island. Leptos would write properties of an island as JSON, too, but
//! browsers would need all of serde to read them.

use leptos::prelude::*;
use miniserde::{Deserialize, Serialize};

use crate::wire;

/// Given to one island of a page.
pub(crate) trait Props: Clone + Send + Sync + Serialize + Deserialize + 'static {
    /// The element that carries them.
    const ID: &'static str;
}

impl Props for wire::PaymentForm {
    const ID: &'static str = "payment-form";
}

impl Props for wire::Progress {
    const ID: &'static str = "progress";
}

impl Props for wire::Balance {
    const ID: &'static str = "balance";
}

/// Gives `props` to the island inside.
#[cfg(feature = "ssr")]
#[component]
pub(crate) fn Given<P: Props>(props: P, children: Children) -> impl IntoView {
    let json = miniserde::json::to_string(&props);
    provide_context(props);
    view! {
        <div class="given" id=P::ID data-props=json>
            {children()}
        </div>
    }
}

/// An island, as it looks with what it was given. The server puts it behind one type, without which
/// an option around a whole view takes minutes to compile; in browsers that type would weigh as much
/// as reading with miniserde saves.
pub(super) fn with_props<P: Props, V: IntoView + 'static>(view: fn(P) -> V) -> impl IntoView {
    let view = given().map(view);
    #[cfg(feature = "ssr")]
    let view = view.map(IntoAny::into_any);
    view
}

fn given<P: Props>() -> Option<P> {
    #[cfg(feature = "ssr")]
    return use_context();
    #[cfg(not(feature = "ssr"))]
    return document()
        .get_element_by_id(P::ID)
        .and_then(|element| element.get_attribute("data-props"))
        .and_then(|json| miniserde::json::from_str(&json).ok());
}
