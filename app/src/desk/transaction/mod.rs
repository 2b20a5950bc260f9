//! One transaction: its facts, what can be done about it, and everything that happened to it.

mod refund;
mod timeline;

use billing::{
    id::TransactionId,
    staff::{Permission, transactions::Story},
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    parts::{Fact, button, done, fact, facts, linked, may},
    proposal::waiting,
    spoken,
};
use crate::{Trouble, context, problem::trouble, words};
pub(super) use refund::{RefundPage, takes};
use timeline::timeline;

const DONE: &[(&str, &str)] = &[
    (
        "fetched",
        "The gateway was asked, and what it answered is settled.",
    ),
    (
        "nothing-there",
        "There is no payment at the gateway yet: nothing could be asked.",
    ),
    (
        "refunded",
        "The refund is made. The timeline says what became of it.",
    ),
    (
        "refund-waits",
        "The refund is written down and its credits are taken. The gateway has not answered yet; it \
         is asked again by itself.",
    ),
    (
        "refund-failed",
        "The gateway refused the refund. Nothing went back, and the credits were given back.",
    ),
];

#[component]
pub(super) fn TransactionPage() -> impl IntoView {
    Suspend::new(async move {
        match story().await {
            Ok(story) => page(story),
            Err(what) => trouble(what),
        }
    })
}

async fn story() -> Result<Story, Trouble> {
    let id: TransactionId = context::segment("id").ok_or(Trouble::NotFound)?;
    let found = context::billing()?.story(id).await?;
    found.ok_or(Trouble::NotFound)
}

fn page(story: Story) -> AnyView {
    let transaction = &story.transaction;
    let title = format!("{} · {}", transaction.title, transaction.amount);
    let state = spoken::standing(transaction);
    let fetch = may(Permission::Help) && transaction.reference.is_some();
    let fetch = fetch.then(|| {
        let action = format!("/admin/transactions/{}/fetch", transaction.id);
        button(action, "Ask the gateway now")
    });
    let refund = may(Permission::Money) && story.refundable().value > 0;
    let refund = refund.then(|| {
        let href = format!("/admin/transactions/{}/refund", transaction.id);
        view! { <a class="button quiet" href=href>"Refund…"</a> }
    });
    view! {
        <Title text=title.clone()/>
        <div class="desk-page">
            <h1>{title}</h1>
            <p class="lead">{state}</p>
            {done(DONE)}
            {facts(about(&story))}
            <div class="actions">{refund} {fetch}</div>
            {waiting(&story.proposals)}
            <section aria-labelledby="timeline">
                <h2 id="timeline">"What happened"</h2>
                {timeline(story.moments)}
            </section>
        </div>
    }
    .into_any()
}

fn about(story: &Story) -> Vec<Fact> {
    let transaction = &story.transaction;
    let customer = transaction.customer;
    let email = story.email.clone().unwrap_or_else(|| customer.to_string());
    let mut all = vec![
        fact("Id", code(transaction.id)),
        fact("Kind", spoken::kind(transaction.kind)),
        fact(
            "Customer",
            linked(format!("/admin/customers/{customer}"), email),
        ),
        fact("Credits", transaction.credits.to_string()),
    ];
    if let Some(review) = &transaction.review {
        all.push(fact("In review, because", review.clone()));
    }
    if let Some(failure) = &transaction.failure {
        let why = format!("{} ({})", failure.message, failure.code);
        all.push(fact("The last attempt failed", why));
    }
    if let Some(order) = &story.order {
        let offer = format!(
            "{} ({}, version {})",
            order.offer.name, order.offer.key, order.offer.version
        );
        all.push(fact("Offer", offer));
        all.push(fact("Order", code(order.id)));
        if let Some(redemption) = &order.redemption {
            let text = format!(
                "{}: {} instead of {}",
                redemption.coupon.code, transaction.amount, redemption.list_price
            );
            all.push(fact("Code", text));
        }
    }
    if let Some(reference) = &transaction.reference {
        all.push(fact("At the gateway", code(reference)));
    }
    if let Some(payment) = &story.payment {
        all.push(fact("Paid by", code(payment)));
    }
    if let Some(receipt) = &story.receipt {
        all.push(fact("Receipt", receipt.to_string()));
        if let Some(card) = &receipt.card {
            let card = format!("{} {}", billing::card::brand(&card.brand), card.last4);
            all.push(fact("Card", card));
        }
    }
    for earning in &story.earnings {
        let payout = earning.payout.as_ref();
        let payout = payout.map(|payout| format!(", paid out in {payout}"));
        let text = format!("{}{}", earning.fee, payout.unwrap_or_default());
        all.push(fact("Fee of the gateway", text));
    }
    let left = story.refundable();
    if !story.refunds.is_empty() {
        all.push(fact("Can still be refunded", left.to_string()));
    }
    all.push(fact(
        "Begun",
        view! { <words::When time=transaction.created_at/> },
    ));
    if let Some(time) = transaction.settled_at {
        all.push(fact("Settled", view! { <words::When time/> }));
    }
    all
}

fn code(id: impl ToString) -> AnyView {
    view! { <code>{id.to_string()}</code> }.into_any()
}
