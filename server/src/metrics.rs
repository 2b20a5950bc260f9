//! `GET /metrics`, in the text form of OpenMetrics, which Prometheus reads.

use std::{
    fmt,
    sync::{Arc, LazyLock},
    time::Duration,
};

use axum::{
    extract::State as Reached,
    response::{IntoResponse, Response},
};
use billing::{Billing, secret::Secret};
use http::{
    HeaderMap, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE},
};
use prometheus_client::{
    encoding::text::{encode_eof, encode_registry},
    metrics::{
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

use crate::state::State;

/// Who may read the metrics.
#[derive(Clone)]
pub enum Readers {
    /// While we are reached on loopback only.
    Anybody,
    /// Who brings this token.
    Bearer(Arc<Secret>),
    Nobody,
}

static REQUESTS: LazyLock<Requests> = LazyLock::new(Requests::new);

/// By method, route and status.
type Histograms = Family<[(&'static str, String); 3], Histogram, fn() -> Histogram>;

/// The requests of this process.
struct Requests {
    registry: Registry,
    seconds: Histograms,
}

impl Requests {
    fn new() -> Self {
        let mut registry = Registry::with_prefix("tender");
        // From 1 ms to a minute, which is how long clients wait for a transaction.
        let seconds = Family::new_with_constructor(
            (|| Histogram::new(exponential_buckets(0.001, 2.0, 17))) as fn() -> Histogram,
        );
        registry.register_with_unit(
            "http_request",
            "Answers, also those that waited for something",
            Unit::Seconds,
            seconds.clone(),
        );
        Self { registry, seconds }
    }
}

/// Counts an answer.
pub fn observe(method: &str, route: &str, status: StatusCode, took: Duration) {
    let labels = [
        ("method", method.to_owned()),
        ("route", route.to_owned()),
        ("status", status.as_str().to_owned()),
    ];
    let histogram = REQUESTS.seconds.get_or_create(&labels);
    histogram.observe(took.as_secs_f64());
}

/// What this process counted, and how much is to be done in the database.
pub async fn show(Reached(state): Reached<State>, headers: HeaderMap) -> Response {
    if let Some(refused) = state.metrics.refuse(&headers) {
        return refused;
    }
    match text(&state.billing).await {
        Ok(text) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(CONTENT_TYPE, kind)], text).into_response()
        }
        Err(fmt::Error) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn text(billing: &Billing) -> Result<String, fmt::Error> {
    let mut text = String::new();
    if let Err(error) = billing.write_metrics(&mut text).await {
        tracing::warn!(%error, "metrics without those of the database");
    }
    encode_registry(&mut text, &REQUESTS.registry)?;
    encode_eof(&mut text)?;
    Ok(text)
}

impl Readers {
    /// What whoever may not read them is told.
    fn refuse(&self, headers: &HeaderMap) -> Option<Response> {
        let token = match self {
            Self::Anybody => return None,
            Self::Bearer(token) => token,
            Self::Nobody => {
                let why = "TENDER_METRICS_TOKEN is not set: nobody may read the metrics\n";
                return Some((StatusCode::FORBIDDEN, why).into_response());
            }
        };
        let given = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        if given.is_some_and(|given| token.is(given)) {
            return None;
        }
        let refused = (
            StatusCode::UNAUTHORIZED,
            [(WWW_AUTHENTICATE, "Bearer")],
            "the token of TENDER_METRICS_TOKEN is needed\n",
        );
        Some(refused.into_response())
    }
}
