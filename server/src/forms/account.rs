//! What customers change about their account. Each asks for the password again.

use app::{FormState, Viewer};
use axum::{
    Extension, Form, Json,
    extract::State as Reached,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use billing::people::{AddressError, CloseError, PasswordError, Session};
use http::{StatusCode, header::CONTENT_DISPOSITION, request::Parts};
use serde::Deserialize;

use super::people::too_often;
use crate::{
    pages::page_again,
    state::State,
    viewer::{no_cookie, sign_in_first},
};

#[derive(Deserialize)]
pub struct NewAddress {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

/// Asks a new address whether it is theirs.
pub async fn change_email(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    parts: Parts,
    Form(typed): Form<NewAddress>,
) -> Response {
    let Some(Session { person, .. }) = viewer.0 else {
        return sign_in_first();
    };
    let form = FormState::typed([("email", &typed.email)]);
    let limits = &state.limits;
    if !limits.sign_in_by_account.allows(&person.email)
        || !limits.mail_by_account.allows(&person.email)
    {
        return too_often(&state, parts, form).await;
    }
    let changed = state
        .billing
        .change_address(&person, &typed.password, &typed.email);
    let (field, error) = match changed.await {
        Ok(()) => return Redirect::to("/account/email?done=address-sent").into_response(),
        Err(AddressError::Other(error)) => return state.problem(error),
        Err(error @ AddressError::Password) => ("password", error),
        Err(error) => ("email", error),
    };
    let form = form.wrong(field, error);
    page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await
}

/// Sends the link that verifies the present address once more.
pub async fn verify_email(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
) -> Response {
    let Some(Session { person, .. }) = viewer.0 else {
        return sign_in_first();
    };
    if person.verified_at.is_some() {
        return Redirect::to("/account?done=verified").into_response();
    }
    if !state.limits.mail_by_account.allows(&person.email) {
        let text = "That was too often. The link is in the mails that we sent you already.\n";
        return (
            StatusCode::TOO_MANY_REQUESTS,
            [("retry-after", "120")],
            text,
        )
            .into_response();
    }
    match state.billing.ask_to_verify(&person).await {
        Ok(()) => Redirect::to("/account?done=verify-sent").into_response(),
        Err(error) => state.problem(error),
    }
}

#[derive(Deserialize)]
pub struct NewPassword {
    #[serde(default)]
    password: String,
    #[serde(default)]
    new_password: String,
}

pub async fn change_password(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    parts: Parts,
    Form(typed): Form<NewPassword>,
) -> Response {
    let Some(session) = viewer.0 else {
        return sign_in_first();
    };
    let form = FormState::default();
    if !state
        .limits
        .sign_in_by_account
        .allows(&session.person.email)
    {
        return too_often(&state, parts, form).await;
    }
    let changed = state
        .billing
        .change_password(&session, &typed.password, &typed.new_password);
    let (field, error) = match changed.await {
        Ok(()) => return Redirect::to("/account?done=password").into_response(),
        Err(PasswordError::Other(error)) => return state.problem(error),
        Err(error @ PasswordError::Refused(_)) => ("new_password", error),
        Err(error) => ("password", error),
    };
    let form = form.wrong(field, error);
    page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await
}

/// Everything that is held about the customer, to keep.
pub async fn export(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
) -> Response {
    let Some(session) = viewer.0 else {
        return sign_in_first();
    };
    match state.billing.export(&session.person).await {
        Ok(data) => {
            let disposition = "attachment; filename=\"tender-account.json\"";
            ([(CONTENT_DISPOSITION, disposition)], Json(data)).into_response()
        }
        Err(error) => state.problem(error),
    }
}

#[derive(Deserialize)]
pub struct Closing {
    #[serde(default)]
    password: String,
    #[serde(default)]
    confirm: String,
}

pub async fn close(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    jar: CookieJar,
    parts: Parts,
    Form(typed): Form<Closing>,
) -> Response {
    let Some(session) = viewer.0 else {
        return sign_in_first();
    };
    let mut form = FormState::default();
    if !state
        .limits
        .sign_in_by_account
        .allows(&session.person.email)
    {
        return too_often(&state, parts, form).await;
    }
    if typed.confirm != "yes" {
        let form = form.wrong("confirm", "Please confirm that you want this.");
        return page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await;
    }
    match state.billing.close_account(&session, &typed.password).await {
        Ok(()) => {
            let jar = jar.add(no_cookie(state.secure));
            return (jar, Redirect::to("/sign-in?done=closed")).into_response();
        }
        Err(CloseError::Other(error)) => return state.problem(error),
        Err(error @ CloseError::Password) => form = form.wrong("password", error),
        Err(error @ CloseError::Unfinished(_)) => form.notice = Some(error.to_string()),
    }
    page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await
}
