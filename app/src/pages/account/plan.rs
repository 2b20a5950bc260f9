//! The customer's plan, in short.

use billing::plan::{Status, Subscription};
use leptos::prelude::*;

use crate::words;

#[component]
pub(super) fn Plan(plan: Option<Subscription>) -> impl IntoView {
    let plan = plan.filter(|plan| plan.status != Status::Starting);
    let is_none = plan.is_none();
    view! {
        <section aria-labelledby="plan">
            <h2 id="plan">"Plan"</h2>
            {is_none
                .then(|| {
                    view! {
                        <p class="empty">
                            "You have no plan. A plan brings credits each month. "
                            <a href="/#plans">"See the plans"</a>
                        </p>
                    }
                })}
            {plan
                .map(|plan| {
                    view! {
                        <words::PlanInShort plan/>
                        <p class="actions">
                            <a class="button quiet" href="/account/plan">
                                "Change or cancel the plan"
                            </a>
                        </p>
                    }
                })}
        </section>
    }
    .into_any()
}
