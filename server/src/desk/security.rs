//! The second factor of whoever is signed in, and their other browsers.

use app::{FormState, desk::Once};
use axum::{
    Form,
    extract::{Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::{
    id::SessionId,
    staff::{FactorError, RecoveryCode, StaffError},
};
use http::{StatusCode, request::Parts};
use serde::Deserialize;

use super::{page_again, page_with, staff::Staff};
use crate::{
    state::{State, TOO_MANY_CODES},
    viewer::local_path,
};

/// Where the second factor is asked for, and changed.
const HOME: &str = "/admin/security";

#[derive(Deserialize)]
pub struct Given {
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// Takes the second factor for this session.
pub async fn give(
    Reached(state): Reached<State>,
    staff: Staff,
    parts: Parts,
    Form(typed): Form<Given>,
) -> Response {
    let mut form = FormState::typed([("next", &typed.next)]);
    if !state.limits.second_factor.allows(&staff.session.person.id) {
        tracing::warn!(by = staff.actor.name, "too many codes");
        form = form.wrong("code", TOO_MANY_CODES);
        return page_again(&state, parts, StatusCode::TOO_MANY_REQUESTS, form).await;
    }
    let given = state
        .billing
        .give_second_factor(&staff.session, &typed.code, &staff.actor);
    match given.await {
        Ok(()) => match local_path(&typed.next) {
            Some(HOME) => Redirect::to("/admin/security?done=code").into_response(),
            next => Redirect::to(next.unwrap_or("/admin")).into_response(),
        },
        Err(error) => refused(&state, parts, form, error).await,
    }
}

/// Begins to set an app up.
pub async fn offer(Reached(state): Reached<State>, staff: Staff) -> Response {
    match state.billing.offer_authenticator(&staff.session).await {
        Ok(()) => Redirect::to("/admin/security/authenticator").into_response(),
        Err(FactorError::Other(error)) => state.problem(error),
        Err(_) => Redirect::to(HOME).into_response(),
    }
}

#[derive(Deserialize)]
pub struct First {
    #[serde(default)]
    code: String,
}

/// Takes the first code of an app, and shows the recovery codes.
pub async fn set_up(
    Reached(state): Reached<State>,
    staff: Staff,
    parts: Parts,
    Form(typed): Form<First>,
) -> Response {
    let set_up = state
        .billing
        .set_up_authenticator(&staff.session, &typed.code, &staff.actor);
    match set_up.await {
        Ok(codes) => page_with(&state, parts, StatusCode::OK, shown(&codes)).await,
        Err(error) => refused(&state, parts, FormState::default(), error).await,
    }
}

/// Shows new recovery codes.
pub async fn renew(Reached(state): Reached<State>, staff: Staff, parts: Parts) -> Response {
    let renewed = state
        .billing
        .renew_recovery_codes(&staff.session, &staff.actor);
    match renewed.await {
        Ok(codes) => page_with(&state, parts, StatusCode::OK, shown(&codes)).await,
        Err(FactorError::Other(error)) => state.problem(error),
        Err(_) => Redirect::to(HOME).into_response(),
    }
}

/// Goes on without one, where no money moves.
pub async fn skip(Reached(state): Reached<State>, staff: Staff) -> Response {
    if state.site.sandbox_url.is_none() {
        return state.forbidden();
    }
    let skipped = state
        .billing
        .skip_second_factor(&staff.session, &staff.actor);
    match skipped.await {
        Ok(()) => Redirect::to("/admin").into_response(),
        Err(FactorError::Other(error)) => state.problem(error),
        Err(_) => Redirect::to(HOME).into_response(),
    }
}

/// Signs out of another browser of one's own.
pub async fn end_session(
    Reached(state): Reached<State>,
    staff: Staff,
    Path(id): Path<SessionId>,
) -> Response {
    end(&state, staff, Some(id)).await
}

pub async fn end_others(Reached(state): Reached<State>, staff: Staff) -> Response {
    end(&state, staff, None).await
}

async fn end(state: &State, staff: Staff, which: Option<SessionId>) -> Response {
    let (billing, here) = (&state.billing, staff.session.id);
    match billing.end_own_sessions(here, which, &staff.actor).await {
        Err(StaffError::Other(error)) => state.problem(error),
        _ => Redirect::to("/admin/security?done=signed-out").into_response(),
    }
}

async fn refused(state: &State, parts: Parts, form: FormState, error: FactorError) -> Response {
    if let FactorError::Other(error) = error {
        return state.problem(error);
    }
    let form = form.wrong("code", error);
    page_again(state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await
}

fn shown(codes: &[RecoveryCode]) -> Once {
    Once(codes.iter().map(RecoveryCode::to_string).collect())
}
