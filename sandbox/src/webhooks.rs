//! Deliveries: each event goes to each endpoint that wants it, signed, until it is accepted.
//!
//! Each delivery is a task of its own, because the gateway promises no order and a slow endpoint
//! must not hold up another.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::account::text;
use crate::faults::{Forgery, WebhookFault, WebhookFaultKind};
use crate::gateway::Gateway;
use crate::ids;
use crate::log::DeliveryEntry;
use crate::objects::events;
use crate::objects::webhook_endpoints::{self, Endpoint};

/// The gateway stretches its retries over days; here a test must see them.
const RETRY_AFTER_MS: &[u64] = &[
    500, 1_000, 2_000, 5_000, 15_000, 30_000, 60_000, 300_000, 900_000, 3_600_000,
];
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// What one delivery sends, and how it is spoilt.
#[derive(Debug, Clone)]
struct Delivery {
    event: Value,
    endpoint: Endpoint,
    forgery: Option<Forgery>,
    fault: Option<Value>,
    /// Whether the event's count of pending webhooks includes this one.
    counted: bool,
}

/// Sends what a call caused, to all who want it.
pub fn dispatch(gateway: &Arc<Gateway>, events: Vec<Value>) {
    for event in events {
        let endpoints = webhook_endpoints::interested(&gateway.account(), text(&event, "type"));
        let fault = match endpoints.is_empty() {
            true => None,
            false => gateway.faults().take_webhook(&event),
        };
        for endpoint in endpoints {
            deliver(gateway, &event, endpoint, fault.as_ref());
        }
    }
}

/// Sends an event once more, past all faults.
pub fn resend(gateway: &Arc<Gateway>, event: &Value, times: u32) -> usize {
    let endpoints = webhook_endpoints::interested(&gateway.account(), text(event, "type"));
    let count = endpoints.len();
    for endpoint in endpoints {
        for _ in 0..times {
            let delivery = Delivery {
                event: event.clone(),
                endpoint: endpoint.clone(),
                forgery: None,
                fault: Some(json!({ "fault": "resent" })),
                counted: false,
            };
            gateway.spawn(send_until_accepted(Arc::clone(gateway), delivery));
        }
    }
    count
}

/// Picks up the deliveries that a stop interrupted.
pub fn resume(gateway: &Arc<Gateway>) {
    let waiting: Vec<Value> = gateway
        .account()
        .store
        .newest(events::KIND)
        .rev()
        .filter(|event| event["pending_webhooks"].as_i64().unwrap_or(0) > 0)
        .cloned()
        .collect();
    dispatch(gateway, waiting);
}

fn deliver(
    gateway: &Arc<Gateway>,
    event: &Value,
    endpoint: Endpoint,
    fault: Option<&WebhookFault>,
) {
    let mut delivery = Delivery {
        event: event.clone(),
        endpoint,
        forgery: None,
        fault: fault.and_then(|fault| serde_json::to_value(fault).ok()),
        counted: true,
    };
    let owned = Arc::clone(gateway);
    match fault.map(|fault| (&fault.kind, &fault.scope)) {
        None => gateway.spawn(send_and_release(owned, delivery)),
        Some((WebhookFaultKind::Drop, _)) => {
            note(
                gateway,
                &delivery,
                1,
                Err("dropped".to_owned()),
                0,
                "dropped",
            );
            settle_count(gateway, &delivery, false);
        }
        Some((WebhookFaultKind::Delay { ms }, _)) => {
            let wait = Duration::from_millis(*ms);
            gateway.spawn(async move {
                if owned.pause(wait).await {
                    send_and_release(owned, delivery).await;
                }
            });
        }
        Some((WebhookFaultKind::Double { copies }, _)) => {
            for copy in 0..(*copies).max(1) {
                let delivery = Delivery {
                    counted: copy == 0,
                    ..delivery.clone()
                };
                gateway.spawn(send_until_accepted(Arc::clone(gateway), delivery));
            }
        }
        Some((WebhookFaultKind::Reorder { ms }, scope)) => {
            let wait = Duration::from_millis(*ms);
            let held = gateway.held().hold(scope.clone(), text(event, "id"));
            gateway.spawn(async move {
                tokio::select! {
                    _ = held => {}
                    awake = owned.pause(wait) => if !awake { return },
                }
                send_until_accepted(owned, delivery).await;
            });
        }
        Some((WebhookFaultKind::Forge { how }, _)) => {
            delivery.forgery = Some(*how);
            gateway.spawn(send_until_accepted(owned, delivery));
        }
    }
}

/// Sends, and lets go whatever was held until something else had been sent.
async fn send_and_release(gateway: Arc<Gateway>, delivery: Delivery) {
    let intent = events::payment_intent(&delivery.event).map(str::to_owned);
    let metadata = events::metadata(&delivery.event).clone();
    attempt_all(&gateway, &delivery, || {
        gateway
            .held()
            .release(text(&delivery.event, "id"), intent.as_deref(), &metadata);
    })
    .await;
}

