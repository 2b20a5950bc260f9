//! What a browser loads from here: the script, and the frame with the card fields.

use axum::extract::Query;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use crate::control::loopback_origin;

/// One script out of several files, which share nothing with the page but `Stripe`.
const SCRIPT: &str = concat!(
    "(() => {\n'use strict';\n",
    include_str!("../assets/stripe/api.js"),
    include_str!("../assets/stripe/frame.js"),
    include_str!("../assets/stripe/challenge.js"),
    include_str!("../assets/stripe/elements.js"),
    include_str!("../assets/stripe/stripe.js"),
    "})();\n"
);
const CARD_HTML: &str = include_str!("../assets/card.html");
const CARD_CSS: &str = include_str!("../assets/card.css");
const CARD_JS: &str = include_str!("../assets/card.js");

pub async fn script() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

pub async fn card_css() -> impl IntoResponse {
    asset("text/css; charset=utf-8", CARD_CSS)
}

pub async fn card_js() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", CARD_JS)
}

#[derive(Debug, Deserialize)]
pub struct Embedder {
    /// The page that shows the frame: the only one that may, and the only one it talks to.
    origin: String,
}

/// The card fields. Numbers are typed here and never reach the page around the frame.
pub async fn card_frame(Query(embedder): Query<Embedder>) -> Response {
    let Some(origin) = loopback_origin(&embedder.origin) else {
        return (
            StatusCode::FORBIDDEN,
            "only pages on this machine may show the card fields",
        )
            .into_response();
    };
    framed(Html(CARD_HTML), &origin)
}

/// A page that only `ancestors` may show in a frame.
pub fn framed(page: impl IntoResponse, ancestors: &str) -> Response {
    // A form that leads back to the merchant is a redirect, which `form-action` would stop.
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
         img-src data:; base-uri 'none'; frame-ancestors {ancestors}"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    (headers, page).into_response()
}

/// Revalidated each time, because a new build serves new files under the same name.
pub fn asset(kind: &'static str, body: &'static str) -> impl IntoResponse {
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, body)
}
