//! Programs.

use app::{FormState, desk::Once};
use axum::{
    Form,
    extract::{Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::{api_key::Scope, id::ApiKeyId};
use http::{StatusCode, request::Parts};
use serde::Deserialize;

use super::SAY_WHY;
use crate::{
    desk::{page_again, page_with, staff::Staff},
    state::State,
};

#[derive(Deserialize)]
pub struct New {
    #[serde(default)]
    name: String,
    #[serde(default)]
    scope: String,
}

/// Adds a key, and shows it this once.
pub async fn add(
    Reached(state): Reached<State>,
    staff: Staff,
    parts: Parts,
    Form(typed): Form<New>,
) -> Response {
    let mut form = FormState::typed([("name", &typed.name), ("scope", &typed.scope)]);
    let (name, scope) = (typed.name.trim(), typed.scope.parse::<Scope>());
    if name.is_empty() {
        form = form.wrong("name", "Give the key a name.");
    }
    let Ok(scope) = scope else {
        let form = form.wrong("scope", "Choose what it may do.");
        return page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await;
    };
    if !form.errors.is_empty() {
        return page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await;
    }
    match state.billing.add_api_key(name, scope, &staff.actor).await {
        Ok((_, secret)) => {
            let once = Once(vec![secret.as_str().to_owned()]);
            page_with(&state, parts, StatusCode::OK, once).await
        }
        Err(error) => state.problem(error),
    }
}

#[derive(Deserialize)]
pub struct Why {
    #[serde(default)]
    reason: String,
}

pub async fn revoke(
    Reached(state): Reached<State>,
    staff: Staff,
    Path(id): Path<ApiKeyId>,
    parts: Parts,
    Form(typed): Form<Why>,
) -> Response {
    if typed.reason.trim().is_empty() {
        let form = FormState::default().wrong("reason", SAY_WHY);
        return page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await;
    }
    let revoked = state
        .billing
        .revoke_api_key(id, &typed.reason, &staff.actor)
        .await;
    match revoked {
        // Whoever was first: it is revoked.
        Ok(_) => Redirect::to(&format!("/admin/keys/{id}?done=revoked")).into_response(),
        Err(error) => state.problem(error),
    }
}
