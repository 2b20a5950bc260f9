//! Staff send an event to an endpoint once more.

use app::FormState;
use axum::{
    Form,
    extract::State as Reached,
    response::{IntoResponse, Redirect, Response},
};
use billing::{
    events::ReplayError,
    id::{EndpointId, EventId},
};
use http::{StatusCode, request::Parts};
use serde::Deserialize;

use super::{page_again, sentence, staff::Staff};
use crate::state::State;

#[derive(Deserialize)]
pub struct Wished {
    event: EventId,
    endpoint: EndpointId,
}

pub async fn replay(
    Reached(state): Reached<State>,
    staff: Staff,
    parts: Parts,
    Form(Wished { event, endpoint }): Form<Wished>,
) -> Response {
    let replayed = state.billing.replay_delivery(event, endpoint, &staff.actor);
    match replayed.await {
        Ok(()) => {
            let page = format!("/admin/deliveries?event={event}&done=replayed");
            Redirect::to(&page).into_response()
        }
        Err(ReplayError::Other(error)) => state.problem(error),
        Err(error) => {
            let form = FormState::default().noticed(&sentence(&error));
            page_again(&state, parts, StatusCode::CONFLICT, form).await
        }
    }
}
