//! What you get and what it costs, before an order is made.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    Trouble, context,
    forms::{BuyButton, Changed},
    problem::trouble,
    words,
};

#[component]
pub(crate) fn Buy() -> impl IntoView {
    let found = context::billing().and_then(|billing| {
        let key: String = context::segment("pack").ok_or(Trouble::NotFound)?;
        billing
            .catalog()
            .pack(&key)
            .cloned()
            .ok_or(Trouble::NotFound)
    });
    let pack = match found {
        Ok(pack) => pack,
        Err(what) => return trouble(what),
    };
    let return_to = context::query("return_to").unwrap_or_else(|| "/studio".to_owned());
    view! {
        <Title text=format!("Buy {}", pack.name)/>
        <div class="page narrow">
            <h1>{format!("Buy {}", pack.name)}</h1>
            <Changed/>
            <p class="lead">{pack.description.clone()}</p>
            <dl class="bill">
                <div>
                    <dt>"You get"</dt>
                    <dd>{words::credits(pack.credits)}</dd>
                </div>
                <div class="total">
                    <dt>"You pay once"</dt>
                    <dd>{pack.price.to_string()}</dd>
                </div>
            </dl>
            <BuyButton pack return_to label="Continue to payment".to_owned()/>
            <p class="aside">
                <a href="/#packs">"Choose another pack"</a>
            </p>
        </div>
    }
    .into_any()
}
