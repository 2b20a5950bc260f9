//! Where what happens is told.

use app::{
    FormState,
    desk::{Once, Tested},
};
use axum::{
    Form,
    extract::{Path, RawForm, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::{
    clock::Day,
    events::{EndpointError, EventType},
    id::EndpointId,
};
use http::{StatusCode, request::Parts};
use serde::Deserialize;

use super::SAY_WHY;
use crate::{
    desk::{page_again, page_with, staff::Staff},
    state::State,
};

/// Adds an endpoint, and shows its secret this once. The form has a field `event` for each that was
/// ticked.
pub async fn add(
    Reached(state): Reached<State>,
    staff: Staff,
    parts: Parts,
    RawForm(body): RawForm,
) -> Response {
    let (mut url, mut types) = (String::new(), Vec::new());
    for (name, value) in form_urlencoded::parse(&body) {
        match (name.as_ref(), value.parse::<EventType>()) {
            ("url", _) => url = value.into_owned(),
            ("event", Ok(kind)) => types.push(kind),
            _ => {}
        }
    }
    let form = FormState::typed([("url", url.as_str())]);
    match state.billing.add_endpoint(&url, types, &staff.actor).await {
        Ok(endpoint) => {
            let once = Once(vec![endpoint.secret.as_str().to_owned()]);
            page_with(&state, parts, StatusCode::OK, once).await
        }
        Err(error) => refused(&state, parts, form, error).await,
    }
}

/// Sends a test event, and says what came of it.
pub async fn test(
    Reached(state): Reached<State>,
    staff: Staff,
    Path(id): Path<EndpointId>,
    parts: Parts,
) -> Response {
    let answer = match state.billing.test_endpoint(id, &staff.actor).await {
        Ok(Ok(status)) if status.is_success() => format!("It took the test event: {status}."),
        Ok(Ok(status)) => format!("It did not take the test event: it answered {status}."),
        Ok(Err(why)) => format!("It was not reached: {why}."),
        Err(error) => return refused(&state, parts, FormState::default(), error).await,
    };
    page_with(&state, parts, StatusCode::OK, Tested(answer)).await
}

#[derive(Deserialize)]
pub struct Since {
    #[serde(default)]
    since: String,
}

/// Tells it once more what it was told since a day, or would have been.
pub async fn replay(
    Reached(state): Reached<State>,
    staff: Staff,
    Path(id): Path<EndpointId>,
    parts: Parts,
    Form(Since { since }): Form<Since>,
) -> Response {
    let form = FormState::typed([("since", since.as_str())]);
    let Ok(day) = since.parse::<Day>() else {
        let form = form.wrong("since", "From which day on? Write it as 2026-11-20.");
        return page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await;
    };
    let replayed = state.billing.replay_events(id, day.begin(), &staff.actor);
    match replayed.await {
        Ok(0) => {
            let form = form.noticed(&"Nothing that it wants has happened since then.");
            page_again(&state, parts, StatusCode::OK, form).await
        }
        Ok(_) => Redirect::to(&format!("/admin/endpoints/{id}?done=replayed")).into_response(),
        Err(error) => refused(&state, parts, form, error).await,
    }
}

/// Shows the secret to whoever gave their second factor a moment ago.
pub async fn secret(
    Reached(state): Reached<State>,
    staff: Staff,
    Path(id): Path<EndpointId>,
    parts: Parts,
) -> Response {
    if !state.billing.is_fresh(&staff.session) {
        let to = format!("/admin/security?next=/admin/endpoints/{id}");
        return Redirect::to(&to).into_response();
    }
    match state.billing.endpoint_secret(id, &staff.actor).await {
        Ok(secret) => {
            let once = Once(vec![secret.as_str().to_owned()]);
            page_with(&state, parts, StatusCode::OK, once).await
        }
        Err(error) => refused(&state, parts, FormState::default(), error).await,
    }
}

#[derive(Deserialize)]
pub struct Why {
    #[serde(default)]
    reason: String,
}

pub async fn disable(
    Reached(state): Reached<State>,
    staff: Staff,
    Path(id): Path<EndpointId>,
    parts: Parts,
    Form(typed): Form<Why>,
) -> Response {
    if typed.reason.trim().is_empty() {
        let form = FormState::default().wrong("reason", SAY_WHY);
        return page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await;
    }
    let disabled = state
        .billing
        .disable_endpoint(id, &typed.reason, &staff.actor)
        .await;
    match disabled {
        Err(EndpointError::Other(error)) => state.problem(error),
        // Whoever was first: it is disabled.
        _ => Redirect::to(&format!("/admin/endpoints/{id}?done=disabled")).into_response(),
    }
}

async fn refused(
    state: &State,
    parts: Parts,
    mut form: FormState,
    error: EndpointError,
) -> Response {
    match error {
        EndpointError::Other(error) => state.problem(error),
        EndpointError::Url => {
            let form = form.wrong("url", format!("That cannot be used: {error}."));
            page_again(state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await
        }
        EndpointError::Unknown(_) => {
            form.notice = Some("It is disabled.".to_owned());
            page_again(state, parts, StatusCode::CONFLICT, form).await
        }
    }
}
