//! Where a trial is opened with a card that works.

use billing::validation::Trial;
use leptos::prelude::*;
use leptos_meta::Title;

use super::card::CardDesk;
use crate::{
    Trouble,
    context::{self, Site},
    problem::trouble,
    wire::Subject,
    words,
};

#[component]
pub(crate) fn TrialPage() -> impl IntoView {
    Suspend::new(async move {
        let site = use_context::<Site>().ok_or(Trouble::Unavailable);
        match (load().await, site) {
            (Ok(Some(trial)), Ok(site)) => view! { <Start trial site/> }.into_any(),
            (Ok(None), Ok(_)) => view! { <Had/> }.into_any(),
            (Err(what), _) | (_, Err(what)) => trouble(what),
        }
    })
}

async fn load() -> Result<Option<Trial>, Trouble> {
    let billing = context::billing()?;
    let customer = context::viewer().customer().ok_or(Trouble::SignedOut)?;
    billing.catalog().trial().ok_or(Trouble::NotFound)?;
    Ok(billing.trial_for(customer).await?)
}

#[component]
fn Start(trial: Trial, site: Site) -> impl IntoView {
    let credits = words::credits(trial.credits);
    view! {
        <Title text="Start free"/>
        <div class="page narrow">
            <h1>{format!("Start free: {credits}")}</h1>
            <p class="lead">
                "Enter a card that works. It is kept for later, and you can remove it at any time."
            </p>
            <dl class="bill">
                <div>
                    <dt>"You get"</dt>
                    <dd>{credits}</dd>
                </div>
                {trial
                    .expire_after_days
                    .map(|days| {
                        view! {
                            <div>
                                <dt>"They last"</dt>
                                <dd>{words::days(days)}</dd>
                            </div>
                        }
                    })}
                <div>
                    <dt>"Set aside on your card and given back at once"</dt>
                    <dd>{trial.validation_amount.to_string()}</dd>
                </div>
                <div class="total">
                    <dt>"You pay"</dt>
                    <dd>"Nothing"</dd>
                </div>
            </dl>
            <CardDesk subject=Subject::Trial pay_label="Start free".to_owned() site/>
        </div>
    }
}

#[component]
fn Had() -> impl IntoView {
    view! {
        <Title text="Start free"/>
        <div class="page narrow">
            <h1>"You have had the trial already"</h1>
            <p>"It comes once for each customer. A pack goes on where it ended."</p>
            <p>
                <a class="button" href="/#packs">
                    "See the packs"
                </a>
            </p>
        </div>
    }
}
