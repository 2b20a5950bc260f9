//! Where a payment that nobody ordered is made: a renewal that failed, or that the bank wants the
//! customer for. It is the same payment, brought back to its customer.

use billing::{card::Card, id::TransactionId, transaction::Transaction};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::Title;

use crate::{
    Trouble,
    context::{self, Site},
    islands::{checkout::PaymentForm, props::Given},
    problem::trouble,
    wire::{self, Subject},
    words,
};

#[component]
pub(crate) fn Pay() -> impl IntoView {
    Suspend::new(async move {
        match owed().await {
            Ok((transaction, cards)) => {
                if let Some(page) = elsewhere(&transaction) {
                    leptos_axum::redirect(&page);
                    return ().into_any();
                }
                view! { <Desk transaction cards/> }.into_any()
            }
            Err(what) => trouble(what),
        }
    })
}

async fn owed() -> Result<(Transaction, Vec<Card>), Trouble> {
    let billing = context::billing()?;
    let customer = context::viewer().customer().ok_or(Trouble::SignedOut)?;
    let id: TransactionId = context::segment("transaction").ok_or(Trouble::NotFound)?;
    let found = billing.transaction(customer, id).await?;
    let transaction = found.ok_or(Trouble::NotFound)?;
    Ok((transaction, billing.cards(customer).await?))
}

/// What was ordered is paid at its checkout; what cannot be paid any more says why.
fn elsewhere(transaction: &Transaction) -> Option<String> {
    match (transaction.order, transaction.is_payable()) {
        (Some(order), true) => Some(format!("/checkout/{order}")),
        (None, true) => None,
        (_, false) => Some(format!("/transactions/{}", transaction.id)),
    }
}

#[component]
fn Desk(transaction: Transaction, cards: Vec<Card>) -> impl IntoView {
    let Some(site) = use_context::<Site>() else {
        return trouble(Trouble::Unavailable);
    };
    let id = transaction.id.to_string();
    let price = transaction.amount.to_string();
    let script_url = site.stripe_js_url.clone();
    let props = wire::PaymentForm {
        subject: Subject::Owed,
        id: id.clone(),
        cards: cards.iter().map(words::saved_card).collect(),
        asks_to_keep: false,
        publishable_key: site.publishable_key,
        script_url: site.stripe_js_url,
        pay_label: format!("Pay {price}"),
        site_url: site.public_url,
    };
    view! {
        <Title text="Pay"/>
        <script id="gateway-script" async src=script_url nonce=use_nonce()></script>
        <div class="page checkout" data-transaction=id.clone()>
            <section class="summary" aria-label="What you pay for">
                <p class="summary-name">{transaction.title}</p>
                <p class="summary-price">{price.clone()}</p>
                <dl class="bill">
                    <div>
                        <dt>"You get"</dt>
                        <dd>{words::credits(transaction.credits)}</dd>
                    </div>
                    <div class="total">
                        <dt>"Total"</dt>
                        <dd>{price.clone()}</dd>
                    </div>
                </dl>
                <p class="hint">
                    "The card that you pay with is charged for the next renewals, too."
                </p>
            </section>
            <section class="pay" aria-labelledby="pay-heading">
                <h1 id="pay-heading">"Pay by card"</h1>
                <noscript>
                    <p class="alert">
                        "Card fields come from the payment provider and need JavaScript. Please turn "
                        "it on for this page and reload; nothing has been charged."
                    </p>
                </noscript>
                <Given props>
                    <PaymentForm/>
                </Given>
            </section>
        </div>
    }
    .into_any()
}
