//! What is known of each request: an id, which its answer carries and every line that is logged about
//! it, what was asked for, and how long the answer took.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::global;
use opentelemetry_http::HeaderExtractor;
use tracing::{Instrument, Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::Uuid;

use crate::metrics;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// A longer one is not taken over.
const LONGEST_ID: usize = 64;

pub async fn requests(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>();
    // Built files, and whatever is not there.
    let route = route.map_or("other", MatchedPath::as_str).to_owned();
    let id = id(request.headers());
    let span = tracing::info_span!(
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        id = id.to_str().unwrap_or_default(),
        %method,
        path = request.uri().path(),
        status = Empty,
        transaction = Empty,
    );
    follow(&span, request.headers());
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    span.record("status", status.as_u16());
    metrics::observe(method.as_str(), &route, status, begun.elapsed());
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// Whoever asks may have traced what led to this.
fn follow(span: &Span, headers: &HeaderMap) {
    let parent =
        global::get_text_map_propagator(|standard| standard.extract(&HeaderExtractor(headers)));
    // It fails when traces go nowhere.
    let _ = span.set_parent(parent);
}

/// The id that a proxy gave it, or a new one.
fn id(headers: &HeaderMap) -> HeaderValue {
    let is_plain = |id: &&HeaderValue| {
        let bytes = id.as_bytes();
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        (1..=LONGEST_ID).contains(&bytes.len()) && bytes.iter().all(plain)
    };
    match headers.get(REQUEST_ID).filter(is_plain) {
        Some(given) => given.clone(),
        None => HeaderValue::try_from(Uuid::now_v7().to_string())
            .unwrap_or(HeaderValue::from_static("")),
    }
}
