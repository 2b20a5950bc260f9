//! What canceling a plan means, before it is done.

use billing::{catalog::Rollover, plan::Subscription};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{Trouble, context, problem::trouble, words};

#[component]
pub(crate) fn CancelPlan() -> impl IntoView {
    Suspend::new(async move {
        let found = async {
            let billing = context::billing()?;
            super::theirs(&billing).await?.ok_or(Trouble::NotFound)
        };
        match found.await {
            Ok(plan) => view! { <Cancel plan/> }.into_any(),
            Err(what) => trouble(what),
        }
    })
}

#[component]
fn Cancel(plan: Subscription) -> impl IntoView {
    let ends = plan.period.map(|period| period.end);
    let name = plan.offer.name.clone();
    let left_over = match plan.offer.rollover {
        Rollover::None => {
            "When the plan ends, what is left of its credits runs out. Credits from packs stay."
                .to_owned()
        }
        Rollover::Capped(cap) => format!(
            "When the plan ends, up to {cap} of the credits that are left of it stay. Credits from \
             packs stay."
        ),
        Rollover::All => "What is left of your credits stays yours either way.".to_owned(),
    };
    view! {
        <Title text="Cancel the plan"/>
        <div class="page narrow">
            <h1>{format!("Cancel {name}")}</h1>
            <section aria-labelledby="at-the-end">
                <h2 id="at-the-end">"With the period"</h2>
                <p>
                    "The plan goes on until "
                    {ends.map(|time| view! { <words::Day time/> })}
                    ", which is paid for. Then it ends, and nothing more is charged. Until then you can "
                    "change your mind."
                </p>
                <form method="post" action="/account/plan/cancel">
                    <input type="hidden" name="when" value="end"/>
                    <button class="button" type="submit">
                        "Cancel at the end of the period"
                    </button>
                </form>
            </section>
            <section aria-labelledby="now">
                <h2 id="now">"Now"</h2>
                <p>
                    "The plan ends at once and cannot be brought back. Nothing is paid back for the rest "
                    "of the period."
                </p>
                <form method="post" action="/account/plan/cancel">
                    <input type="hidden" name="when" value="now"/>
                    <button class="button quiet" type="submit">
                        "Cancel now"
                    </button>
                </form>
            </section>
            <p class="hint">{left_over}</p>
            <p class="aside">
                <a href="/account/plan">"Back to your plan"</a>
            </p>
        </div>
    }
    .into_any()
}
