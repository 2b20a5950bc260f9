//! Credits that staff give and take: what will happen is told before it does.

use billing::{clock::Day, ledger::Taken, money::Credits, staff::customers::Listed};
use leptos::prelude::*;
use leptos_meta::Title;

use super::super::{
    customers,
    parts::{Key, Reason, confirm, fact, facts, is_to_confirm},
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
        match super::profile().await {
            Ok(profile) => give(&profile.customer, form),
            Err(what) => trouble(what),
        }
    })
}

#[component]
pub(crate) fn TakePage() -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move {
        match foreseen(&form).await {
            Ok((customer, taken)) => take(&customer, taken, form),
            Err(what) => trouble(what),
        }
    })
}

async fn foreseen(form: &FormState) -> Result<(Listed, Option<Taken>), Trouble> {
    let customer = super::profile().await?.customer;
    let amount = form.value("amount").parse().map(Credits);
    let (true, Ok(amount)) = (is_to_confirm(form), amount) else {
        return Ok((customer, None));
    };
    let asked = context::billing()?
        .preview_taking(customer.id, amount)
        .await;
    Ok((customer, asked.ok()))
}

fn give(customer: &Listed, form: FormState) -> AnyView {
    let action = format!("/admin/customers/{}/give", customer.id);
    let step = if is_to_confirm(&form) {
        let amount = Credits(form.value("amount").parse().unwrap_or_default());
        let until = form.value("until").parse::<Day>().ok();
        let until = match until {
            Some(day) => view! { "After " <words::Day time=day.begin()/> }.into_any(),
            None => "Never".into_any(),
        };
        let after = Credits(customer.available.0.saturating_add(amount.0));
        let bill = [
            fact("To", customers::name(customer)),
            fact("Credits", format!("{amount} for nothing")),
            fact("They run out", until),
            fact("Available then", format!("{after}, less what is owed")),
            fact("The customer reads", form.value("note")),
            fact("Why", form.value("reason")),
        ];
        let label = format!("Give {}", words::credits(amount));
        view! {
            {facts(bill)}
            {confirm(action, &form, label)}
        }
        .into_any()
    } else {
        let note = Some("A gift from us".to_owned());
        first_step(action, note, true, form)
    };
    page("Give credits", customer, step)
}

fn take(customer: &Listed, taken: Option<Taken>, form: FormState) -> AnyView {
    let action = format!("/admin/customers/{}/take", customer.id);
    let step = if let Some(Taken { taken, owed, left }) = taken {
        let amount = Credits(taken.0 + owed.0);
        let owes = match owed {
            Credits(0) => "Nothing".to_owned(),
            owed => format!("{owed}, which the next credits pay first"),
        };
        let bill = [
            fact("From", customers::name(customer)),
            fact("Are taken", words::credits(taken)),
            fact("Are owed", owes),
            fact("Left then", left.to_string()),
            fact("The customer reads", form.value("note")),
            fact("Why", form.value("reason")),
        ];
        let label = format!("Take {}", words::credits(amount));
        view! {
            {facts(bill)}
            {confirm(action, &form, label)}
        }
        .into_any()
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
