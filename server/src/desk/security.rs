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
    state::{State, TOO_MANY_TRIES},
    viewer::local_path,
};

/// Where the second factor is asked for, and changed.
pub(super) const HOME: &str = "/admin/security";

#[derive(Deserialize)]
pub struct Given {
    #[serde(default)]
    code: String,
    /// What a device answered; the form for a code has none.
    passkey: Option<String>,
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
    let field = if typed.passkey.is_some() {
        "passkey"
    } else {
        "code"
    };
    let (billing, Staff { session, actor }) = (&state.billing, &staff);
    if !state.limits.second_factor.allows(&session.person.id) {
        tracing::warn!(by = actor.name, "too many second factors");
        form = form.wrong(field, TOO_MANY_TRIES);
        return page_again(&state, parts, StatusCode::TOO_MANY_REQUESTS, form).await;
    }
    let given = match &typed.passkey {
        Some(answer) => billing.give_passkey(session, answer, actor).await,
        None => {
            billing
                .give_second_factor(session, &typed.code, actor)
                .await
        }
    };
    match given {
        Ok(()) => match local_path(&typed.next) {
            Some(HOME) => Redirect::to("/admin/security?done=code").into_response(),
            next => Redirect::to(next.unwrap_or("/admin")).into_response(),
        },
        Err(error) => refused(&state, parts, form, field, error).await,
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

/// Takes the first code of an app, and shows the recovery codes that came with it.
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
        Ok(codes) if codes.is_empty() => Redirect::to("/admin/security?done=app").into_response(),
        Ok(codes) => page_with(&state, parts, StatusCode::OK, shown(&codes)).await,
        Err(error) => refused(&state, parts, FormState::default(), "code", error).await,
    }
}

/// Does without the app from now on.
pub async fn remove(Reached(state): Reached<State>, staff: Staff) -> Response {
    let removed = state
        .billing
        .remove_authenticator(&staff.session, &staff.actor);
    match removed.await {
        Ok(()) => Redirect::to("/admin/security?done=app-removed").into_response(),
        Err(FactorError::Other(error)) => state.problem(error),
        Err(_) => Redirect::to(HOME).into_response(),
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

async fn refused(
    state: &State,
    parts: Parts,
    form: FormState,
    field: &str,
    error: FactorError,
) -> Response {
    if let FactorError::Other(error) = error {
        return state.problem(error);
    }
    let form = form.wrong(field, error);
    page_again(state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await
}

pub(super) fn shown(codes: &[RecoveryCode]) -> Once {
    Once(codes.iter().map(RecoveryCode::to_string).collect())
}
