//! The door for gateways. It verifies, stores and answers, and does nothing else.

use axum::{
    body::{Body, to_bytes},
    extract::State as Reached,
};
use billing::{
    Billing,
    inbox::{Delivery, Refused},
};
use http::{HeaderMap, StatusCode, header::USER_AGENT};

/// No event of a gateway is larger.
const BODY_LIMIT: usize = 1024 * 1024;

/// 200 once stored; 4xx for what is not genuine; 5xx, so that it is sent again, when it could not
/// be stored.
pub async fn stripe(
    Reached(billing): Reached<Billing>,
    headers: HeaderMap,
    body: Body,
) -> (StatusCode, String) {
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        billing.refuse_too_large();
        return (
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is over 1 MiB\n".to_owned(),
        );
    };
    let signatures: Vec<&[u8]> = headers
        .get_all("stripe-signature")
        .iter()
        .map(|value| value.as_bytes())
        .collect();
    match billing
        .receive(Delivery {
            signatures: &signatures,
            user_agent: headers.get(USER_AGENT).and_then(|it| it.to_str().ok()),
            body: &body,
        })
        .await
    {
        Ok(()) => (StatusCode::OK, "stored\n".to_owned()),
        Err(Refused::Other(error)) => {
            tracing::error!(%error, "a webhook could not be stored");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "it could not be stored\n".to_owned(),
            )
        }
        Err(refused) => {
            tracing::warn!(%refused, "a webhook was refused");
            (StatusCode::BAD_REQUEST, format!("{refused}\n"))
        }
    }
}
