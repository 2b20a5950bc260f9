//! Credits that staff give and take: what will happen is told before it does.

use billing::{
    clock::Day,
    ledger::Taken,
    money::Credits,
    staff::{
        customers::Listed,
        proposals::{Amount, Second},
    },
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::super::{
    customers,
    parts::{Fact, Key, Reason, confirm, fact, facts, is_to_confirm},
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
pub(crate) fn GivePage() -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move {
        match wanted(&form, Amount::Given).await {
            Ok((customer, second)) => give(&customer, second, form),
            Err(what) => trouble(what),
        }
    })
}

#[component]
pub(crate) fn TakePage() -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move {
        match foreseen(&form).await {
            Ok((customer, second, taken)) => take(&customer, second, taken, form),
            Err(what) => trouble(what),
        }
    })
}

/// For whom it is, and whether it waits for a second person.
async fn wanted(
    form: &FormState,
    moves: fn(Credits) -> Amount,
) -> Result<(Listed, Option<Second>), Trouble> {
    let customer = super::profile().await?.customer;
    let second = match amount(form) {
        Some(amount) => needs_second(moves(amount), customer.id).await?,
        None => None,
    };
    Ok((customer, second))
}

async fn foreseen(form: &FormState) -> Result<(Listed, Option<Second>, Option<Taken>), Trouble> {
    let (customer, second) = wanted(form, Amount::Taken).await?;
    let Some(amount) = amount(form) else {
        return Ok((customer, None, None));
    };
    let asked = context::billing()?
        .preview_taking(customer.id, amount)
        .await;
    Ok((customer, second, asked.ok()))
}

/// How many, once it only has to be confirmed.
fn amount(form: &FormState) -> Option<Credits> {
    let typed = form.value("amount").replace(',', "");
    let amount = typed.parse().ok().map(Credits);
    amount.filter(|_| is_to_confirm(form))
}

/// What is available when they are given.
pub(in crate::desk) fn available_then(available: Credits, given: Credits) -> Fact {
    let after = Credits(available.0.saturating_add(given.0));
    fact("Available then", format!("{after}, less what is owed"))
}

/// What taking does.
pub(in crate::desk) fn taken(Taken { taken, owed, left }: Taken) -> [Fact; 3] {
    let owes = match owed {
        Credits(0) => "Nothing".to_owned(),
        owed => format!("{owed}, which the next credits pay first"),
    };
    [
        fact("Are taken", words::credits(taken)),
        fact("Are owed", owes),
        fact("Left then", left.to_string()),
    ]
}

/// The last step: what happens, who else decides, and the button.
fn last_step(
    action: String,
    bill: impl IntoIterator<Item = Fact>,
    second: Option<Second>,
    form: &FormState,
    label: String,
) -> AnyView {
    let label = match second {
        Some(_) => "Ask a second person".to_owned(),
        None => label,
    };
    view! {
        {facts(bill)}
        {second.map(|second| second_person(second, |credits| Credits(credits).counted()))}
        {confirm(action, form, label)}
    }
    .into_any()
}

fn give(customer: &Listed, second: Option<Second>, form: FormState) -> AnyView {
    let action = format!("/admin/customers/{}/give", customer.id);
    let step = if let Some(amount) = amount(&form) {
        let until = form.value("until").parse::<Day>().ok();
        let until = match until {
            Some(day) => view! { "After " <words::Day time=day.begin()/> }.into_any(),
            None => "Never".into_any(),
        };
        let bill = [
            fact("To", customers::name(customer)),
            fact("Credits", format!("{amount} for nothing")),
            fact("They run out", until),
            available_then(customer.available, amount),
            fact("The customer reads", form.value("note")),
            fact("Why", form.value("reason")),
        ];
        let label = format!("Give {}", words::credits(amount));
        last_step(action, bill, second, &form, label)
    } else {
        let note = Some("A gift from us".to_owned());
        first_step(action, note, true, form)
    };
    page("Give credits", customer, step)
}

fn take(
    customer: &Listed,
    second: Option<Second>,
    foreseen: Option<Taken>,
    form: FormState,
) -> AnyView {
    let action = format!("/admin/customers/{}/take", customer.id);
    let step = if let Some(foreseen) = foreseen {
        let amount = Credits(foreseen.taken.0 + foreseen.owed.0);
        let from = fact("From", customers::name(customer));
        let said = [
            fact("The customer reads", form.value("note")),
            fact("Why", form.value("reason")),
        ];
        let bill = [from].into_iter().chain(taken(foreseen)).chain(said);
        let label = format!("Take {}", words::credits(amount));
        last_step(action, bill, second, &form, label)
    } else {
        let note = Some("Taken back by us".to_owned());
        first_step(action, note, false, form)
    };
    page("Take credits", customer, step)
}

fn first_step(action: String, note: Option<String>, can_end: bool, form: FormState) -> AnyView {
    let until = can_end.then(|| {
        let form = form.clone();
        view! {
            <Field
                name="until"
                label="Last day, if they are to run out"
                kind="date"
                optional=true
                form
            />
        }
    });
    view! {
        <ErrorSummary form=form.clone()/>
        <form method="post" action=action class="stack">
            <Key form=form.clone()/>
            <Field name="amount" label="Credits" form=form.clone()/>
            {until}
            <Field
                name="note"
                label="What the customer reads on their statement"
                value=note.unwrap_or_default()
                maxlength=200
                form=form.clone()
            />
            <Reason form/>
            <button class="button" type="submit">
                "See what it does"
            </button>
        </form>
    }
    .into_any()
}

fn page(title: &'static str, customer: &Listed, step: AnyView) -> AnyView {
    let back = format!("/admin/customers/{}", customer.id);
    let name = customers::name(customer);
    view! {
        <Title text=title/>
        <div class="desk-page narrow">
            <h1>{title}</h1>
            <p class="lead">{name} " has " {words::credits(customer.available)} "."</p>
            {step}
            <p class="aside">
                <a href=back>"Back to the customer"</a>
            </p>
        </div>
    }
    .into_any()
}
