//! Choosing a plan, another one, or none any more.

use app::Viewer;
use axum::{
    Extension, Form,
    extract::State as Reached,
    response::{IntoResponse, Redirect, Response},
};
use billing::{
    clock::Time,
    id::OfferId,
    order::{CheckoutError, Order},
    plan::{ChangeError, QUOTE_HOLDS, Quote, Status, Subscribed, Subscription},
    transaction::State as Paying,
};
use http::StatusCode;
use serde::Deserialize;

use crate::{client_address::ClientAddress, state::State};

#[derive(Deserialize)]
pub struct Choice {
    plan: String,
    /// The version that was shown; without it, whichever is sold: the checkout says its price.
    offer: Option<OfferId>,
}

/// Writes the order of a plan down and leads to its checkout; a second click finds the same order. Who
/// was shown another version than is sold by now is shown that one first.
pub async fn subscribe(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    ClientAddress(address): ClientAddress,
    Form(choice): Form<Choice>,
) -> Response {
    let customer = viewer.0.and_then(|session| session.person.customer);
    let on_sale = match state.billing.on_sale().await {
        Ok(on_sale) => on_sale,
        Err(error) => return state.problem(error),
    };
    let (Some(customer), Some(plan)) = (customer, on_sale.plan(&choice.plan)) else {
        return state.not_sold();
    };
    if !state.limits.orders_by_address.allows(&address) {
        return state.too_often();
    }
    let show_again = || Redirect::to(&format!("/plans/{}?changed=yes", plan.key)).into_response();
    if choice.offer.is_some_and(|shown| shown != plan.id) {
        return show_again();
    }
    let return_to = Some("/account".to_owned());
    match state.billing.subscribe(customer, plan, return_to).await {
        // Money is on its way already: this is no moment to ask for more.
        Ok(Subscribed::Ordered(order)) if order.transaction.state == Paying::Processing => {
            Redirect::to(&format!("/transactions/{}", order.transaction.id)).into_response()
        }
        Ok(Subscribed::Ordered(order)) => {
            Redirect::to(&format!("/checkout/{}", order.id)).into_response()
        }
        // It changed at this very moment.
        Ok(Subscribed::NotOnSale) => show_again(),
        Ok(Subscribed::HasPlan(_)) => Redirect::to("/account#plan").into_response(),
        Err(error) => state.problem(error),
    }
}

#[derive(Deserialize)]
pub struct Change {
    to: String,
    /// The version that was shown.
    offer: Option<OfferId>,
    /// The moment for which the price was worked out, in seconds since 1970.
    #[serde(default)]
    at: String,
    /// The price as it was shown, in the currency's smallest unit.
    #[serde(default)]
    due: String,
}

/// Changes the plan as it was shown. Whatever is different by now is shown again.
pub async fn change_plan(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    Form(change): Form<Change>,
) -> Response {
    let billing = &state.billing;
    let plan = match theirs(&state, &viewer).await {
        Ok(Some(plan)) => plan,
        Ok(None) => return Redirect::to("/account#plan").into_response(),
        Err(error) => return state.problem(error),
    };
    let on_sale = match billing.on_sale().await {
        Ok(on_sale) => on_sale,
        Err(error) => return state.problem(error),
    };
    let Some(to) = on_sale.plan(&change.to).cloned() else {
        return state.not_sold();
    };
    let show_again = || Redirect::to(&format!("/account/plan/change?to={}", to.key));
    if change.offer.is_some_and(|shown| shown != to.id) {
        return show_again().into_response();
    }
    let now = billing.clock().now();
    let at = change.at.parse().map_or(now, Time::from_unix);
    if at > now || now.since(at) > QUOTE_HOLDS {
        return show_again().into_response();
    }
    let changed = match billing.quote(&plan, &to, at).await {
        Ok(Quote::Lower { .. }) => billing.lower(&plan, &to).await.map(|()| None),
        Ok(Quote::Raise { due, at, .. }) if change.due.parse() == Ok(due.value) => {
            billing.order_raise(&plan, &to, due, at).await.map(Some)
        }
        Ok(Quote::Raise { .. }) => return show_again().into_response(),
        Err(error) => Err(error),
    };
    match changed {
        Ok(Some(order)) => pay(&state, order).await,
        Ok(None) => Redirect::to("/account/plan").into_response(),
        Err(ChangeError::Other(error)) => state.problem(error),
        Err(ChangeError::Gateway(error)) => state.problem(error.into()),
        // The page says why not.
        Err(_) => show_again().into_response(),
    }
}

/// The gateway charges the card of the plan; what more it needs is done at the checkout.
async fn pay(state: &State, order: Order) -> Response {
    let waiting = format!("/transactions/{}", order.transaction.id);
    let page = match state.billing.begin_payment(&order).await {
        Ok(checkout) if checkout.transaction.state == Paying::Processing => waiting,
        Err(CheckoutError::Closed) => waiting,
        // A gateway that does not answer is asked again there.
        Ok(_) | Err(CheckoutError::Gateway(_)) => format!("/checkout/{}", order.id),
        Err(CheckoutError::Other(error)) => return state.problem(error),
    };
    Redirect::to(&page).into_response()
}

#[derive(Deserialize)]
pub struct Cancel {
    when: String,
}

/// Ends the plan, with its period or now.
pub async fn cancel_plan(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    Form(cancel): Form<Cancel>,
) -> Response {
    let plan = match theirs(&state, &viewer).await {
        Ok(Some(plan)) => plan,
        Ok(None) => return Redirect::to("/account#plan").into_response(),
        Err(error) => return state.problem(error),
    };
    let canceled = match cancel.when.as_str() {
        "end" => state.billing.cancel_plan(&plan).await,
        "now" => state
            .billing
            .end_plan(&plan)
            .await
            .map_err(ChangeError::from),
        _ => return (StatusCode::BAD_REQUEST, "when: end or now\n").into_response(),
    };
    done(&state, canceled)
}

/// Lets the plan go on as it is.
pub async fn keep_plan(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
) -> Response {
    match theirs(&state, &viewer).await {
        Ok(Some(plan)) => done(&state, state.billing.keep_plan(&plan).await),
        Ok(None) => Redirect::to("/account#plan").into_response(),
        Err(error) => state.problem(error),
    }
}

fn done(state: &State, done: Result<(), ChangeError>) -> Response {
    match done {
        Err(ChangeError::Other(error)) => state.problem(error),
        Err(ChangeError::Gateway(error)) => state.problem(error.into()),
        _ => Redirect::to("/account/plan").into_response(),
    }
}

async fn theirs(state: &State, viewer: &Viewer) -> billing::Result<Option<Subscription>> {
    let customer = viewer
        .0
        .as_ref()
        .and_then(|session| session.person.customer);
    let Some(customer) = customer else {
        return Ok(None);
    };
    let plan = state.billing.subscription(customer).await?;
    Ok(plan.filter(|plan| plan.status != Status::Starting))
}
