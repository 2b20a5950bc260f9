//! What a link in a mail can do for somebody who need not be signed in: set a new password, prove
//! an address.

use app::{FormState, Viewer};
use axum::{
    Extension, Form,
    extract::{Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::people::{AddressError, Confirmed, PasswordError};
use http::{StatusCode, request::Parts};
use serde::Deserialize;

use super::people::too_often;
use crate::{client_address::ClientAddress, pages::page_again, state::State};

#[derive(Deserialize)]
pub struct Forgotten {
    #[serde(default)]
    email: String,
}

/// Sends a link, if there is somebody to send it to. Nobody is told whether.
pub async fn forgot(
    Reached(state): Reached<State>,
    ClientAddress(address): ClientAddress,
    parts: Parts,
    Form(typed): Form<Forgotten>,
) -> Response {
    let form = FormState::typed([("email", &typed.email)]);
    let account = typed.email.trim().to_lowercase();
    if !state.limits.mail_by_address.allows(&address)
        || !state.limits.mail_by_account.allows(&account)
    {
        return too_often(&state, parts, form).await;
    }
    match state.billing.forgot_password(&typed.email).await {
        Ok(()) => Redirect::to("/forgot?done=reset-sent").into_response(),
        Err(AddressError::Other(error)) => state.problem(error),
        Err(error) => {
            let form = form.wrong("email", error);
            page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await
        }
    }
}

#[derive(Deserialize)]
pub struct NewPassword {
    #[serde(default)]
    password: String,
}

pub async fn reset(
    Reached(state): Reached<State>,
    ClientAddress(address): ClientAddress,
    Path(secret): Path<String>,
    parts: Parts,
    Form(typed): Form<NewPassword>,
) -> Response {
    let form = FormState::default();
    if !state.limits.sign_in_by_address.allows(&address) {
        return too_often(&state, parts, form).await;
    }
    match state.billing.reset_password(&secret, &typed.password).await {
        Ok(()) => Redirect::to("/sign-in?done=password").into_response(),
        Err(PasswordError::Other(error)) => state.problem(error),
        // The page looks for itself, and says that the link is gone.
        Err(PasswordError::Gone) => page_again(&state, parts, StatusCode::GONE, form).await,
        Err(error) => {
            let form = form.wrong("password", error);
            page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await
        }
    }
}

/// The address is theirs.
pub async fn confirm(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    ClientAddress(address): ClientAddress,
    Path(secret): Path<String>,
    parts: Parts,
) -> Response {
    let mut form = FormState::default();
    if !state.limits.sign_in_by_address.allows(&address) {
        return too_often(&state, parts, form).await;
    }
    let done = match state.billing.confirm_address(&secret).await {
        Ok(Confirmed::Verified(_)) => "verified",
        Ok(Confirmed::Changed(_)) => "address",
        Err(AddressError::Other(error)) => return state.problem(error),
        Err(AddressError::Gone) => return page_again(&state, parts, StatusCode::GONE, form).await,
        Err(error) => {
            form.notice = Some(error.to_string());
            return page_again(&state, parts, StatusCode::CONFLICT, form).await;
        }
    };
    let customer = viewer.0.and_then(|session| session.person.customer);
    let page = match customer {
        Some(_) => "/account",
        None => "/sign-in",
    };
    Redirect::to(&format!("{page}?done={done}")).into_response()
}
