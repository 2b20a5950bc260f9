//! The door of the API: key, parameters, faults, idempotency, the call, the log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header, request};
use axum::response::Response;
use serde_json::Value;

use crate::account::{API_VERSION, Account, RequestRef, text};
use crate::auth::{self, Key};
use crate::errors::{ApiError, Result};
use crate::expand;
use crate::faults::{ApiFault, ApiFaultKind, Target};
use crate::form::Params;
use crate::gateway::Gateway;
use crate::idempotency::{Begun, Remembered};
use crate::ids;
use crate::log::RequestEntry;
use crate::objects::attempt::Caller;
use crate::objects::{intents, payment_intents};
use crate::{routes, webhooks};

const LARGEST_BODY: usize = 1024 * 1024;

/// A request as it came.
struct Call {
    id: String,
    method: String,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Bytes,
}

/// What goes back, before it becomes HTTP.
#[derive(Debug, Clone)]
struct Answer {
    status: u16,
    body: Value,
    replayed: bool,
    retry_after: Option<u64>,
    fault: Option<ApiFault>,
}

/// Runs a call in a task of its own: at the gateway, too, work goes on when the client hangs up.
pub async fn serve(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, LARGEST_BODY).await.ok();
    let running = gateway
        .tasks
        .spawn(answer(Arc::clone(&gateway), parts, body));
    running.await.unwrap_or_else(|_| {
        plain(
            &Answer::from(ApiError::internal(500)),
            "req_lost",
            API_VERSION,
        )
    })
}

