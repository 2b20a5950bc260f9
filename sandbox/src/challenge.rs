//! The bank's question, 3-D Secure: a frame over the merchant's page, or a page of its own.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;
use serde_json::Value;

use crate::account::text;
use crate::browser::{asset, framed};
use crate::control::{loopback_origin, settle};
use crate::errors::ApiError;
use crate::gateway::Gateway;
use crate::money;
use crate::objects::{confirmation, intents, setup_confirmation, setup_intents};

pub async fn css() -> impl IntoResponse {
    asset(
        "text/css; charset=utf-8",
        include_str!("../assets/challenge.css"),
    )
}

pub async fn js() -> impl IntoResponse {
    asset(
        "text/javascript; charset=utf-8",
        include_str!("../assets/challenge.js"),
    )
}

#[derive(Debug, Deserialize)]
pub struct Challenged {
    client_secret: String,
    /// Given when the challenge is a frame.
    origin: Option<String>,
    /// Given when the challenge is a page that the customer was sent to.
    return_url: Option<String>,
}

pub async fn show(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    Query(asked): Query<Challenged>,
) -> Response {
    let intent = match authentic(&gateway, &id, &asked.client_secret) {
        Ok(intent) => intent,
        Err(error) => return refused(&error),
    };
    let open = text(&intent, "status") == "requires_action";
    let page = page(&intent, &asked, open);
    match asked.origin.as_deref().map(loopback_origin) {
        Some(Some(origin)) => framed(page, &origin),
        Some(None) => (
            StatusCode::FORBIDDEN,
            "only pages on this machine may show this",
        )
            .into_response(),
        None => framed(page, "'none'"),
    }
}

#[derive(Debug, Deserialize)]
pub struct Answered {
    client_secret: String,
    outcome: String,
    return_url: Option<String>,
}

/// The customer's answer: from the frame as a fetch, from the page as a form.
pub async fn answer(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    Form(answered): Form<Answered>,
) -> Response {
    if let Err(error) = authentic(&gateway, &id, &answered.client_secret) {
        return refused(&error);
    }
    let mut account = gateway.account();
    let completed = answered.outcome == "complete";
    let result = match intents::kind_of(&id) {
        setup_intents::KIND => setup_confirmation::answer_challenge(&mut account, &id, completed),
        _ => confirmation::answer_challenge(&mut account, &id, completed),
    };
    settle(&gateway, account);
    let intent = match result {
        Ok(intent) => intent,
        // Two windows may show one challenge: the second answer finds what the first has done.
        Err(error) if answered.return_url.is_none() => return refused(&error),
        Err(_) => gateway
            .account()
            .store
            .any(&id)
            .cloned()
            .unwrap_or_default(),
    };
    match answered.return_url.and_then(|url| back(&url, &intent)) {
        Some(url) => Redirect::to(&url).into_response(),
        None => Json(intents::for_browser(&intent)).into_response(),
    }
}

/// The way back to the merchant, told how it went.
fn back(return_url: &str, intent: &Value) -> Option<String> {
    let mut url = url::Url::parse(return_url).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(())?;
    let outcome = match text(intent, "status") {
        "succeeded" | "processing" | "requires_capture" => "succeeded",
        _ => "failed",
    };
    let kind = text(intent, "object");
    url.query_pairs_mut()
        .append_pair(kind, text(intent, "id"))
        .append_pair(
            &format!("{kind}_client_secret"),
            text(intent, "client_secret"),
        )
        .append_pair("redirect_status", outcome);
    Some(url.into())
}

/// Who does not know the secret learns nothing, not even that there is such an intent.
fn authentic(gateway: &Gateway, id: &str, secret: &str) -> Result<Value, ApiError> {
    intents::with_secret(&gateway.account(), id, secret)
        .map_err(|_| ApiError::missing_object(intents::kind_of(id), id))
}

fn page(intent: &Value, asked: &Challenged, open: bool) -> Markup {
    let amount = intent["amount"]
        .as_i64()
        .map(|amount| money::shown(amount, text(intent, "currency")));
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "3-D Secure" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/elements/challenge.css";
                script src="/elements/challenge.js" defer {}
            }
            body {
                main data-origin=(asked.origin.as_deref().unwrap_or_default()) {
                    p.bank { span.mark aria-hidden="true" {} "Sandbox Bank" }
                    @if open {
                        h1 tabindex="-1" { "Is this you?" }
                        @if let Some(amount) = &amount {
                            p { "Your bank wants to make sure that you are making this payment." }
                            p.amount { (amount) }
                        } @else {
                            p { "Your bank wants to make sure that you are saving this card." }
                        }
                        @if let Some(description) = intent["description"].as_str() {
                            p.what { (description) }
                        }
                        form method="post" action={ "/challenge/" (text(intent, "id")) } {
                            input type="hidden" name="client_secret" value=(asked.client_secret);
                            @if let Some(url) = &asked.return_url {
                                input type="hidden" name="return_url" value=(url);
                            }
                            button.yes name="outcome" value="complete" { "Complete" }
                            button.no name="outcome" value="fail" { "Fail" }
                        }
                        p.status role="status" {}
                        p.hint { "Sandbox: no money moves." }
                    } @else {
                        h1 { "Nothing to confirm" }
                        p { "Your bank does not wait for you any more." }
                        @if let Some(url) = asked.return_url.as_deref().and_then(|url| back(url, intent)) {
                            p { a href=(url) { "Back to the shop" } }
                        }
                    }
                }
            }
        }
    }
}

fn refused(error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, Json(error.body())).into_response()
}
