//! Where an order is paid. The summary is rendered here; the card fields are the island's.

mod coupon;
mod hosted;

use billing::{
    card::Card,
    id::OrderId,
    order::{Order, OrderStatus},
    transaction::{Kind, State},
};
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
pub(crate) fn Checkout() -> impl IntoView {
    Suspend::new(async move {
        match load().await {
            Ok((order, cards)) if can_be_paid(&order) => view! { <Desk order cards/> }.into_any(),
            Ok((order, _)) => {
                leptos_axum::redirect(&format!("/transactions/{}", order.transaction.id));
                ().into_any()
            }
            Err(what) => trouble(what),
        }
    })
}

async fn load() -> Result<(Order, Vec<Card>), Trouble> {
    let billing = context::billing()?;
    let customer = context::viewer().customer().ok_or(Trouble::SignedOut)?;
    let id: OrderId = context::segment("order").ok_or(Trouble::NotFound)?;
    let order = billing
        .order(customer, id)
        .await?
        .ok_or(Trouble::NotFound)?;
    Ok((order, billing.cards(customer).await?))
}

fn can_be_paid(order: &Order) -> bool {
    order.status == OrderStatus::Open
        && matches!(
            order.transaction.state,
            State::Created | State::RequiresAction | State::Failed
        )
}

#[component]
fn Desk(order: Order, cards: Vec<Card>) -> impl IntoView {
    let Some(site) = use_context::<Site>() else {
        return trouble(Trouble::Unavailable);
    };
    let transaction = order.transaction.id.to_string();
    let payment = match order.transaction.way.is_page() {
        true => view! { <hosted::Elsewhere order=order.clone()/> }.into_any(),
        false => view! { <Pay order=order.clone() cards site/> }.into_any(),
    };
    view! {
        <Title text="Pay"/>
        <div class="page checkout" data-transaction=transaction>
            <Summary order/>
            {payment}
        </div>
    }
    .into_any()
}

#[component]
fn Summary(order: Order) -> impl IntoView {
    let price = order.transaction.amount.to_string();
    let paid = words::how_often(&order);
    let total = match order.redemption {
        Some(_) => "Due",
        None => "Total",
    };
    view! {
        <section class="summary" aria-label="Your order">
            <p class="summary-name">{order.transaction.title.clone()}</p>
            <p class="summary-price">{price.clone()}</p>
            <dl class="bill">
                <div>
                    <dt>"You get"</dt>
                    <dd>{words::credits(order.transaction.credits)}</dd>
                </div>
                <div>
                    <dt>"Paid"</dt>
                    <dd>{paid}</dd>
                </div>
                <coupon::Discount order=order.clone()/>
                <div class="total">
                    <dt>{total}</dt>
                    <dd>{price}</dd>
                </div>
            </dl>
            <coupon::CouponForm order/>
            <p class="hint">
                "The credits are yours as soon as the payment settles. This page stays true if you "
                "reload it or come back later."
            </p>
        </section>
    }
    .into_any()
}

#[component]
fn Pay(order: Order, cards: Vec<Card>, site: Site) -> impl IntoView {
    let script_url = site.stripe_js_url.clone();
    let props = wire::PaymentForm {
        subject: Subject::Order,
        id: order.id.to_string(),
        cards: cards.iter().map(words::saved_card).collect(),
        asks_to_keep: order.transaction.kind == Kind::Purchase,
        publishable_key: site.publishable_key,
        script_url: site.stripe_js_url,
        pay_label: format!("Pay {}", order.transaction.amount),
        site_url: site.public_url,
    };
    view! {
        <section class="pay" aria-labelledby="pay-heading">
            <h1 id="pay-heading">"Pay by card"</h1>
            <noscript>
                <p class="alert">
                    "Card fields come from the payment provider and need JavaScript. Please turn it "
                    "on for this page and reload; nothing has been charged."
                </p>
            </noscript>
            <Given props>
                <PaymentForm/>
            </Given>
            <hosted::OtherWay order=order.clone()/>
            <CancelOrder order=order.id/>
            <script id="gateway-script" async src=script_url nonce=use_nonce()></script>
        </section>
    }
    .into_any()
}

#[component]
fn CancelOrder(order: OrderId) -> impl IntoView {
    view! {
        <form method="post" action=format!("/orders/{order}/cancel") class="cancel-order">
            <button class="button quiet" type="submit">
                "Cancel order"
            </button>
        </form>
    }
}
