//! The gateway's own page as another way to pay. Its forms work without a script.

use billing::{
    order::Order,
    transaction::{Kind, State},
};
use leptos::prelude::*;

/// The way to the gateway's page, below the card fields. Plans are paid with fields only.
#[component]
pub(super) fn OtherWay(order: Order) -> impl IntoView {
    if order.transaction.kind != Kind::Purchase {
        return ().into_any();
    }
    view! {
        <div class="other-way">
            <p class="or">"or"</p>
            <form method="post" action=format!("/orders/{}/page", order.id)>
                <button
                    class="button large wide quiet"
                    type="submit"
                    aria-describedby="other-way-hint"
                >
                    "Pay on the provider's page"
                </button>
            </form>
            <p class="hint" id="other-way-hint">
                "Leads to our payment provider and back. There may be more ways to pay there, such as "
                "a bank account."
            </p>
        </div>
    }
    .into_any()
}

/// In place of the card fields while the order is being paid on the gateway's page.
#[component]
pub(super) fn Elsewhere(order: Order) -> impl IntoView {
    let failure = (order.transaction.state == State::Failed)
        .then_some(order.transaction.failure)
        .flatten();
    view! {
        <section class="pay" aria-labelledby="pay-heading">
            <h1 id="pay-heading">"Open on the provider's page"</h1>
            {failure.map(|failure| view! { <p class="alert">{failure.message}</p> })}
            <p>
                "You have gone to our payment provider to pay this order. Go on there, or pay by card "
                "here: it is open in one place at a time, so that nobody pays it twice."
            </p>
            <form method="post" action=format!("/orders/{}/page", order.id)>
                <button class="button large wide" type="submit">
                    "Continue on the provider's page"
                </button>
            </form>
            <form method="post" action=format!("/orders/{}/page/leave", order.id)>
                <button class="button large wide quiet" type="submit">
                    "Pay by card here instead"
                </button>
            </form>
            <super::CancelOrder order=order.id/>
        </section>
    }
    .into_any()
}
