//! What a browser loads from here: the script, the card fields' frame and the challenge.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Form, Json};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;
use serde_json::Value;

use crate::account::text;
use crate::control::{loopback_origin, settle};
use crate::errors::ApiError;
use crate::gateway::Gateway;
use crate::money;
use crate::objects::{confirmation, payment_intents};

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
const CHALLENGE_CSS: &str = include_str!("../assets/challenge.css");
const CHALLENGE_JS: &str = include_str!("../assets/challenge.js");

pub async fn script() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

pub async fn card_css() -> impl IntoResponse {
    asset("text/css; charset=utf-8", CARD_CSS)
}

pub async fn card_js() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", CARD_JS)
}

pub async fn challenge_css() -> impl IntoResponse {
    asset("text/css; charset=utf-8", CHALLENGE_CSS)
}

pub async fn challenge_js() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", CHALLENGE_JS)
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

#[derive(Debug, Deserialize)]
pub struct Challenged {
    client_secret: String,
    /// Given when the challenge is a frame.
    origin: Option<String>,
    /// Given when the challenge is a page that the customer was sent to.
    return_url: Option<String>,
}

pub async fn challenge(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    Query(asked): Query<Challenged>,
) -> Response {
    let intent = match authentic(&gateway, &id, &asked.client_secret) {
        Ok(intent) => intent,
        Err(error) => return refused(&error),
    };
    let open = text(&intent, "status") == "requires_action";
    let page = Html(challenge_page(&intent, &asked, open).into_string());
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
    let result = confirmation::answer_challenge(&mut account, &id, completed);
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
        None => Json(payment_intents::for_browser(&intent)).into_response(),
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
    url.query_pairs_mut()
        .append_pair("payment_intent", text(intent, "id"))
        .append_pair(
            "payment_intent_client_secret",
            text(intent, "client_secret"),
        )
        .append_pair("redirect_status", outcome);
    Some(url.into())
}

fn authentic(gateway: &Gateway, id: &str, secret: &str) -> Result<Value, ApiError> {
    let intent = gateway.account().store.find(payment_intents::KIND, id)?;
    if intent["client_secret"] == *secret {
        Ok(intent)
    } else {
        Err(ApiError::missing_object(payment_intents::KIND, id))
    }
}

fn challenge_page(intent: &Value, asked: &Challenged, open: bool) -> Markup {
    let amount = money::shown(
        intent["amount"].as_i64().unwrap_or_default(),
        text(intent, "currency"),
    );
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
                        p { "Your bank wants to make sure that you are making this payment." }
                        p.amount { (amount) }
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
                        p { "This payment does not wait for you any more." }
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

fn framed(page: impl IntoResponse, ancestors: &str) -> Response {
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
