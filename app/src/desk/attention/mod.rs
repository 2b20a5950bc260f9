//! What staff must look at.

mod duties;
mod events;
mod findings;
mod listing;
mod mails;
mod money_back;
mod proposals;
mod reviews;

use billing::inbox::Attention;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{Trouble, context, problem::trouble};

#[component]
pub(crate) fn AttentionPage() -> impl IntoView {
    Suspend::new(async move {
        match attention().await {
            Ok(attention) => view! { <Everything attention/> }.into_any(),
            Err(what) => trouble(what),
        }
    })
}

async fn attention() -> Result<Attention, Trouble> {
    let billing = context::billing()?;
    let viewer = context::viewer();
    let person = viewer.person().ok_or(Trouble::SignedOut)?;
    // For everybody else the page does not exist.
    person.role.ok_or(Trouble::NotFound)?;
    Ok(billing.attention().await?)
}

/// The most urgent first.
#[component]
fn Everything(attention: Attention) -> impl IntoView {
    let listings: Vec<_> = [
        reviews::reviews(attention.reviews),
        money_back::disputes(attention.disputes),
        money_back::warnings(attention.warnings),
        money_back::failed_refunds(attention.failed_refunds),
        proposals::proposals(attention.proposals),
        findings::findings(attention.findings),
        events::events(attention.events),
        duties::duties(attention.duties),
        mails::mails(attention.mails),
    ]
    .into_iter()
    .flatten()
    .collect();
    let is_calm = listings.is_empty();
    view! {
        <Title text="Needs attention"/>
        <div class="desk-page listing">
            <h1>"Needs attention"</h1>
            {is_calm
                .then(|| {
                    view! {
                        <p class="empty">
                            "Nothing needs attention. Payments agree with their orders, and every "
                            "event has been dealt with."
                        </p>
                    }
                })}
            {listings}
        </div>
    }
}
