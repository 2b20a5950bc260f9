//! Placing an order and giving it up.

use app::Viewer;
use axum::{
    Extension, Form,
    extract::{Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::{
    id::{OfferId, OrderId},
    order::{Order, OrderError, OrderStatus},
    transaction::State as Paying,
};
use http::StatusCode;
use serde::Deserialize;

use crate::{client_address::ClientAddress, state::State, viewer::local_path};

#[derive(Deserialize)]
pub struct Wish {
    pack: String,
    /// The version that was shown; without it, whichever is sold: the checkout says its price.
    offer: Option<OfferId>,
    #[serde(default)]
    return_to: String,
}

/// Writes the order down and leads to its checkout; a second click finds the same order. Who was shown
/// another version than is sold by now is shown that one first.
pub async fn place_order(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    ClientAddress(address): ClientAddress,
    Form(wish): Form<Wish>,
) -> Response {
    let customer = viewer.0.and_then(|session| session.person.customer);
    let on_sale = match state.billing.on_sale().await {
        Ok(on_sale) => on_sale,
        Err(error) => return state.problem(error),
    };
    let (Some(customer), Some(pack)) = (customer, on_sale.pack(&wish.pack)) else {
        return state.not_sold();
    };
    if !state.limits.orders_by_address.allows(&address) {
        return state.too_often();
    }
    let return_to = local_path(&wish.return_to).map(str::to_owned);
    let show_again = || {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("changed", "yes")
            .extend_pairs(return_to.iter().map(|path| ("return_to", path)))
            .finish();
        Redirect::to(&format!("/buy/{}?{query}", pack.key)).into_response()
    };
    if wish.offer.is_some_and(|shown| shown != pack.id) {
        return show_again();
    }
    match state
        .billing
        .place_order(customer, pack, return_to.clone())
        .await
    {
        // Money is on its way already: this is no moment to ask for more.
        Ok(order) if order.transaction.state == Paying::Processing => {
            Redirect::to(&format!("/transactions/{}", order.transaction.id)).into_response()
        }
        Ok(order) => Redirect::to(&format!("/checkout/{}", order.id)).into_response(),
        // It changed at this very moment.
        Err(OrderError::NotOnSale) => show_again(),
        Err(OrderError::Other(error)) => state.problem(error),
    }
}

/// Gives an order up, unless it was paid meanwhile: its page says which.
pub async fn cancel_order(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<OrderId>,
) -> Response {
    let order = match order(&state, viewer, id).await {
        Ok(order) => order,
        Err(answer) => return answer,
    };
    if order.status == OrderStatus::Open
        && let Err(error) = state.billing.give_up(&order).await
    {
        return state.problem(error);
    }
    Redirect::to(&format!("/transactions/{}", order.transaction.id)).into_response()
}

/// An order of whoever looks, or the answer that there is none.
pub(super) async fn order(state: &State, viewer: Viewer, id: OrderId) -> Result<Order, Response> {
    let Some(customer) = viewer.0.and_then(|session| session.person.customer) else {
        return Err(Redirect::to("/").into_response());
    };
    match state.billing.order(customer, id).await {
        Ok(Some(order)) => Ok(order),
        Ok(None) => Err((StatusCode::NOT_FOUND, "order: there is none\n").into_response()),
        Err(error) => Err(state.problem(error)),
    }
}
