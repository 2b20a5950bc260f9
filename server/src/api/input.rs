//! What programs send: an id, a body, a key that makes a repetition harmless, a page of a list.

use std::str::FromStr;

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, OptionalFromRequest, Path, Query, Request},
};
use http::request::Parts;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Problem;

/// The id in a path.
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await.ok();
        text.and_then(|Path(text)| text.parse().ok())
            .map(Self)
            .ok_or_else(|| Problem::parameter("id: expected a UUID"))
    }
}

/// A JSON body. What is wrong with it is told by the name of the field.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match <Json<T> as FromRequest<S>>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(error) => Err(Problem::body(error.status(), error.body_text())),
        }
    }
}

/// A body that may be left out.
impl<S: Send + Sync, T: DeserializeOwned> OptionalFromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        match <Json<T> as OptionalFromRequest<S>>::from_request(request, state).await {
            Ok(body) => Ok(body.map(|Json(body)| Self(body))),
            Err(error) => Err(Problem::body(error.status(), error.body_text())),
        }
    }
}

/// Names a wish: sent again under the same key it is done once, and answered the same. Without the
/// header every request is a wish of its own.
pub struct IdempotencyKey(pub String);

const LONGEST_KEY: usize = 255;

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("idempotency-key") else {
            return Ok(Self(Uuid::now_v7().to_string()));
        };
        value
            .to_str()
            .ok()
            .filter(|key| !key.trim().is_empty() && key.len() <= LONGEST_KEY)
            .map(|key| Self(key.to_owned()))
            .ok_or_else(|| {
                Problem::parameter(format!(
                    "Idempotency-Key: 1 to {LONGEST_KEY} printable ASCII characters"
                ))
            })
    }
}

/// Which part of a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// `next_cursor` of the page before.
    cursor: Option<Uuid>,
    limit: Option<i64>,
    /// Only what belongs to this customer, by our id.
    customer: Option<Uuid>,
}

/// How many entries a page has, unless it is said.
const USUAL_LIMIT: i64 = 20;
const LARGEST_LIMIT: i64 = 100;

/// Which part of a list, checked.
pub struct Page {
    pub before: Option<Uuid>,
    pub limit: i64,
    pub customer: Option<Uuid>,
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(query) = Query::<PageQuery>::from_request_parts(parts, state)
            .await
            .map_err(|error| Problem::parameter(error.body_text()))?;
        Self::checked(query.cursor, query.limit, query.customer)
    }
}

impl Page {
    pub fn checked(
        cursor: Option<Uuid>,
        limit: Option<i64>,
        customer: Option<Uuid>,
    ) -> Result<Self, Problem> {
        let limit = limit.unwrap_or(USUAL_LIMIT);
        if !(1..=LARGEST_LIMIT).contains(&limit) {
            return Err(Problem::parameter(format!("limit: 1 to {LARGEST_LIMIT}")));
        }
        Ok(Self {
            before: cursor,
            limit,
            customer,
        })
    }
}

/// A part of a list, newest first.
#[derive(Serialize, ToSchema)]
pub struct List<T> {
    /// `list`
    object: &'static str,
    data: Vec<T>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<Uuid>,
}

impl<T> List<T> {
    /// Of rows that were asked for with one more than the page holds.
    pub fn new(mut data: Vec<T>, page: &Page, id: impl Fn(&T) -> Uuid) -> Self {
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let has_more = data.len() > limit;
        data.truncate(limit);
        Self {
            object: "list",
            next_cursor: data.last().filter(|_| has_more).map(id),
            data,
        }
    }
}
