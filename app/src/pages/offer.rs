//! What is sold, as the shop shows it: its page, and staff before they publish.

use billing::catalog::Offer;
use leptos::prelude::*;

use crate::words;

/// A pack, and below it what can be done about it.
pub(crate) fn pack_card(pack: &Offer, control: AnyView) -> AnyView {
    let heading = format!("pack-{}", pack.key);
    let named_by = heading.clone();
    view! {
        <article class="pack" aria-labelledby=named_by>
            <h3 id=heading>{pack.name.clone()}</h3>
            <p class="pack-credits">
                <strong>{pack.credits.to_string()}</strong>
                " credits"
            </p>
            <p class="pack-price">
                <span class="amount">{pack.price.to_string()}</span>
                <span class="per-credit">{words::price_per_credit(pack)} " a credit"</span>
            </p>
            <p class="pack-words">{pack.description.clone()}</p>
            {control}
        </article>
    }
    .into_any()
}

/// A plan, and below it what can be done about it.
pub(crate) fn plan_card(plan: &Offer, control: AnyView) -> AnyView {
    let period = words::period(plan);
    let heading = format!("plan-{}", plan.key);
    let named_by = heading.clone();
    view! {
        <article class="plan" aria-labelledby=named_by>
            <h3 id=heading>{plan.name.clone()}</h3>
            <p class="plan-credits">{words::credits(plan.credits)} " each " {period}</p>
            <p class="plan-words">{plan.description.clone()}</p>
            <p class="plan-price">
                <span class="amount">{plan.price.to_string()}</span>
                " a "
                {period}
            </p>
            {control}
        </article>
    }
    .into_any()
}
