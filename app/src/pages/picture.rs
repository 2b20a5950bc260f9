//! One picture, large.

use billing::{id::TransferId, ledger::Entry};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{Trouble, context, problem::trouble, studio::words_of, words};

#[component]
pub(crate) fn Picture() -> impl IntoView {
    Suspend::new(async move {
        match entry().await {
            Ok((entry, words)) => view! { <Large entry words/> }.into_any(),
            Err(what) => trouble(what),
        }
    })
}

async fn entry() -> Result<(Entry, String), Trouble> {
    let billing = context::billing()?;
    let customer = context::viewer().customer().ok_or(Trouble::SignedOut)?;
    let id: TransferId = context::segment("id").ok_or(Trouble::NotFound)?;
    let entry = billing
        .entry(customer, id)
        .await?
        .ok_or(Trouble::NotFound)?;
    let words = words_of(&entry.note).ok_or(Trouble::NotFound)?.to_owned();
    Ok((entry, words))
}

#[component]
fn Large(entry: Entry, words: String) -> impl IntoView {
    let file = format!("/studio/{}.svg", entry.id);
    let again = format!("/studio?words={}", words::escaped(&words));
    view! {
        <Title text=words.clone()/>
        <div class="page">
            <figure class="large-picture">
                <img
                    src=file.clone()
                    alt=format!("A drawn landscape: {words}")
                    width="960"
                    height="640"
                />
                <figcaption>
                    <h1>{words}</h1>
                    <p class="hint">
                        {words::credits(billing::money::Credits(entry.amount.0.saturating_abs()))} ", "
                        <words::When time=entry.at/>
                    </p>
                </figcaption>
            </figure>
            <p class="actions">
                <a class="button" href=again>
                    "Make another"
                </a>
                <a class="button quiet" href=file download="picture.svg">
                    "Download"
                </a>
            </p>
        </div>
    }
}
