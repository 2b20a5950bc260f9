//! The hosted checkout: a page on which a session is paid, and the way back to the merchant.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::account::{Account, text};
use crate::browser::asset;
use crate::control::settle;
use crate::errors::{ApiError, Result};
use crate::gateway::Gateway;
use crate::objects::{checkout_sessions, payment_intents};

mod page;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      frame-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

pub async fn css() -> impl IntoResponse {
    asset(
        "text/css; charset=utf-8",
        include_str!("../../assets/checkout.css"),
    )
}

pub async fn js() -> impl IntoResponse {
    asset(
        "text/javascript; charset=utf-8",
        include_str!("../../assets/checkout.js"),
    )
}

pub async fn show(State(gateway): State<Arc<Gateway>>, Path(id): Path<String>) -> Response {
    let account = gateway.account();
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    match account.store.find(checkout_sessions::KIND, &id) {
        Ok(session) => (headers, page::session(&account, &session)).into_response(),
        Err(_) => (StatusCode::NOT_FOUND, headers, page::unknown()).into_response(),
    }
}

#[derive(Debug, Deserialize)]
pub struct Submitted {
    email: Option<String>,
    payment_method: String,
}

/// Pays, and says what the page is to do next.
pub async fn pay(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    Form(submitted): Form<Submitted>,
) -> Response {
    let mut account = gateway.account();
    let paid = checkout_sessions::pay(
        &mut account,
        &id,
        submitted.email.as_deref(),
        &submitted.payment_method,
    );
    settle(&gateway, account);
    match paid {
        Ok(_) => next(&gateway, &id),
        Err(error) => refused(&error),
    }
}

/// What the page is to do after the customer answered the bank.
pub async fn outcome(State(gateway): State<Arc<Gateway>>, Path(id): Path<String>) -> Response {
    next(&gateway, &id)
}

/// A challenge to answer, a reason to try again, or the way back: null when the page was told not
/// to know it.
fn next(gateway: &Gateway, id: &str) -> Response {
    let (session, intent) = match state(&gateway.account(), id) {
        Ok(state) => state,
        Err(error) => return refused(&error),
    };
    if session["status"] == "complete" {
        let lost = gateway.faults().take_never_return(&session);
        let way_back = (!lost).then(|| success_url(&session));
        return Json(json!({ "return_url": way_back })).into_response();
    }
    match text(&intent, "status") {
        "requires_action" => {
            Json(json!({ "client_secret": intent["client_secret"] })).into_response()
        }
        _ => {
            let message = intent["last_payment_error"]["message"].as_str();
            let message = message.unwrap_or("This page is not open for payment any more.");
            refused(&ApiError::card("payment_failed", message))
        }
    }
}

fn state(account: &Account, id: &str) -> Result<(Value, Value)> {
    let session = account.store.find(checkout_sessions::KIND, id)?;
    let intent = account
        .store
        .get(payment_intents::KIND, text(&session, "payment_intent"));
    let intent = intent.cloned().unwrap_or_default();
    Ok((session, intent))
}

fn success_url(session: &Value) -> String {
    text(session, "success_url").replace("{CHECKOUT_SESSION_ID}", text(session, "id"))
}

fn refused(error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, Json(error.body())).into_response()
}
