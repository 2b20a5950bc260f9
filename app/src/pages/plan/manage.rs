//! What a customer can do about their plan.

use billing::{
    catalog::Offer,
    plan::{Status, Subscription},
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{Trouble, context, problem::trouble, words};

#[component]
pub(crate) fn ManagePlan() -> impl IntoView {
    Suspend::new(async move {
        match load().await {
            Ok((Some(plan), offers)) => view! { <Manage plan offers/> }.into_any(),
            Ok((None, _)) => {
                leptos_axum::redirect("/account#plan");
                ().into_any()
            }
            Err(what) => trouble(what),
        }
    })
}

async fn load() -> Result<(Option<Subscription>, Vec<Offer>), Trouble> {
    let billing = context::billing()?;
    let plan = super::theirs(&billing).await?;
    Ok((plan, billing.catalog().plans.clone()))
}

#[component]
fn Manage(plan: Subscription, offers: Vec<Offer>) -> impl IntoView {
    let name = plan.offer.name.clone();
    let stays = plan.cancel_at_end || plan.next_offer.is_some();
    let may_change = plan.status == Status::Active && !plan.cancel_at_end;
    let others = offers
        .into_iter()
        .filter(|offer| offer.key != plan.offer.key && offer.kind == plan.offer.kind)
        .map(|offer| view! { <Other offer/> })
        .collect_view();
    view! {
        <Title text="Your plan"/>
        <div class="page narrow">
            <h1>"Your plan"</h1>
            <words::PlanInShort plan=plan.clone()/>
            {(plan.status == Status::PastDue)
                .then(|| {
                    view! {
                        <p class="alert">
                            "The last renewal is not paid. Pay it first, and the plan can be changed again."
                        </p>
                    }
                })}
            {stays
                .then(|| {
                    view! {
                        <form method="post" action="/account/plan/keep">
                            <button class="button" type="submit">
                                {format!("Keep {name} as it is")}
                            </button>
                        </form>
                    }
                })}
            {may_change
                .then(|| {
                    view! {
                        <section aria-labelledby="other-plans">
                            <h2 id="other-plans">"Switch to another plan"</h2>
                            <p class="hint">
                                "The next page says what it costs and when it begins. Nothing changes before you confirm it there."
                            </p>
                            <ul class="other-plans">{others}</ul>
                        </section>
                    }
                })}
            {(!plan.cancel_at_end)
                .then(|| {
                    view! {
                        <p class="aside">
                            <a href="/account/plan/cancel">"Cancel the plan"</a>
                        </p>
                    }
                })}
        </div>
    }
    .into_any()
}

#[component]
fn Other(offer: Offer) -> impl IntoView {
    let period = words::period(&offer);
    view! {
        <li>
            <span>
                <strong>{offer.name.clone()}</strong>
                {format!(": {} each {period}, {} a {period}", words::credits(offer.credits), offer.price)}
            </span>
            <a class="button quiet" href=format!("/account/plan/change?to={}", offer.key)>
                {format!("Switch to {}", offer.name)}
            </a>
        </li>
    }
}
