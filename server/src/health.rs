//! For those who run it: does it live, can it work?

use axum::extract::State as Reached;
use billing::Billing;
use http::StatusCode;

pub async fn alive() -> &'static str {
    "alive\n"
}

/// Ready means that the database answers; its schema was brought up to date before we listened.
pub async fn ready(Reached(billing): Reached<Billing>) -> Result<&'static str, StatusCode> {
    match billing.ping().await {
        Ok(()) => Ok("ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            Err(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}
