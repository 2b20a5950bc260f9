//! Where a customer waits for a payment. Whole as it is rendered; the island keeps it true.

use billing::{id::TransactionId, order::Order};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    Trouble, context, islands::transaction::TransactionProgress, problem::trouble,
    server_functions::asking, wire, words,
};

#[component]
pub(crate) fn Transaction() -> impl IntoView {
    Suspend::new(async move {
        match load().await {
            Ok((order, seen)) => view! { <Waiting order seen/> }.into_any(),
            Err(what) => trouble(what),
        }
    })
}

async fn load() -> Result<(Order, wire::Transaction), Trouble> {
    let billing = context::billing()?;
    let customer = context::viewer().customer().ok_or(Trouble::SignedOut)?;
    let id: TransactionId = context::segment("id").ok_or(Trouble::NotFound)?;
    let transaction = billing
        .transaction(customer, id)
        .await?
        .ok_or(Trouble::NotFound)?;
    let order = billing
        .order(customer, transaction.order)
        .await?
        .ok_or(Trouble::NotFound)?;
    Ok((
        order,
        asking::transaction_as_seen(&billing, transaction).await?,
    ))
}

#[component]
fn Waiting(order: Order, seen: wire::Transaction) -> impl IntoView {
    let was_paid = bank_says_paid();
    let credits = words::credits(order.transaction.credits);
    let checkout = format!("/checkout/{}", order.id);
    let may_be_unpaid = matches!(
        seen.status,
        wire::Status::Created | wire::Status::RequiresAction
    );
    view! {
        <Title text="Your payment"/>
        <div class="page narrow">
            <p class="lead">
                {order.offer.name} " pack, " {credits.clone()} " for "
                {order.transaction.amount.to_string()}
            </p>
            <TransactionProgress
                id=order.transaction.id.to_string()
                order=order.id.to_string()
                credits
                return_to=order.return_to
                transaction=seen
                was_paid
            />
            <noscript>
                <p class="aside">
                    "With JavaScript this page follows the payment by itself. Without it: "
                    <a href="">"Check again"</a>
                    {may_be_unpaid
                        .then(|| view! { ", or " <a href=checkout>"go to the payment"</a> })}
                </p>
            </noscript>
        </div>
    }
}

/// A bank that took over the whole window sends the customer back with this in the address:
/// <https://docs.stripe.com/payments/payment-intents/verifying-status>.
fn bank_says_paid() -> bool {
    context::query("redirect_status").as_deref() == Some("succeeded")
}
