//! People.

use app::FormState;
use axum::{
    Form,
    extract::{Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::{id::PersonId, people::Role, staff::StaffError};
use http::{StatusCode, request::Parts};
use serde::Deserialize;

use crate::{
    desk::{page_again, staff::Staff},
    state::State,
};

const NO_ROLE: &str = "Choose a role.";

#[derive(Deserialize)]
pub struct New {
    #[serde(default)]
    email: String,
    #[serde(default)]
    role: String,
}

pub async fn add(
    Reached(state): Reached<State>,
    staff: Staff,
    parts: Parts,
    Form(typed): Form<New>,
) -> Response {
    let form = FormState::typed([("email", &typed.email), ("role", &typed.role)]);
    let Ok(role) = typed.role.parse::<Role>() else {
        let form = form.wrong("role", NO_ROLE);
        return page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await;
    };
    let invited = state
        .billing
        .invite_staff(&typed.email, role, &staff.actor)
        .await;
    match invited {
        Ok(_) => Redirect::to("/admin/staff?done=added").into_response(),
        Err(error) => refused(&state, parts, form, error).await,
    }
}

/// What is wanted of the one form about a member of staff: each of its buttons is an action.
#[derive(Deserialize)]
pub struct Change {
    #[serde(default)]
    action: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    reason: String,
}

pub async fn change(
    Reached(state): Reached<State>,
    staff: Staff,
    Path(id): Path<PersonId>,
    parts: Parts,
    Form(typed): Form<Change>,
) -> Response {
    let form = FormState::typed([("role", &typed.role), ("reason", &typed.reason)]);
    let (billing, reason, by) = (&state.billing, typed.reason.as_str(), &staff.actor);
    let (changed, done) = match (typed.action.as_str(), typed.role.parse::<Role>()) {
        ("role", Ok(role)) => (billing.change_role(id, role, reason, by).await, "role"),
        ("sign-out", _) => (billing.sign_out_staff(id, reason, by).await, "signed-out"),
        ("reset", _) => (billing.reset_second_factor(id, reason, by).await, "reset"),
        ("close", _) => match billing.close_staff(id, reason, by).await {
            Ok(()) => return Redirect::to("/admin/staff?done=closed").into_response(),
            refused => (refused, "closed"),
        },
        _ => {
            let form = form.wrong("role", NO_ROLE);
            return page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await;
        }
    };
    match changed {
        Ok(()) => Redirect::to(&format!("/admin/staff/{id}?done={done}")).into_response(),
        Err(error) => refused(&state, parts, form, error).await,
    }
}

async fn refused(state: &State, parts: Parts, mut form: FormState, error: StaffError) -> Response {
    let (status, field) = match error {
        StaffError::Other(error) => return state.problem(error),
        StaffError::Email | StaffError::Taken => (StatusCode::UNPROCESSABLE_ENTITY, "email"),
        StaffError::Reason => (StatusCode::UNPROCESSABLE_ENTITY, "reason"),
        StaffError::LastOwner | StaffError::Unknown => {
            form.notice = Some(error.to_string());
            return page_again(state, parts, StatusCode::CONFLICT, form).await;
        }
    };
    page_again(state, parts, status, form.wrong(field, error)).await
}
