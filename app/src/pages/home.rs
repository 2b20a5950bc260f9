//! The start: what this is, and what it costs.

use billing::{Billing, catalog::Offer, validation::Trial};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    context,
    forms::BuyButton,
    pages::{
        offer::{pack_card, plan_card},
        plan::PlanButton,
    },
    problem::trouble,
    studio::{PRICE, picture_svg},
    words,
};

#[component]
pub(crate) fn Home() -> impl IntoView {
    let billing = match context::billing() {
        Ok(billing) => billing,
        Err(what) => return trouble(what),
    };
    let catalog = billing.catalog();
    let trial = catalog.trial().cloned();
    let can_buy = context::viewer().customer().is_some();
    let packs = catalog.packs.iter().map(|pack| pack_offer(pack, can_buy));
    view! {
        <Title text=""/>
        <div class="page">
            <Hero/>
            {trial.map(|trial| Suspend::new(trial_offer(trial)))}
            <section class="offers" aria-labelledby="packs">
                <h2 id="packs">"Packs"</h2>
                <p class="lead">"Pay once. Credits from a pack do not run out by themselves."</p>
                <div class="packs">{packs.collect_view()}</div>
            </section>
            <section class="offers" aria-labelledby="plans">
                <h2 id="plans">"Plans"</h2>
                <p class="lead">"For those who make something every week."</p>
                <Plans/>
            </section>
        </div>
    }
    .into_any()
}

/// Shown to visitors, and to customers who have not had it.
async fn trial_offer(trial: Trial) -> impl IntoView {
    let customer = context::viewer().customer();
    let address = match customer {
        None => "/sign-up?next=/trial",
        Some(customer) => {
            let billing = use_context::<Billing>()?;
            billing.trial_for(customer).await.ok()??;
            "/trial"
        }
    };
    let label = format!("Start free: {}", words::credits(trial.credits));
    Some(view! {
        <section class="trial" aria-label="Start free">
            <p>"Try it first. A card that works opens it, and nothing is charged."</p>
            <a class="button large" href=address>
                {label}
            </a>
        </section>
    })
}

#[component]
fn Hero() -> impl IntoView {
    let picture = picture_svg("a harbour at dusk", "start");
    view! {
        <section class="hero">
            <div class="hero-words">
                <h1>"Credits when you need them"</h1>
                <p class="lead">
                    "Buy a pack, and it is in your account the moment your payment settles. "
                    {format!("Spend it in the studio, where {} turn a few words into a picture.", words::credits(PRICE))}
                </p>
                <p class="actions">
                    <a class="button large" href="#packs">
                        "See the packs"
                    </a>
                    <a class="button large quiet" href="/studio">
                        "Look into the studio"
                    </a>
                </p>
            </div>
            <div class="hero-picture" aria-hidden="true" inner_html=picture></div>
        </section>
    }
    .into_any()
}

/// A pack with what this visitor can do about it.
fn pack_offer(pack: &Offer, can_buy: bool) -> AnyView {
    let label = format!("Buy {}", pack.name);
    let control = if can_buy {
        let pack = pack.clone();
        view! { <BuyButton pack return_to="/studio".to_owned() label/> }.into_any()
    } else {
        let sign_up = format!("/sign-up?next=/buy/{}", pack.key);
        view! {
            <a class="button" href=sign_up>
                {label}
            </a>
        }
        .into_any()
    };
    pack_card(pack, control)
}

/// The plans, each with what this customer can do about it.
#[component]
fn Plans() -> impl IntoView {
    Suspend::new(async {
        let billing = context::billing().ok()?;
        let has = match context::viewer().customer() {
            Some(customer) => billing.subscription(customer).await.ok()?,
            None => None,
        };
        let catalog = billing.catalog();
        let plans = catalog.plans.iter().map(|plan| {
            let (choice, has) = (plan.clone(), has.clone());
            plan_card(plan, view! { <PlanButton plan=choice has/> }.into_any())
        });
        Some(view! { <div class="plans">{plans.collect_view()}</div> })
    })
}
