//! The control API: JSON, no key, and only for this machine.
//!
//! All its addresses stand in `routes.rs`. It sets and clears faults of webhooks, API answers and
//! the checkout page; shows the log; sends events again, or events that are not true; moves
//! intents, refunds, disputes and payouts as banks would; and moves the clock.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::account::{Account, text};
use crate::faults::{ApiFault, CheckoutFault, WebhookFault};
use crate::force::{self, Force};
use crate::gateway::Gateway;
use crate::objects::{events, intents};
use crate::webhooks;

pub mod clock;
pub mod disputes;
pub mod payouts;
pub mod refunds;
pub mod renewal;

const DEFAULT_LIMIT: usize = 100;
const MOST_AT_ONCE: u32 = 10_000;

/// A control call that cannot be carried out.
pub struct Refused(StatusCode, String);

type Reply = Result<Json<Value>, Refused>;

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({ "error": { "message": self.1 } });
        (self.0, Json(body)).into_response()
    }
}

/// Refuses pages of other sites, which could otherwise reach this machine through a browser, by
/// a foreign origin as well as by a foreign name that resolves to loopback.
pub async fn loopback_only(request: Request, next: Next) -> Response {
    let value_of = |headers: &HeaderMap, name| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.map(str::to_owned)
    };
    let host = value_of(request.headers(), header::HOST);
    let origin = value_of(request.headers(), header::ORIGIN);
    let local = host.is_some_and(|host| is_loopback_origin(&format!("http://{host}")))
        && origin.is_none_or(|origin| is_loopback_origin(&origin));
    if local {
        return next.run(request).await;
    }
    let message = "the control API answers only this machine";
    Refused(StatusCode::FORBIDDEN, message.to_owned()).into_response()
}

pub fn is_loopback_origin(origin: &str) -> bool {
    loopback_origin(origin).is_some()
}

/// `http://127.0.0.1:3000`, `http://localhost:3000`, `http://[::1]:3000`, as a browser writes it.
pub fn loopback_origin(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let local = match url.host()? {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    };
    (local && matches!(url.scheme(), "http" | "https")).then(|| url.origin().ascii_serialization())
}

pub async fn faults(State(gateway): State<Arc<Gateway>>) -> Json<Value> {
    Json(json!(*gateway.faults()))
}

pub async fn clear(State(gateway): State<Arc<Gateway>>) -> Json<Value> {
    gateway.faults().clear();
    Json(json!(*gateway.faults()))
}

pub async fn clear_one(State(gateway): State<Arc<Gateway>>, Path(id): Path<String>) -> Reply {
    match gateway.faults().remove(&id) {
        true => Ok(Json(json!({ "id": id, "deleted": true }))),
        false => Err(not_found("fault", &id)),
    }
}

pub async fn add_webhook_fault(State(gateway): State<Arc<Gateway>>, body: String) -> Reply {
    const KNOWN: &[&str] = &[
        "type",
        "fault",
        "ms",
        "copies",
        "how",
        "times",
        "payment_intent",
        "metadata",
    ];
    let fault: WebhookFault = decode(&body, KNOWN)?;
    Ok(Json(json!(gateway.faults().add_webhook(fault))))
}

pub async fn add_api_fault(State(gateway): State<Arc<Gateway>>, body: String) -> Reply {
    const KNOWN: &[&str] = &[
        "method",
        "path",
        "fault",
        "ms",
        "status",
        "retry_after",
        "stored",
        "times",
        "payment_intent",
        "metadata",
    ];
    let fault: ApiFault = decode(&body, KNOWN)?;
    Ok(Json(json!(gateway.faults().add_api(fault))))
}

pub async fn add_checkout_fault(State(gateway): State<Arc<Gateway>>, body: String) -> Reply {
    let fault: CheckoutFault = decode(&body, &["fault", "times", "payment_intent", "metadata"])?;
    Ok(Json(json!(gateway.faults().add_checkout(fault))))
}

/// What a list of the log is narrowed to.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    limit: Option<usize>,
    payment_intent: Option<String>,
    /// An event type, or a pattern.
    #[serde(rename = "type")]
    event_type: Option<String>,
    /// An event id.
    event: Option<String>,
    method: Option<String>,
    path: Option<String>,
}

pub async fn requests(
    State(gateway): State<Arc<Gateway>>,
    Query(filter): Query<Filter>,
) -> Json<Value> {
    let log = gateway.log();
    let entries = log.requests().filter(|entry| {
        let about = |id: &String| entry.path.contains(id.as_str()) || entry.body["id"] == **id;
        filter.payment_intent.as_ref().is_none_or(about)
            && filter.method.as_ref().is_none_or(|it| *it == entry.method)
            && filter.path.as_ref().is_none_or(|it| *it == entry.path)
    });
    let data: Vec<_> = entries
        .take(filter.limit.unwrap_or(DEFAULT_LIMIT))
        .collect();
    Json(json!({ "data": data }))
}

