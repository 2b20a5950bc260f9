//! What another plan costs and brings, before it is chosen.

use billing::{
    catalog::Offer,
    plan::{ChangeError, Quote},
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{Trouble, context, problem::trouble, words};

#[component]
pub(crate) fn ChangePlan() -> impl IntoView {
    Suspend::new(async move {
        match load().await {
            Ok((offer, Ok(quote))) => view! { <Confirm offer quote/> }.into_any(),
            Ok((_, Err(why))) => view! { <NotNow why/> }.into_any(),
            Err(what) => trouble(what),
        }
    })
}

type Loaded = (Offer, Result<Quote, ChangeError>);

async fn load() -> Result<Loaded, Trouble> {
    let billing = context::billing()?;
    let key = context::query("to").ok_or(Trouble::NotFound)?;
    let offer = billing.catalog().plan(&key).cloned();
    let offer = offer.ok_or(Trouble::NotFound)?;
    let plan = super::theirs(&billing).await?.ok_or(Trouble::NotFound)?;
    let quote = billing.quote(&plan, &offer, billing.clock().now()).await;
    match quote {
        Err(ChangeError::Gateway(error)) => Err(billing::Error::from(error).into()),
        Err(ChangeError::Other(error)) => Err(error.into()),
        quote => Ok((offer, quote)),
    }
}

#[component]
fn Confirm(offer: Offer, quote: Quote) -> impl IntoView {
    let period = words::period(&offer);
    let left_over = words::left_over(&offer);
    let each = format!(
        "{} for {} each {period}",
        offer.price,
        words::credits(offer.credits)
    );
    let (terms, label, at, due) = match quote {
        Quote::Raise { due, credits, at } => {
            let terms = view! {
                <dl class="bill">
                    <div>
                        <dt>"You get now"</dt>
                        <dd>{words::credits(credits)} " more"</dd>
                    </div>
                    <div>
                        <dt>"From the next renewal on"</dt>
                        <dd>{each}</dd>
                    </div>
                    <div>
                        <dt>{format!("Left at the end of a {period}")}</dt>
                        <dd>{left_over.clone()}</dd>
                    </div>
                    <div class="total">
                        <dt>"You pay now"</dt>
                        <dd>{due.to_string()}</dd>
                    </div>
                </dl>
                <p class="hint">
                    "That is what the new plan costs more for the rest of this period. It is charged "
                    "to the card of your plan; if your bank asks, you confirm it on the next page. "
                    "All credits that you have stay."
                </p>
            }
            .into_any();
            let label = format!("Switch to {} and pay {due}", offer.name);
            (terms, label, Some(at.unix()), Some(due.value))
        }
        Quote::Lower { at } => {
            let terms = view! {
                <dl class="bill">
                    <div>
                        <dt>"You pay now"</dt>
                        <dd>"Nothing"</dd>
                    </div>
                    <div>
                        <dt>"From " <words::Day time=at/></dt>
                        <dd>{each}</dd>
                    </div>
                    <div>
                        <dt>{format!("Left at the end of a {period} from then on")}</dt>
                        <dd>{left_over}</dd>
                    </div>
                </dl>
                <p class="hint">
                    "Until then you keep your present plan and its credits. Nothing is paid back for "
                    "it, and you can change your mind at any time before."
                </p>
            }
            .into_any();
            let label = format!("Switch to {} at the end of the period", offer.name);
            (terms, label, None, None)
        }
    };
    view! {
        <Title text=format!("Switch to {}", offer.name)/>
        <div class="page narrow">
            <h1>{format!("Switch to {}", offer.name)}</h1>
            {terms}
            <form method="post" action="/account/plan/change">
                <input type="hidden" name="to" value=offer.key/>
                <input type="hidden" name="offer" value=offer.id.to_string()/>
                <input type="hidden" name="at" value=at.map(|at| at.to_string())/>
                <input type="hidden" name="due" value=due.map(|due| due.to_string())/>
                <button class="button" type="submit">
                    {label}
                </button>
            </form>
            <p class="aside">
                <a href="/account/plan">"Back to your plan"</a>
            </p>
        </div>
    }
    .into_any()
}

#[component]
fn NotNow(why: ChangeError) -> impl IntoView {
    context::set_status(http::StatusCode::CONFLICT);
    let text = match why {
        ChangeError::NoPlan => "There is no plan that could be changed.",
        ChangeError::Same => "This is your plan already.",
        ChangeError::PastDue => "The last renewal is not paid yet. Pay it first.",
        ChangeError::Ending => "Your plan is about to end. Keep it first, and then change it.",
        ChangeError::OtherInterval => {
            "A plan by the month and one by the year cannot be exchanged. Cancel your plan, and \
             choose the other one when it has ended."
        }
        ChangeError::Gateway(_) | ChangeError::Other(_) => "Please try again in a minute.",
    };
    view! {
        <Title text="Not now"/>
        <div class="page narrow">
            <h1>"The plan cannot be changed now"</h1>
            <p>{text}</p>
            <p>
                <a class="button" href="/account/plan">
                    "Back to your plan"
                </a>
            </p>
        </div>
    }
}
