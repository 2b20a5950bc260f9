//! Money back: how much, and what it takes of the customer's credits, before it is done.

use billing::{
    claim::Held,
    money::{Credits, Money},
    refund::{Reason as Word, RefundError},
    staff::{
        proposals::{Amount, Second},
        transactions::{Preview, Story},
    },
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::super::{
    parts::{Key, Reason, confirm, fact, facts, is_to_confirm},
    proposal::{needs_second, second_person},
};
use crate::{
    Trouble,
    context::{self, FormState},
    forms::{ErrorSummary, Field},
    problem::trouble,
    words,
};

#[component]
pub(crate) fn RefundPage() -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move {
        match load(&form).await {
            Ok((story, foreseen)) => page(&story, foreseen, form),
            Err(what) => trouble(what),
        }
    })
}

/// What a refund would do, and whether it waits for a second person before.
type Foreseen = (Preview, Option<Second>);

async fn load(form: &FormState) -> Result<(Story, Option<Foreseen>), Trouble> {
    let story = super::story().await?;
    if !is_to_confirm(form) {
        return Ok((story, None));
    }
    let currency = story.transaction.amount.currency;
    let amount = Money::from_decimal(&form.value("amount"), currency);
    let amount = amount.map_err(|_| Trouble::NotFound)?;
    let billing = context::billing()?;
    match billing.preview_refund(story.transaction.id, amount).await {
        Ok(preview) => {
            let (amount, customer) = (Amount::Refunded(amount), story.transaction.customer);
            let second = needs_second(amount, customer).await?;
            Ok((story, Some((preview, second))))
        }
        Err(RefundError::Other(error)) => Err(error.into()),
        Err(_) => Ok((story, None)),
    }
}

fn page(story: &Story, foreseen: Option<Foreseen>, form: FormState) -> AnyView {
    let action = format!("/admin/transactions/{}/refund", story.transaction.id);
    let back = format!("/admin/transactions/{}", story.transaction.id);
    let title = format!("Refund {}", story.transaction.title);
    let step = match foreseen {
        Some(foreseen) => last_step(story, foreseen, action, &form),
        None => first_step(story, action, form),
    };
    view! {
        <Title text=title.clone()/>
        <div class="desk-page narrow">
            <h1>{title}</h1>
            {step}
            <p class="aside">
                <a href=back>"Back to the transaction"</a>
            </p>
        </div>
    }
    .into_any()
}

fn first_step(story: &Story, action: String, form: FormState) -> AnyView {
    let left = story.refundable();
    if left.value == 0 {
        return view! { <p class="empty">"Nothing was paid that could still be refunded."</p> }
            .into_any();
    }
    let chosen = form.value("word");
    let options = [
        (Word::RequestedByCustomer, "The customer asked for it"),
        (Word::Duplicate, "It was paid twice"),
        (Word::Fraudulent, "It was fraud"),
    ];
    let options = options.map(|(word, shown)| {
        view! {
            <option value=word.as_str() selected=chosen == word.as_str()>
                {shown}
            </option>
        }
    });
    view! {
        <p class="lead">"Of " {story.transaction.amount.to_string()} ", " {left.to_string()} " can go back."</p>
        <ErrorSummary form=form.clone()/>
        <form method="post" action=action class="stack">
            <Key form=form.clone()/>
            <Field name="amount" label="Amount" value=left.to_decimal() form=form.clone()/>
            <div class="field">
                <label for="word">"What the gateway is told"</label>
                <select id="word" name="word">
                    {options.collect_view()}
                </select>
            </div>
            <Reason form/>
            <button class="button" type="submit">
                "See what it does"
            </button>
        </form>
    }
    .into_any()
}

fn last_step(story: &Story, foreseen: Foreseen, action: String, form: &FormState) -> AnyView {
    let (Preview { amount, held }, second) = foreseen;
    let customer = story.transaction.customer;
    let email = story.email.clone().unwrap_or_else(|| customer.to_string());
    let card = story
        .receipt
        .as_ref()
        .and_then(|receipt| receipt.card.as_ref());
    let card = card.map(|card| format!("{} {}", billing::card::brand(&card.brand), card.last4));
    let bill = [
        fact("Goes back", amount.to_string()),
        fact("To", card.unwrap_or_else(|| "whatever paid it".to_owned())),
        fact("Of", email),
        fact("Credits", takes(held)),
        fact("Why", form.value("reason")),
    ];
    let (lead, label) = match second {
        Some(_) => (
            "This is what it would do. Somebody else decides about it.",
            "Ask a second person".to_owned(),
        ),
        None => (
            "This is done when you confirm it, and cannot be taken back.",
            format!("Refund {amount}"),
        ),
    };
    let shown = |value| Money { value, ..amount }.to_string();
    view! {
        <p class="lead">{lead}</p>
        {facts(bill)}
        {second.map(|second| second_person(second, shown))}
        {confirm(action, form, label)}
    }
    .into_any()
}

/// What a refund does to the customer's credits, in words.
pub(in crate::desk) fn takes(held: Held) -> String {
    let parts = [
        (held.taken, "are taken back"),
        (held.owed, "were spent, and are owed"),
        (
            held.written_off,
            "were spent or ran out, and are lost to us",
        ),
    ];
    let parts = parts.iter().filter(|(credits, _)| *credits > Credits(0));
    let parts: Vec<_> = parts
        .map(|(credits, what)| format!("{} {what}", words::credits(*credits)))
        .collect();
    match parts.is_empty() {
        true => "None are taken.".to_owned(),
        false => parts.join("; "),
    }
}
