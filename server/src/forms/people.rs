//! Signing up, in and out.

use app::{FormState, Viewer};
use axum::{
    Extension, Form,
    extract::{Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use billing::{id::SessionId, people::SignUpError, secret::Secret};
use http::{HeaderMap, StatusCode, header::USER_AGENT, request::Parts};
use serde::Deserialize;

use crate::{
    client_address::ClientAddress,
    pages::page_again,
    state::{State, TOO_OFTEN},
    viewer::{cookie, local_path, no_cookie},
};

#[derive(Deserialize)]
pub struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

impl Credentials {
    /// The form as it goes back: with everything typed but the password.
    fn again(&self) -> FormState {
        FormState::typed([("email", &self.email), ("next", &self.next)])
    }
}

const NO_SUCH_PAIR: &str = "Email and password do not belong together.";

pub async fn sign_up(
    Reached(state): Reached<State>,
    ClientAddress(address): ClientAddress,
    jar: CookieJar,
    parts: Parts,
    Form(typed): Form<Credentials>,
) -> Response {
    let form = typed.again();
    if !state.limits.sign_up_by_address.allows(&address) {
        return too_often(&state, parts, form).await;
    }
    let agent = user_agent(&parts.headers);
    let (field, error) = match state
        .billing
        .sign_up(&typed.email, &typed.password, &agent)
        .await
    {
        Ok(token) => return signed_in(&state, jar, &token, &typed.next, "/account"),
        Err(SignUpError::Other(error)) => return state.problem(error),
        Err(error @ SignUpError::Password(_)) => ("password", error),
        Err(error @ (SignUpError::Email | SignUpError::Taken)) => ("email", error),
    };
    let form = form.wrong(field, error);
    page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await
}

pub async fn sign_in(
    Reached(state): Reached<State>,
    ClientAddress(address): ClientAddress,
    jar: CookieJar,
    parts: Parts,
    Form(typed): Form<Credentials>,
) -> Response {
    let form = typed.again();
    let account = typed.email.trim().to_lowercase();
    if !state.limits.sign_in_by_address.allows(&address)
        || !state.limits.sign_in_by_account.allows(&account)
    {
        return too_often(&state, parts, form).await;
    }
    let agent = user_agent(&parts.headers);
    let token = match state
        .billing
        .sign_in(&typed.email, &typed.password, &agent)
        .await
    {
        Ok(Some(token)) => token,
        Ok(None) => {
            let form = form.wrong("password", NO_SUCH_PAIR);
            return page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await;
        }
        Err(error) => return state.problem(error),
    };
    let staff = match state.billing.session(&token).await {
        Ok(session) => session.is_some_and(|session| session.person.role.is_some()),
        Err(error) => return state.problem(error),
    };
    let home = if staff { "/admin" } else { "/account" };
    signed_in(&state, jar, &token, &typed.next, home)
}

pub async fn sign_out(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    jar: CookieJar,
) -> Response {
    if let Some(session) = viewer.0
        && let Err(error) = state
            .billing
            .end_session(session.person.id, session.id)
            .await
    {
        return state.problem(error);
    }
    (jar.add(no_cookie(state.secure)), Redirect::to("/")).into_response()
}

/// Signs out of another browser.
pub async fn end_session(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<SessionId>,
) -> Response {
    if let Some(session) = viewer.0
        && let Err(error) = state.billing.end_session(session.person.id, id).await
    {
        return state.problem(error);
    }
    Redirect::to("/account").into_response()
}

pub async fn end_other_sessions(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
) -> Response {
    if let Some(session) = viewer.0
        && let Err(error) = state
            .billing
            .end_other_sessions(session.person.id, session.id)
            .await
    {
        return state.problem(error);
    }
    Redirect::to("/account").into_response()
}

fn signed_in(state: &State, jar: CookieJar, token: &Secret, next: &str, home: &str) -> Response {
    let next = local_path(next).unwrap_or(home);
    (jar.add(cookie(token, state.secure)), Redirect::to(next)).into_response()
}

pub(super) async fn too_often(state: &State, parts: Parts, mut form: FormState) -> Response {
    form.notice = Some(TOO_OFTEN.to_owned());
    page_again(state, parts, StatusCode::TOO_MANY_REQUESTS, form).await
}

fn user_agent(headers: &HeaderMap) -> String {
    let text = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok());
    text.unwrap_or("unknown").to_owned()
}
