//! The passkeys of whoever is signed in. What is asked of a device goes to the script of the page as
//! JSON; what it answers comes back in a form like any other.

use app::FormState;
use axum::{
    Form, Json,
    extract::{Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::{Result, id::PasskeyId, staff::FactorError};
use http::{StatusCode, request::Parts};
use serde::Deserialize;
use serde_json::Value;

use super::{
    not_found, page_again, page_with,
    security::{HOME, shown},
    staff::Staff,
};
use crate::state::State;

/// Asks for a passkey that lets in.
pub async fn ask(Reached(state): Reached<State>, staff: Staff) -> Response {
    let question = state.billing.ask_for_passkey(&staff.session).await;
    asked(&state, question)
}

#[derive(Deserialize)]
pub struct New {
    #[serde(default)]
    name: String,
    /// What the device answered.
    #[serde(default)]
    passkey: String,
}

/// Asks for a new passkey.
pub async fn offer(
    Reached(state): Reached<State>,
    staff: Staff,
    Form(typed): Form<New>,
) -> Response {
    let question = state
        .billing
        .offer_passkey(&staff.session, &typed.name)
        .await;
    asked(&state, question)
}

/// Takes a new passkey; shows the recovery codes that came with the first factor.
pub async fn add(
    Reached(state): Reached<State>,
    staff: Staff,
    parts: Parts,
    Form(typed): Form<New>,
) -> Response {
    let New { name, passkey } = &typed;
    let added = state
        .billing
        .add_passkey(&staff.session, name, passkey, &staff.actor);
    match added.await {
        Ok(codes) if codes.is_empty() => {
            Redirect::to("/admin/security?done=passkey-added").into_response()
        }
        Ok(codes) => page_with(&state, parts, StatusCode::OK, shown(&codes)).await,
        Err(error) => refused(&state, parts, FormState::typed([("name", name)]), error).await,
    }
}

#[derive(Deserialize)]
pub struct Change {
    #[serde(default)]
    action: String,
    #[serde(default)]
    name: String,
}

/// Renames or removes a passkey: each of the buttons is an action.
pub async fn change(
    Reached(state): Reached<State>,
    staff: Staff,
    Path(id): Path<PasskeyId>,
    parts: Parts,
    Form(typed): Form<Change>,
) -> Response {
    let (billing, Staff { session, actor }) = (&state.billing, &staff);
    let (changed, done) = match typed.action.as_str() {
        "remove" => (
            billing.remove_passkey(session, id, actor).await,
            "passkey-removed",
        ),
        _ => {
            let renamed = billing.rename_passkey(session, id, &typed.name, actor);
            (renamed.await, "passkey-renamed")
        }
    };
    match changed {
        Ok(()) => Redirect::to(&format!("{HOME}?done={done}")).into_response(),
        Err(FactorError::Unknown) => not_found(&state),
        Err(FactorError::Stale) => {
            let to = format!("{HOME}?next=/admin/security/passkeys/{id}");
            Redirect::to(&to).into_response()
        }
        Err(error) => {
            let form = FormState::typed([("name", &typed.name)]);
            refused(&state, parts, form, error).await
        }
    }
}

fn asked(state: &State, question: Result<Value, FactorError>) -> Response {
    match question {
        Ok(question) => Json(question).into_response(),
        Err(FactorError::Other(error)) => state.problem(error),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).into_response(),
    }
}

async fn refused(state: &State, parts: Parts, form: FormState, error: FactorError) -> Response {
    let form = match error {
        FactorError::Other(error) => return state.problem(error),
        FactorError::Name => form.wrong("name", error),
        error => form.wrong("passkey", error),
    };
    page_again(state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await
}
