//! Which program asks, by its key; and how often it may.

use axum::{
    extract::{FromRequestParts, Request, State as Reached},
    middleware::Next,
    response::{IntoResponse, Response},
};
use billing::{
    api_key::{ApiKey, Scope},
    id::CustomerId,
    secret::Secret,
};
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};

use super::Problem;
use crate::state::State;

/// Lets programs in, each as often as it may, and no one else.
pub async fn programs_only(
    Reached(state): Reached<State>,
    mut request: Request,
    next: Next,
) -> Response {
    let key = match program(&state, request.headers()).await {
        Ok(Some(key)) => key,
        Ok(None) => return Problem::no_key().into_response(),
        Err(problem) => return problem.into_response(),
    };
    if key.scope < Scope::Write && !request.method().is_safe() {
        return Problem::read_only().into_response();
    }
    request.extensions_mut().insert(key);
    next.run(request).await
}

/// Recognizes a program where a signed-in customer may ask, too.
pub async fn recognize(
    Reached(state): Reached<State>,
    mut request: Request,
    next: Next,
) -> Response {
    match program(&state, request.headers()).await {
        Ok(Some(key)) => drop(request.extensions_mut().insert(key)),
        Ok(None) => {}
        Err(problem) => return problem.into_response(),
    }
    next.run(request).await
}

/// The key that came, if one did.
async fn program(state: &State, headers: &HeaderMap) -> Result<Option<ApiKey>, Problem> {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    let token = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| Secret::from(token.trim()))
        .ok_or_else(Problem::no_key)?;
    let key = state.billing.api_key(&token).await?;
    let key = key.ok_or_else(Problem::no_key)?;
    match state.limits.api_by_key.allows(&key.id) {
        true => Ok(Some(key)),
        false => Err(Problem::too_often()),
    }
}

/// Who looks at something that belongs to a customer.
pub enum Asker {
    /// A program may look at everything.
    Program,
    Customer(CustomerId),
}

impl<S: Sync> FromRequestParts<S> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if parts.extensions.get::<ApiKey>().is_some() {
            return Ok(Self::Program);
        }
        parts
            .extensions
            .get::<app::Viewer>()
            .and_then(|viewer| viewer.0.as_ref()?.person.customer)
            .map(Self::Customer)
            .ok_or_else(Problem::unauthorized)
    }
}
