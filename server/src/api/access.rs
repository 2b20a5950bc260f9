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
use http::{HeaderMap, HeaderName, HeaderValue, Method, header::AUTHORIZATION, request::Parts};

use super::Problem;
use crate::{limits::Left, state::State, viewer};

/// Lets programs in, each as often as it may, and no one else.
pub async fn programs_only(
    Reached(state): Reached<State>,
    request: Request,
    next: Next,
) -> Response {
    match Box::pin(admit(&state, request.headers(), request.method())).await {
        Ok(Some(left)) => told(left, next.run(request).await),
        Ok(None) => Problem::no_key().into_response(),
        Err(refused) => refused,
    }
}

/// Lets a program in whose key came, if one did and it may do this now. Answers what is left of its limit.
async fn admit(
    state: &State,
    headers: &HeaderMap,
    method: &Method,
) -> Result<Option<Left>, Response> {
    let key = match key(state, headers).await {
        Ok(Some(key)) => key,
        Ok(None) => return Ok(None),
        Err(problem) => return Err(problem.into_response()),
    };
    let left = state.limits.api_by_key.ask(&key.id);
    if state.limits.noted_uses.allows(&key.id) {
        state.billing.api_key_used(key.id);
    }
    let (left, problem) = match left {
        Err(left) => (left, Problem::too_often()),
        Ok(left) if key.scope < Scope::Write && !method.is_safe() => (left, Problem::read_only()),
        Ok(left) => return Ok(Some(left)),
    };
    Err(told(left, problem.into_response()))
}

/// Tells a program what is left of its limit, in the fields of
/// <https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers>.
fn told(left: Left, mut response: Response) -> Response {
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

/// The key that came, if one did.
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

/// Who looks at something that belongs to a customer: a program, which may look at everything, or the
/// customer in a browser. Asked for by the handler and not by a layer of its route, because thousands wait
/// there at once, and a layer takes room for each of them. What is over before the wait is boxed.
pub struct Asker {
    /// None for a program.
    pub customer: Option<CustomerId>,
    left: Option<Left>,
}

impl Asker {
    /// What they are answered; a program is told what is left of its limit.
    pub fn answer(&self, answer: impl IntoResponse) -> Response {
        match self.left {
            Some(left) => told(left, answer.into_response()),
            None => answer.into_response(),
        }
    }
}

impl FromRequestParts<State> for Asker {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Response> {
        let left = Box::pin(admit(state, &parts.headers, &parts.method)).await?;
        if left.is_some() {
            return Ok(Self {
                customer: None,
                left,
            });
        }
        let session = Box::pin(viewer::session(state, &parts.headers))
            .await
            .map_err(|error| Problem::from(error).into_response())?;
        match session.and_then(|session| session.person.customer) {
            Some(customer) => Ok(Self {
                customer: Some(customer),
                left: None,
            }),
            None => Err(Problem::unauthorized().into_response()),
        }
    }
}
