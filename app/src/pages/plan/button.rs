//! What a customer can do about a plan that is on sale.

use billing::{
    catalog::Offer,
    plan::{Status, Subscription},
};
use leptos::prelude::*;

use crate::context;

/// Subscribes, or says that it is the customer's plan already.
#[component]
pub(crate) fn PlanButton(plan: Offer, has: Option<Subscription>) -> impl IntoView {
    let label = format!("Choose {}", plan.name);
    let has = has.filter(|has| has.status != Status::Starting);
    match has {
        Some(has) if has.offer.key == plan.key => {
            view! { <p class="plan-yours">"Your plan"</p> }.into_any()
        }
        Some(has) if has.offer.kind != plan.kind => ().into_any(),
        Some(_) => {
            let change = format!("/account/plan/change?to={}", plan.key);
            view! {
                <a class="button quiet" href=change>
                    {format!("Switch to {}", plan.name)}
                </a>
            }
            .into_any()
        }
        None if context::viewer().customer().is_some() => {
            view! { <SubscribeButton plan label/> }.into_any()
        }
        None => {
            let sign_up = format!("/sign-up?next=/plans/{}", plan.key);
            view! {
                <a class="button quiet" href=sign_up>
                    {label}
                </a>
            }
            .into_any()
        }
    }
}

/// A button that orders a plan. It is a form of its own, so that it works without a script.
#[component]
pub(super) fn SubscribeButton(plan: Offer, label: String) -> impl IntoView {
    view! {
        <form method="post" action="/plans">
            <input type="hidden" name="plan" value=plan.key/>
            <input type="hidden" name="offer" value=plan.id.to_string()/>
            <button class="button" type="submit">
                {label}
            </button>
        </form>
    }
}