async fn answer(gateway: Arc<Gateway>, parts: request::Parts, body: Option<Bytes>) -> Response {
    let started = Instant::now();
    let too_large = body.is_none();
    let call = Call {
        id: ids::fresh("req"),
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body: body.unwrap_or_default(),
        headers: parts.headers,
    };
    let read = match too_large {
        true => Err(ApiError::too_large()),
        false => Params::parse(&call.query, &call.body),
    };
    let shown = read.as_ref().map_or(Value::Null, Params::as_value);
    let answer = match read {
        Ok(params) => handle(&gateway, &call, params).await,
        Err(error) => error.into(),
    };
    let silent = matches!(
        answer.fault.as_ref().map(|fault| &fault.kind),
        Some(ApiFaultKind::Timeout { .. })
    );
    gateway.log().request(RequestEntry {
        id: call.id.clone(),
        at_ms: gateway.clock.now_ms(),
        method: call.method.clone(),
        path: call.path.clone(),
        params: shown,
        idempotency_key: call.header("idempotency-key"),
        stripe_version: call.header("stripe-version"),
        status: (!silent).then_some(answer.status),
        body: answer.body.clone(),
        replayed: answer.replayed,
        fault: answer
            .fault
            .as_ref()
            .and_then(|fault| serde_json::to_value(fault).ok()),
        took_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    let version = call.header("stripe-version");
    let response = plain(&answer, &call.id, version.as_deref().unwrap_or(API_VERSION));
    spoil(&gateway, response, answer.fault.as_ref()).await
}

async fn handle(gateway: &Arc<Gateway>, call: &Call, mut params: Params) -> Answer {
    let path: Vec<&str> = call.path.trim_matches('/').split('/').collect();
    let path = match path.split_first() {
        Some((&"v1", rest)) if !rest.is_empty() => rest,
        _ => return ApiError::unknown_route(&call.method, &call.path).into(),
    };
    if let Err(error) = content_type(call) {
        return error.into();
    }
    let key = match auth::key(&call.headers, &call.method, path) {
        Ok(key) => key,
        Err(error) => return error.into(),
    };
    // Only a POST is worth remembering: the others may be repeated anyway.
    let idempotency_key = call
        .header("idempotency-key")
        .filter(|_| call.method == "POST");
    let all_params = params.as_value();
    let begun = idempotency_key.as_deref().map_or(Begun::Fresh, |name| {
        let method_and_path = call.method_and_path();
        let mut account = gateway.account();
        let now = account.now();
        account.keys.begin(name, &method_and_path, &all_params, now)
    });
    let replay = match begun {
        Begun::Fresh => None,
        Begun::Refused(error) => return error.into(),
        Begun::Replay { status, body } => Some((status, body)),
    };
    let fault = take_fault(gateway, call, path, &all_params, replay.is_some());
    if let Some(ApiFaultKind::Hang { ms }) = fault.as_ref().map(|fault| &fault.kind) {
        gateway.pause(Duration::from_millis(*ms)).await;
    }
    if let Some((status, body)) = replay {
        return Answer {
            status,
            body,
            replayed: true,
            retry_after: None,
            fault,
        };
    }
    let failure = fault.as_ref().and_then(|fault| match fault.kind {
        ApiFaultKind::Fail {
            status,
            retry_after,
            stored,
        } => Some(failure(status, retry_after, stored)),
        _ => None,
    });
    let mut account = gateway.account();
    let (mut answer, stored) = match failure {
        Some(failure) => failure,
        None => {
            account.request = RequestRef {
                id: Some(call.id.clone()),
                idempotency_key: idempotency_key.clone(),
            };
            let result = perform(&mut account, call, path, &mut params, key);
            account.request = RequestRef::default();
            let stored = result.as_ref().err().is_none_or(|error| error.stored);
            (result.into(), stored)
        }
    };
    answer.fault = fault;
    if let Some(name) = idempotency_key {
        if stored {
            let now = account.now();
            account.keys.remember(Remembered {
                key: name,
                method_and_path: call.method_and_path(),
                params: all_params,
                status: answer.status,
                body: answer.body.clone(),
                at: now,
            });
        } else {
            account.keys.release(&name);
        }
    }
    if let Err(error) = account.commit() {
        tracing::error!(%error, "the sandbox could not write its journal");
        answer = ApiError::internal(500).into();
    }
    let events = account.take_fresh_events();
    drop(account);
    webhooks::dispatch(gateway, events);
    answer
}

fn perform(
    account: &mut Account,
    call: &Call,
    path: &[&str],
    params: &mut Params,
    key: Key,
) -> Result<Value> {
    let paths = params.list("expand")?.unwrap_or_default();
    let caller = match key {
        Key::Secret => Caller::Server,
        Key::Publishable => {
            auth::client_secret(account, path, params)?;
            Caller::Browser
        }
    };
    let params = std::mem::take(params);
    let result = routes::call(account, &call.method, path, params, caller);
    let mut body = match (result, caller) {
        (Ok(body), Caller::Browser) => intents::for_browser(&body),
        (Err(error), Caller::Browser) => return Err(error.showing(intents::for_browser)),
        (result, Caller::Server) => result?,
    };
    expand::expand(&account.store, &mut body, &paths)?;
    Ok(body)
}

fn take_fault(
    gateway: &Gateway,
    call: &Call,
    path: &[&str],
    params: &Value,
    replaying: bool,
) -> Option<ApiFault> {
    // The object that the address names, if there is one.
    let named = {
        let account = gateway.account();
        let stored = path.iter().find_map(|step| account.store.any(step));
        stored.cloned()
    };
    let intent = named
        .as_ref()
        .filter(|object| object["object"] == payment_intents::KIND)
        .map(|intent| text(intent, "id"));
    let metadata = named.as_ref().map(|object| &object["metadata"]);
    gateway.faults().take_api(&Target {
        method: &call.method,
        path: &call.path,
        payment_intent: intent,
        metadata: metadata.unwrap_or(&params["metadata"]),
        replaying,
    })
}

fn failure(status: u16, retry_after: Option<u64>, stored: Option<bool>) -> (Answer, bool) {
    let error = match status {
        429 => ApiError::rate_limited(),
        status => ApiError::internal(status),
    };
    let stored = stored.unwrap_or(error.stored);
    let mut answer = Answer::from(error);
    answer.retry_after = retry_after;
    (answer, stored)
}

/// The way back, when it was told to go wrong.
async fn spoil(gateway: &Gateway, mut response: Response, fault: Option<&ApiFault>) -> Response {
    match fault.map(|fault| &fault.kind) {
        Some(ApiFaultKind::Timeout { ms }) => {
            gateway.pause(Duration::from_millis(*ms)).await;
            // A body that fails before its first byte makes the server close the connection.
            let closed = std::io::Error::other("told to close the connection");
            let nothing = futures::stream::once(async { Err::<Bytes, _>(closed) });
            *response.body_mut() = Body::from_stream(nothing);
            response.headers_mut().remove(header::CONTENT_LENGTH);
            response
        }
        Some(ApiFaultKind::Malformed) => {
            *response.body_mut() = Body::from("<html><body>502 Bad Gateway</body></html>");
            response.headers_mut().remove(header::CONTENT_LENGTH);
            response
        }
        _ => response,
    }
}

fn content_type(call: &Call) -> Result<()> {
    let given = call.header("content-type").unwrap_or_default();
    if call.body.is_empty() || !given.starts_with("application/json") {
        return Ok(());
    }
    Err(ApiError::invalid(
        "Invalid request: this API takes application/x-www-form-urlencoded, not JSON.",
    ))
}

fn plain(answer: &Answer, request_id: &str, version: &str) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CACHE_CONTROL, "no-cache, no-store")
        .header("request-id", request_id)
        .header("stripe-version", version);
    if answer.replayed {
        builder = builder.header("idempotent-replayed", "true");
    }
    if let Some(seconds) = answer.retry_after {
        builder = builder.header(header::RETRY_AFTER, seconds);
    }
    let body = serde_json::to_string_pretty(&answer.body).unwrap_or_default();
    builder
        .body(Body::from(body))
        .unwrap_or_else(|_| Response::new(Body::empty()))
}

impl Call {
    fn header(&self, name: &str) -> Option<String> {
        let value = self.headers.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    }

    fn method_and_path(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl From<ApiError> for Answer {
    fn from(error: ApiError) -> Self {
        Self {
            status: error.status,
            body: error.body(),
            replayed: false,
            retry_after: None,
            fault: None,
        }
    }
}

impl From<Result<Value>> for Answer {
    fn from(result: Result<Value>) -> Self {
        match result {
            Err(error) => error.into(),
            Ok(body) => Self {
                status: 200,
                body,
                replayed: false,
                retry_after: None,
                fault: None,
            },
        }
    }
}
