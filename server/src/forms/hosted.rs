//! The gateway's own page for an order: the way there, the way back, and giving it up.

use std::time::Duration;

use app::Viewer;
use axum::{
    Extension,
    extract::{Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::{
    Error,
    id::{OrderId, TransactionId},
    order::CheckoutError,
};

use super::orders::order;
use crate::{client_address::ClientAddress, state::State, viewer::encoded};

/// A customer who comes back is not kept waiting for longer: their page waits as well.
const ASKING: Duration = Duration::from_secs(4);

/// Leads to the gateway's page, or to what became of the order.
pub async fn open_page(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    ClientAddress(address): ClientAddress,
    Path(id): Path<OrderId>,
) -> Response {
    let order = match order(&state, viewer, id).await {
        Ok(order) => order,
        Err(answer) => return answer,
    };
    if !state.limits.orders_by_address.allows(&address) {
        return state.too_often();
    }
    match state.billing.open_page(&order).await {
        Ok(url) => Redirect::to(&url).into_response(),
        Err(CheckoutError::Closed) => to_transaction(order.transaction.id),
        Err(CheckoutError::Gateway(error)) => state.problem(Error::Gateway(error)),
        Err(CheckoutError::Other(error)) => state.problem(error),
    }
}

/// Ends the gateway's page and leads to the card fields. What was paid there meanwhile is shown.
pub async fn leave_page(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<OrderId>,
) -> Response {
    let order = match order(&state, viewer, id).await {
        Ok(order) => order,
        Err(answer) => return answer,
    };
    match state.billing.leave_page(&order).await {
        Ok(()) => Redirect::to(&format!("/checkout/{id}")).into_response(),
        Err(error) => state.problem(error),
    }
}

/// The gateway sends the customer here who has paid on its page. Anybody can say so: the address
/// only says about which transaction the gateway is asked, and whose it is that page sees to.
pub async fn came_back(
    Reached(state): Reached<State>,
    ClientAddress(address): ClientAddress,
    Path(named): Path<String>,
) -> Response {
    let Ok(id) = named.parse::<TransactionId>() else {
        // Its page says that there is none.
        return Redirect::to(&format!("/transactions/{}", encoded(&named))).into_response();
    };
    if !state.limits.orders_by_address.allows(&address) {
        return to_transaction(id);
    }
    match tokio::time::timeout(ASKING, state.billing.returned(id)).await {
        Ok(Ok(())) => return to_transaction(id),
        Ok(Err(error)) => tracing::warn!(transaction = %id, %error, "cannot ask on return"),
        Err(_) => tracing::warn!(transaction = %id, "the gateway is slow on return"),
    }
    // Webhook, waiting page and sweeper will tell; until then the page shows what it has heard.
    Redirect::to(&format!("/transactions/{id}?redirect_status=succeeded")).into_response()
}

fn to_transaction(id: TransactionId) -> Response {
    Redirect::to(&format!("/transactions/{id}")).into_response()
}
