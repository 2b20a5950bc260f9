//! Where a customer waits for a payment. Whole as it is rendered; the island keeps it true.

use billing::{id::TransactionId, transaction::Transaction};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    Trouble, context, islands::transaction::TransactionProgress, problem::trouble,
    server_functions::asking, wire, words,
};

#[component]
pub(crate) fn TransactionPage() -> impl IntoView {
    Suspend::new(async move {
        match load().await {
            Ok((transaction, return_to, seen)) => {
                view! { <Waiting transaction return_to seen/> }.into_any()
            }
            Err(what) => trouble(what),
        }
    })
}

/// The transaction, the path to which the customer goes back, and what the island starts with.
type Loaded = (Transaction, Option<String>, wire::Transaction);

async fn load() -> Result<Loaded, Trouble> {
    let billing = context::billing()?;
    let customer = context::viewer().customer().ok_or(Trouble::SignedOut)?;
    let id: TransactionId = context::segment("id").ok_or(Trouble::NotFound)?;
    let transaction = billing
        .transaction(customer, id)
        .await?
        .ok_or(Trouble::NotFound)?;
    let order = match transaction.order {
        Some(order) => billing.order(customer, order).await?,
        None => None,
    };
    let seen = asking::transaction_as_seen(&billing, transaction.clone()).await?;
    Ok((transaction, order.and_then(|order| order.return_to), seen))
}

#[component]
fn Waiting(
    transaction: Transaction,
    return_to: Option<String>,
    seen: wire::Transaction,
) -> impl IntoView {
    let was_paid = bank_says_paid();
    let credits = words::credits(transaction.credits);
    let done_title = format!("{credits} are in your account");
    let nothing_due = transaction.amount.value == 0;
    let price = match nothing_due {
        true => ", with nothing to pay".to_owned(),
        false => format!(" for {}", transaction.amount),
    };
    let pay_at = match transaction.order {
        Some(order) => format!("/checkout/{order}"),
        None => format!("/pay/{}", transaction.id),
    };
    let may_be_unpaid = matches!(
        seen.status,
        wire::Status::Created | wire::Status::RequiresAction
    );
    view! {
        <Title text="Your payment"/>
        <div class="page narrow">
            <p class="lead">
                {transaction.title} ", " {credits} {price}
            </p>
            <TransactionProgress
                id=transaction.id.to_string()
                pay_at=pay_at.clone()
                done_title
                return_to
                transaction=seen
                was_paid
                nothing_due
            />
            <noscript>
                <p class="aside">
                    "With JavaScript this page follows the payment by itself. Without it: "
                    <a href="">"Check again"</a>
                    {may_be_unpaid
                        .then(|| view! { ", or " <a href=pay_at>"go to the payment"</a> })}
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
