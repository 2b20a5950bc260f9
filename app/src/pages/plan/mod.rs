//! Choosing a plan: what it brings and costs, before it is ordered.

mod button;
mod cancel;
mod change;
mod manage;

use billing::{
    Billing,
    plan::{Status, Subscription},
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{Trouble, context, forms::Changed, problem::trouble, words};

pub(crate) use button::PlanButton;
use button::SubscribeButton;
pub(crate) use cancel::CancelPlan;
pub(crate) use change::ChangePlan;
pub(crate) use manage::ManagePlan;

/// The plan of whoever looks, once it has begun.
async fn theirs(billing: &Billing) -> Result<Option<Subscription>, Trouble> {
    let customer = context::viewer().customer().ok_or(Trouble::SignedOut)?;
    let plan = billing.subscription(customer).await?;
    Ok(plan.filter(|plan| plan.status != Status::Starting))
}

#[component]
pub(crate) fn ChoosePlan() -> impl IntoView {
    let found = context::billing().and_then(|billing| {
        let key: String = context::segment("plan").ok_or(Trouble::NotFound)?;
        billing
            .catalog()
            .plan(&key)
            .cloned()
            .ok_or(Trouble::NotFound)
    });
    let plan = match found {
        Ok(plan) => plan,
        Err(what) => return trouble(what),
    };
    let period = words::period(&plan);
    view! {
        <Title text=format!("{} plan", plan.name)/>
        <div class="page narrow">
            <h1>{format!("{} plan", plan.name)}</h1>
            <Changed/>
            <p class="lead">{plan.description.clone()}</p>
            <dl class="bill">
                <div>
                    <dt>{format!("You get each {period}")}</dt>
                    <dd>{words::credits(plan.credits)}</dd>
                </div>
                <div>
                    <dt>{format!("Left at the end of a {period}")}</dt>
                    <dd>{words::left_over(&plan)}</dd>
                </div>
                <div class="total">
                    <dt>{format!("You pay each {period}")}</dt>
                    <dd>{plan.price.to_string()}</dd>
                </div>
            </dl>
            <p class="hint">
                {format!("The plan renews by itself each {period} with the card that you pay with now.")}
            </p>
            <SubscribeButton plan label="Continue to payment".to_owned()/>
            <p class="aside">
                <a href="/#plans">"Choose another plan"</a>
            </p>
        </div>
    }
    .into_any()
}
