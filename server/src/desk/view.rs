//! Looking at the site as a customer sees it: begun with a reason, and ended.

use app::FormState;
use axum::{
    Form,
    extract::{Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::{
    id::{CustomerId, ViewId},
    staff::customers::{Looking, ViewError},
};
use http::{StatusCode, request::Parts};
use serde::Deserialize;

use super::{Staff, not_found, page_again};
use crate::state::State;

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    key: String,
}

pub async fn begin(
    Reached(state): Reached<State>,
    Path(id): Path<CustomerId>,
    staff: Staff,
    parts: Parts,
    Form(typed): Form<Typed>,
) -> Response {
    let customer = match state.billing.customer(id).await {
        Ok(Some(customer)) => customer.id,
        Ok(None) => return not_found(&state),
        Err(error) => return state.problem(error),
    };
    let form = FormState::typed([("reason", typed.reason.trim()), ("key", &typed.key)]);
    let looking = Looking {
        customer,
        reason: typed.reason,
        key: typed.key.parse().unwrap_or_else(|_| ViewId::new()),
    };
    let error = match state
        .billing
        .begin_view(looking, &staff.session, &staff.actor)
        .await
    {
        Ok(_) => return Redirect::to("/account").into_response(),
        Err(ViewError::Forbidden) => return state.forbidden(),
        Err(ViewError::Other(error)) => return state.problem(error),
        Err(error) => error,
    };
    let form = form.wrong("reason", error);
    page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await
}

/// Back to the customer's page of the desk.
pub async fn end(Reached(state): Reached<State>, staff: Staff) -> Response {
    match state.billing.end_view(&staff.session, &staff.actor).await {
        Ok(Some(customer)) => {
            Redirect::to(&format!("/admin/customers/{customer}?done=view-ended")).into_response()
        }
        Ok(None) => Redirect::to("/admin").into_response(),
        Err(error) => state.problem(error),
    }
}
