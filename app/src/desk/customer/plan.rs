//! Another plan for a customer, or none: what that costs them is told before it is done.

use billing::{
    catalog::{Offer, Rollover},
    plan::{ChangeError, Quote, Status, Subscription},
    staff::customers::Listed,
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    super::{
        customers,
        parts::{Fact, Reason, confirm, fact, facts, is_to_confirm},
    },
    holdings,
};
use crate::{
    Trouble,
    context::{self, FormState},
    forms::ErrorSummary,
    problem::trouble,
    words,
};

#[component]
pub(crate) fn PlanPage() -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move {
        match load(form).await {
            Ok(page) => page,
            Err(what) => trouble(what),
        }
    })
}

async fn load(mut form: FormState) -> Result<AnyView, Trouble> {
    let billing = context::billing()?;
    let customer = super::profile().await?.customer;
    let plan = billing.subscription(customer.id).await?;
    let plan = plan.filter(|plan| plan.status != Status::Starting);
    let plan = plan.ok_or(Trouble::NotFound)?;
    if !is_to_confirm(&form) {
        return Ok(page(&customer, &plan, first_step(&customer, &plan, form)));
    }
    let chosen = form.value("do");
    let to = chosen.strip_prefix("change:");
    let to = to.and_then(|key| billing.catalog().plan(key).cloned());
    let (what, label) = match (chosen.as_str(), to) {
        (_, Some(to)) => {
            let quote = billing.quote(&plan, &to, billing.clock().now()).await;
            let (facts, at, due) = match quote {
                Ok(quote) => quoted(&to, quote),
                Err(ChangeError::Gateway(error)) => return Err(billing::Error::from(error).into()),
                Err(ChangeError::Other(error)) => return Err(error.into()),
                Err(_) => return Err(Trouble::Closed),
            };
            form.values.insert("at".to_owned(), at.unwrap_or_default());
            form.values
                .insert("due".to_owned(), due.unwrap_or_default());
            (facts, format!("Change to {}", to.name))
        }
        ("end", None) => (with_the_period(&plan), "End it with the period".to_owned()),
        ("now", None) => (at_once(&plan), "End it now".to_owned()),
        _ => {
            let goes_on = vec![fact("The plan", "goes on as it is, and renews")];
            (goes_on, "Keep the plan".to_owned())
        }
    };
    let action = format!("/admin/customers/{}/plan", customer.id);
    let why = fact("Why", form.value("reason"));
    let step = view! {
        {facts(what.into_iter().chain([why]))}
        {confirm(action, &form, label)}
    };
    Ok(page(&customer, &plan, step.into_any()))
}

fn page(customer: &Listed, plan: &Subscription, step: AnyView) -> AnyView {
    let back = format!("/admin/customers/{}", customer.id);
    view! {
        <Title text="Change or end the plan"/>
        <div class="desk-page narrow">
            <h1>"Change or end the plan"</h1>
            <p class="lead">{customers::name(customer)}</p>
            {holdings::standing(plan)}
            {step}
            <p class="aside">
                <a href=back>"Back to the customer"</a>
            </p>
        </div>
    }
    .into_any()
}

fn first_step(customer: &Listed, plan: &Subscription, form: FormState) -> AnyView {
    let plans = context::billing().map(|billing| billing.catalog().plans.clone());
    let others = plans.unwrap_or_default().into_iter();
    let others =
        others.filter(|offer| offer.key != plan.offer.key && offer.kind == plan.offer.kind);
    let others = others.map(|offer| {
        let price = format!("{} a {}", offer.price, words::period(&offer));
        (
            format!("change:{}", offer.key),
            format!("Change to {}, {price}", offer.name),
        )
    });
    let goes_on = plan.cancel_at_end || plan.next_offer.is_some();
    let keep = goes_on.then(|| ("keep".to_owned(), "Keep it as it is after all".to_owned()));
    let ends = [("end", "End it with the period"), ("now", "End it now")];
    let ends = ends.map(|(word, shown)| (word.to_owned(), shown.to_owned()));
    let chosen = form.value("do");
    let options = others.chain(keep).chain(ends).map(|(word, shown)| {
        let selected = word == chosen;
        view! {
            <option value=word selected=selected>
                {shown}
            </option>
        }
    });
    view! {
        <ErrorSummary form=form.clone()/>
        <form method="post" action=format!("/admin/customers/{}/plan", customer.id) class="stack">
            <div class="field">
                <label for="do">"What is done"</label>
                <select id="do" name="do">
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

type Quoted = (Vec<Fact>, Option<String>, Option<String>);

/// What a change does, and the moment and the price that are confirmed with it.
fn quoted(to: &Offer, quote: Quote) -> Quoted {
    let each = format!("{} a {}", to.price, words::period(to));
    match quote {
        Quote::Raise { due, credits, at } => {
            let facts = vec![
                fact("Is charged now", format!("{due}, to the card of the plan")),
                fact("Credits now", format!("{credits} more")),
                fact("From the next renewal on", each),
            ];
            (
                facts,
                Some(at.unix().to_string()),
                Some(due.value.to_string()),
            )
        }
        Quote::Lower { at } => {
            let facts = vec![
                fact("Is charged now", "Nothing"),
                fact("Begins", view! { <words::Day time=at/> }),
                fact("From then on", each),
            ];
            (facts, None, None)
        }
    }
}

fn with_the_period(plan: &Subscription) -> Vec<Fact> {
    let end = plan.period.map(|period| period.end);
    vec![
        fact("It ends", end.map(|time| view! { <words::When time/> })),
        fact("Until then", "it is paid for, and can be kept after all"),
        fact("Credits", left_over(plan)),
    ]
}

fn at_once(plan: &Subscription) -> Vec<Fact> {
    vec![
        fact("It ends", "at once, and cannot be brought back"),
        fact(
            "Money",
            "Nothing is paid back by this. Refund the payment if it is to be.",
        ),
        fact("Credits", left_over(plan)),
    ]
}

/// What becomes of the plan's credits when it ends.
fn left_over(plan: &Subscription) -> String {
    match plan.offer.rollover {
        Rollover::None => "What is left of the plan's runs out then".to_owned(),
        Rollover::Capped(cap) => format!("Up to {cap} of what is left of the plan's stay"),
        Rollover::All => "What is left of the plan's stays".to_owned(),
    }
}