async fn send_until_accepted(gateway: Arc<Gateway>, delivery: Delivery) {
    attempt_all(&gateway, &delivery, || {}).await;
}

async fn attempt_all(gateway: &Gateway, delivery: &Delivery, after_first: impl Fn()) {
    for attempt in 1.. {
        // The endpoint may have been changed or deleted since.
        let known = webhook_endpoints::reachable(&gateway.account(), &delivery.endpoint.id);
        let Some(endpoint) = known else {
            settle_count(gateway, delivery, false);
            return;
        };
        let started = Instant::now();
        let result = send(gateway, delivery, &endpoint).await;
        let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if attempt == 1 {
            after_first();
        }
        let accepted = matches!(result, Ok(200..=299));
        let wait = RETRY_AFTER_MS.get(attempt as usize - 1);
        // A forged delivery is meant to be refused; sending it again would prove nothing.
        let over = accepted || wait.is_none() || delivery.forgery.is_some();
        let outcome = match (accepted, over) {
            (true, _) => "delivered",
            (false, false) => "failed",
            (false, true) => "gave_up",
        };
        note(gateway, delivery, attempt, result, took, outcome);
        if over {
            settle_count(gateway, delivery, accepted);
            return;
        }
        let wait = Duration::from_millis(wait.copied().unwrap_or_default());
        if !gateway.pause(wait).await {
            return;
        }
    }
}

async fn send(gateway: &Gateway, delivery: &Delivery, endpoint: &Endpoint) -> Result<u16, String> {
    let _turn = gateway
        .sending
        .acquire()
        .await
        .map_err(|closed| closed.to_string())?;
    let mut event = delivery.event.clone();
    event["api_version"] = endpoint.api_version.clone().into();
    if let Some(stored) = gateway.account().store.any(text(&event, "id")) {
        event["pending_webhooks"] = stored["pending_webhooks"].clone();
    }
    let mut body = serde_json::to_string_pretty(&event).map_err(|error| error.to_string())?;
    let now = gateway.clock.now();
    let signature = match delivery.forgery {
        None => signature(&endpoint.secret, now, &body),
        Some(Forgery::BadSignature) => format!("t={now},v1={}", "0".repeat(64)),
        Some(Forgery::WrongSecret) => signature(&ids::webhook_secret(), now, &body),
        Some(Forgery::OldTimestamp) => signature(&endpoint.secret, now - 3_600, &body),
        Some(Forgery::TamperedBody) => {
            let signature = signature(&endpoint.secret, now, &body);
            body.push(' ');
            signature
        }
    };
    let request = gateway
        .http
        .post(&endpoint.url)
        .header("content-type", "application/json; charset=utf-8")
        .header(
            "user-agent",
            "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        )
        .header("stripe-signature", signature)
        .timeout(ANSWER_WITHIN)
        .body(body)
        .send();
    tokio::select! {
        answer = request => answer
            .map(|answer| answer.status().as_u16())
            .map_err(|error| error.without_url().to_string()),
        () = gateway.last_call() => Err("the sandbox stopped".to_owned()),
    }
}

/// `Stripe-Signature` of one attempt. The key is the whole secret, prefix included.
pub fn signature(secret: &str, at: i64, body: &str) -> String {
    let signed = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mut mac| {
        mac.update(format!("{at}.{body}").as_bytes());
        hex::encode(mac.finalize().into_bytes())
    });
    // HMAC takes keys of any length, so there is always a signature.
    format!("t={at},v1={}", signed.unwrap_or_default())
}

fn note(
    gateway: &Gateway,
    delivery: &Delivery,
    attempt: u32,
    result: Result<u16, String>,
    took_ms: u64,
    outcome: &'static str,
) {
    gateway.log().delivery(DeliveryEntry {
        id: ids::fresh("wdlv"),
        at_ms: gateway.clock.now_ms(),
        event: text(&delivery.event, "id").to_owned(),
        event_type: text(&delivery.event, "type").to_owned(),
        payment_intent: events::payment_intent(&delivery.event).map(str::to_owned),
        endpoint: delivery.endpoint.id.clone(),
        url: delivery.endpoint.url.clone(),
        attempt,
        status: result.as_ref().ok().copied(),
        error: result.err(),
        fault: delivery.fault.clone(),
        took_ms,
        outcome,
    });
}

/// One delivery is over: the event waits for one fewer.
fn settle_count(gateway: &Gateway, delivery: &Delivery, accepted: bool) {
    if !delivery.counted {
        return;
    }
    let mut account = gateway.account();
    let id = text(&delivery.event, "id");
    let Some(mut event) = account.store.any(id).cloned() else {
        return;
    };
    let pending = event["pending_webhooks"].as_i64().unwrap_or(1);
    event["pending_webhooks"] = (pending - 1).max(0).into();
    account.store.put(event);
    if !accepted {
        account.store.hide(id, "failed", true.into());
    }
    gateway.commit_quietly(&mut account);
}
