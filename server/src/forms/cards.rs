//! What is done with saved cards.

use app::{FormState, Viewer};
use axum::{
    Extension,
    extract::{Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::{card::Removal, id::CardId};
use http::{StatusCode, request::Parts};

use crate::{pages::page_again, state::State};

const CARDS: &str = "/account#cards";

/// Offers a card first from now on.
pub async fn make_default(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<CardId>,
) -> Response {
    let Some(customer) = viewer.0.and_then(|session| session.person.customer) else {
        return Redirect::to("/").into_response();
    };
    match state.billing.make_default(customer, id).await {
        Ok(true) => Redirect::to(CARDS).into_response(),
        Ok(false) => (StatusCode::NOT_FOUND, "card: there is none\n").into_response(),
        Err(error) => state.problem(error),
    }
}

/// Removes a card. One that was removed before is gone as well.
pub async fn remove_card(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<CardId>,
    parts: Parts,
) -> Response {
    let Some(customer) = viewer.0.and_then(|session| session.person.customer) else {
        return Redirect::to("/").into_response();
    };
    match state.billing.remove_card(customer, id).await {
        Ok(Removal::Removed | Removal::Unknown) => Redirect::to(CARDS).into_response(),
        Ok(Removal::Needed) => {
            let form = FormState {
                notice: Some("Your plan is paid with this card.".to_owned()),
                ..FormState::default()
            };
            page_again(&state, parts, StatusCode::CONFLICT, form).await
        }
        Err(error) => state.problem(error),
    }
}
