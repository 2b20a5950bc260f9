//! Where a customer waits for a payment. Whole as it is rendered; the island keeps it true.

use billing::{
    id::TransactionId,
    transaction::{Kind, Transaction},
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    Trouble, context,
    islands::{props::Given, transaction::TransactionProgress},
    problem::trouble,
    server_functions::asking,
    wire::{self, Purpose},
    words,
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

fn purpose_of(transaction: &Transaction) -> Purpose {
    match (transaction.kind, transaction.credits.0) {
        (Kind::CardValidation, 0) => Purpose::Card,
        (Kind::CardValidation, _) => Purpose::Trial,
        _ => Purpose::Payment,
    }
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
    let validation = billing.validation(customer, id).await?;
    let return_to = order
        .and_then(|order| order.return_to)
        .or_else(|| validation.and_then(|validation| validation.return_to));
    let seen = asking::transaction_as_seen(&billing, transaction.clone()).await?;
    Ok((transaction, return_to, seen))
}

#[component]
fn Waiting(
    transaction: Transaction,
    return_to: Option<String>,
    seen: wire::Transaction,
) -> impl IntoView {
    let was_paid = bank_says_paid();
    let credits = words::credits(transaction.credits);
    let purpose = purpose_of(&transaction);
    let done_title = match purpose {
        Purpose::Card => "Your card is saved".to_owned(),
        _ => format!("{credits} are in your account"),
    };
    let nothing_due = transaction.amount.value == 0;
    let price = match (purpose, nothing_due) {
        (Purpose::Card, _) => String::new(),
        (Purpose::Trial, _) => format!(", {credits} for nothing"),
        (Purpose::Payment, true) => format!(", {credits}, with nothing to pay"),
        (Purpose::Payment, false) => format!(", {credits} for {}", transaction.amount),
    };
    let pay_at = match (purpose, transaction.order) {
        (Purpose::Card, _) => "/account/cards/add".to_owned(),
        (Purpose::Trial, _) => "/trial".to_owned(),
        (_, Some(order)) => format!("/checkout/{order}"),
        (_, None) => transaction.pay_page(),
    };
    let may_be_unpaid = matches!(
        seen.status,
        wire::Status::Created | wire::Status::RequiresAction
    );
    let props = wire::Progress {
        id: transaction.id.to_string(),
        purpose,
        pay_at: pay_at.clone(),
        done_title,
        return_to,
        transaction: seen,
        was_paid,
        nothing_due,
    };
    view! {
        <Title text="Your payment"/>
        <div class="page narrow">
            <p class="lead">
                {transaction.title} {price}
            </p>
            <Given props>
                <TransactionProgress/>
            </Given>
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
