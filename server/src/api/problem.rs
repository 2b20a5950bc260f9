//! Errors of the API: `application/problem+json` after RFC 9457, each with a stable type.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use billing::money::Credits;
use http::{
    HeaderValue, Method, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::status_of;

/// What went wrong, for programs and for those who write them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Stays the same for ever.
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    /// What exactly, by the name of the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Of too few credits: what can be spent,
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<i64>,
    /// what it would have taken,
    #[serde(skip_serializing_if = "Option::is_none")]
    required: Option<i64>,
    /// and where the customer buys the cheapest pack that is enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    purchase_url: Option<String>,
}

impl Problem {
    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "/problems/unauthorized",
            "Sign in first",
        )
    }

    /// No key came, or one that lets nobody in.
    pub fn no_key() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "/problems/unauthorized",
            "A valid API key is needed",
        )
        .because("Authorization: expected Bearer and a key that was not revoked")
    }

    pub fn read_only() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "/problems/read-only",
            "This key may only read",
        )
    }

    pub fn too_often() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "/problems/too-often",
            "Too many requests with this key",
        )
    }

    /// A body that cannot be read as what is expected.
    pub fn body(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::new(status, "/problems/body", "The body cannot be read").because(detail)
    }

    /// A value in the body that cannot be taken, by the name of its field.
    pub fn field(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "/problems/field",
            "A field cannot be taken",
        )
        .because(detail)
    }

    /// It contradicts what was done before.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "/problems/conflict",
            "It contradicts what was done before",
        )
        .because(detail)
    }

    /// The same Idempotency-Key came with something else.
    pub fn key_reused() -> Self {
        Self::conflict("Idempotency-Key: it was used for something else")
    }

    pub fn short(available: Credits, required: Credits, purchase_url: String) -> Self {
        Self {
            available: Some(available.0),
            required: Some(required.0),
            purchase_url: Some(purchase_url),
            ..Self::new(
                StatusCode::PAYMENT_REQUIRED,
                "/problems/insufficient-credits",
                "Not enough credits",
            )
        }
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "/problems/not-found",
            "There is no such thing",
        )
        .because(detail)
    }

    pub fn method(method: &Method) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "/problems/method",
            "This route has no such method",
        )
        .because(method.as_str())
    }

    /// A value that cannot be taken, by the name of its parameter.
    pub fn parameter(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "/problems/parameter",
            "A parameter is wrong",
        )
        .because(detail)
    }

    fn new(status: StatusCode, kind: &'static str, title: &'static str) -> Self {
        Self {
            kind,
            title,
            status: status.as_u16(),
            detail: None,
            available: None,
            required: None,
            purchase_url: None,
        }
    }

    fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

impl From<billing::Error> for Problem {
    fn from(error: billing::Error) -> Self {
        if error.is_of_a_text() {
            return Self::parameter("there is a NUL in it, which no text may have");
        }
        tracing::error!(%error, "a request failed");
        Self::new(
            status_of(&error),
            "/problems/unavailable",
            "Not available at the moment",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(CONTENT_TYPE, kind);
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        response
    }
}
