//! Which program asks, by its key; and how often it may.

use std::time::Duration;

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
use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION, request::Parts};

use super::Problem;
use crate::{limits::Left, state::State};

/// Lets programs in, each as often as it may, and no one else.
pub async fn programs_only(
    Reached(state): Reached<State>,
    request: Request,
    next: Next,
) -> Response {
    let key = match Box::pin(key(&state, request.headers())).await {
        Ok(Some(key)) => key,
        Ok(None) => return Problem::no_key().into_response(),
        Err(problem) => return problem.into_response(),
    };
    admit(&state, key, request, next).await
}

/// Recognizes a program where a signed-in customer may ask, too.
pub async fn recognize(Reached(state): Reached<State>, request: Request, next: Next) -> Response {
    let key = match Box::pin(key(&state, request.headers())).await {
        Ok(Some(key)) => key,
        Ok(None) => return next.run(request).await,
        Err(problem) => return problem.into_response(),
    };
    admit(&state, key, request, next).await
}

/// Lets a program in with this key, if it may do this now.
async fn admit(state: &State, key: ApiKey, mut request: Request, next: Next) -> Response {
    let left = state.limits.api_by_key.ask(&key.id);
    if state.limits.noted_uses.allows(&key.id) {
        state.billing.api_key_used(key.id);
    }
    let response = if left.is_err() {
        Problem::too_often().into_response()
    } else if key.scope < Scope::Write && !request.method().is_safe() {
        Problem::read_only().into_response()
    } else {
        request.extensions_mut().insert(key);
        next.run(request).await
    };
    told(left, response)
}

/// Tells a program what is left of its limit, in the fields of
/// <https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers>.
fn told(left: Result<Left, Left>, mut response: Response) -> Response {
    let (Ok(left) | Err(left)) = left;
    let seconds = |time: Duration| time.as_millis().div_ceil(1000);
    let fields = [
        (
            HeaderName::from_static("ratelimit-policy"),
            format!("\"key\";q={};w={}", left.burst, seconds(left.refill)),
        ),
        (
            HeaderName::from_static("ratelimit"),
            format!("\"key\";r={};t={}", left.remaining, seconds(left.full_in)),
        ),
    ];
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The key that came, if one did. Boxed where it is called, so that it takes no room while an answer is
/// waited for.
async fn key(state: &State, headers: &HeaderMap) -> Result<Option<ApiKey>, Problem> {
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
    Ok(Some(key))
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
