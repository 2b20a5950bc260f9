//! Where a card is added, and where one is removed.

use billing::{card::Card, id::CardId};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::Title;

use crate::{
    Trouble,
    context::{self, Site},
    forms::ErrorSummary,
    islands::{checkout::PaymentForm, props::Given},
    problem::trouble,
    wire::{self, Subject},
};

#[component]
pub(crate) fn AddCard() -> impl IntoView {
    let Some(site) = use_context::<Site>() else {
        return trouble(Trouble::Unavailable);
    };
    view! {
        <Title text="Add a card"/>
        <div class="page narrow">
            <h1>"Add a card"</h1>
            <p class="lead">"Your bank may ask you to confirm. Nothing is charged."</p>
            <CardDesk subject=Subject::Card pay_label="Save card".to_owned() site/>
            <p class="aside">
                <a href="/account#cards">"Back to your account"</a>
            </p>
        </div>
    }
    .into_any()
}

/// The card form by itself, with the gateway's script.
#[component]
pub(crate) fn CardDesk(subject: Subject, pay_label: String, site: Site) -> impl IntoView {
    let script_url = site.stripe_js_url.clone();
    let props = wire::PaymentForm {
        subject,
        id: String::new(),
        cards: Vec::new(),
        asks_to_keep: false,
        publishable_key: site.publishable_key,
        script_url: site.stripe_js_url,
        pay_label,
        site_url: site.public_url,
    };
    view! {
        <script id="gateway-script" async src=script_url nonce=use_nonce()></script>
        <div class="pay">
            <noscript>
                <p class="alert">
                    "Card fields come from the payment provider and need JavaScript. Please turn it "
                    "on for this page and reload; nothing has been charged."
                </p>
            </noscript>
            <Given props>
                <PaymentForm/>
            </Given>
        </div>
    }
    .into_any()
}

#[component]
pub(crate) fn RemoveCard() -> impl IntoView {
    Suspend::new(async move {
        match load().await {
            Ok((card, needed)) => view! { <Remove card needed/> }.into_any(),
            Err(what) => trouble(what),
        }
    })
}

/// The card, and whether a plan needs it.
async fn load() -> Result<(Card, bool), Trouble> {
    let billing = context::billing()?;
    let customer = context::viewer().customer().ok_or(Trouble::SignedOut)?;
    let id: CardId = context::segment("id").ok_or(Trouble::NotFound)?;
    let card = billing.card(customer, id).await?.ok_or(Trouble::NotFound)?;
    Ok((card, billing.needs_card(customer, id).await?))
}

#[component]
fn Remove(card: Card, needed: bool) -> impl IntoView {
    let name = card.face.to_string();
    let form = context::FormState::from_context();
    let way = if needed {
        view! {
            <p>"Your plan is paid with it. Add another card first; then this one can go."</p>
            <p class="actions">
                <a class="button" href="/account/cards/add">
                    "Add a card"
                </a>
                <a class="button quiet" href="/account#cards">
                    "Keep it"
                </a>
            </p>
        }
        .into_any()
    } else {
        view! {
            <p>"What you have bought stays yours. To pay with this card again, you enter it again."</p>
            <form method="post" class="actions">
                <button class="button" type="submit">
                    "Remove card"
                </button>
                <a class="button quiet" href="/account#cards">
                    "Keep it"
                </a>
            </form>
        }
        .into_any()
    };
    view! {
        <Title text="Remove a card"/>
        <div class="page narrow">
            <h1>{format!("Remove {name}?")}</h1>
            <ErrorSummary form/>
            {way}
        </div>
    }
}