pub async fn deliveries(
    State(gateway): State<Arc<Gateway>>,
    Query(filter): Query<Filter>,
) -> Json<Value> {
    let log = gateway.log();
    let entries = log.deliveries().filter(|entry| {
        let matches_type = |it: &String| events::matches(it, &entry.event_type);
        filter.event.as_ref().is_none_or(|it| *it == entry.event)
            && filter.event_type.as_ref().is_none_or(matches_type)
            && (filter.payment_intent.is_none() || filter.payment_intent == entry.payment_intent)
    });
    let data: Vec<_> = entries
        .take(filter.limit.unwrap_or(DEFAULT_LIMIT))
        .collect();
    Json(json!({ "data": data }))
}

pub async fn events(
    State(gateway): State<Arc<Gateway>>,
    Query(filter): Query<Filter>,
) -> Json<Value> {
    let account = gateway.account();
    let found = account.store.newest(events::KIND).filter(|event| {
        let kind = event["type"].as_str().unwrap_or_default();
        let about = |id: &String| events::payment_intent(event) == Some(id);
        filter
            .event_type
            .as_ref()
            .is_none_or(|it| events::matches(it, kind))
            && filter.payment_intent.as_ref().is_none_or(about)
    });
    let data: Vec<_> = found.take(filter.limit.unwrap_or(DEFAULT_LIMIT)).collect();
    Json(json!({ "data": data }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resend {
    times: Option<u32>,
}

pub async fn resend(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    body: String,
) -> Reply {
    let resend: Resend = decode(&body, &["times"])?;
    let times = resend.times.unwrap_or(1).min(MOST_AT_ONCE);
    let event = gateway.account().store.get(events::KIND, &id).cloned();
    let event = event.ok_or_else(|| not_found("event", &id))?;
    let endpoints = webhooks::resend(&gateway, &event, times);
    Ok(Json(
        json!({ "event": id, "times": times, "endpoints": endpoints }),
    ))
}

/// Makes the gateway say something that the objects do not.
pub async fn emit(State(gateway): State<Arc<Gateway>>, body: String) -> Reply {
    let said: force::Said = decode(&body, force::Said::FIELDS)?;
    let mut account = gateway.account();
    let event = force::say(&mut account, said).map_err(Refused::bad)?;
    settle(&gateway, account);
    Ok(Json(event))
}

/// Moves an intent to a state, now or later, whatever the card said.
pub async fn force(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    body: String,
) -> Reply {
    let wanted: Force = decode(&body, Force::FIELDS)?;
    wanted.check().map_err(Refused::bad)?;
    let kind = intents::kind_of(&id);
    if gateway.account().store.get(kind, &id).is_none() {
        return Err(not_found(kind, &id));
    }
    if let Some(ms) = wanted.after_ms {
        let later = Arc::clone(&gateway);
        gateway.spawn(async move {
            if later.pause(Duration::from_millis(ms)).await {
                let mut account = later.account();
                if let Err(error) = force::apply(&mut account, &id, &wanted) {
                    tracing::warn!(error, "a forced change came too late");
                }
                settle(&later, account);
            }
        });
        return Ok(Json(json!({ "scheduled_ms": ms })));
    }
    let mut account = gateway.account();
    let intent = force::apply(&mut account, &id, &wanted).map_err(Refused::bad)?;
    settle(&gateway, account);
    Ok(Json(intent))
}

/// Lets every idempotency key expire, as 24 hours would.
pub async fn forget_keys(State(gateway): State<Arc<Gateway>>) -> Json<Value> {
    gateway.account().keys.forget_all();
    Json(json!({ "forgotten": true }))
}

/// Carries out a change that the API does not offer, in the API's own words if it is refused.
fn perform(
    gateway: &Arc<Gateway>,
    change: impl FnOnce(&mut Account) -> crate::errors::Result<Value>,
) -> Reply {
    let mut account = gateway.account();
    let changed = change(&mut account);
    settle(gateway, account);
    changed.map(Json).map_err(|error| {
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
        Refused(status, text(&error.as_value(), "message").to_owned())
    })
}

/// Writes down what changed and sends what it caused.
pub fn settle(gateway: &Arc<Gateway>, mut account: std::sync::MutexGuard<'_, Account>) {
    gateway.commit_quietly(&mut account);
    let events = account.take_fresh_events();
    drop(account);
    webhooks::dispatch(gateway, events);
}

/// Reads a body; a misspelt field is refused, because it would silently widen a fault.
fn decode<T: DeserializeOwned>(body: &str, known: &[&str]) -> Result<T, Refused> {
    let body = if body.trim().is_empty() { "{}" } else { body };
    let value: Value =
        serde_json::from_str(body).map_err(|error| Refused::bad(error.to_string()))?;
    let fields = value
        .as_object()
        .ok_or_else(|| Refused::bad("an object is needed"))?;
    if let Some(name) = fields.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(Refused::bad(format!("unknown field {name}")));
    }
    serde_json::from_value(value).map_err(|error| Refused::bad(error.to_string()))
}

impl Refused {
    fn bad(message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, message.into())
    }

    fn unless_one_of(name: &str, value: &str, allowed: &[&str]) -> Result<(), Self> {
        match allowed.contains(&value) {
            true => Ok(()),
            false => Err(Self::bad(format!(
                "{name} must be one of {}",
                allowed.join(", ")
            ))),
        }
    }
}

fn not_found(kind: &str, id: &str) -> Refused {
    Refused(StatusCode::NOT_FOUND, format!("no such {kind}: {id}"))
}
