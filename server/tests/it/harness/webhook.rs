//! Webhooks made by hand, signed as the gateway signs them.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::Purchase;

/// Accepted by every shop of these tests, beside its gateway's own.
pub const SECRET: &str = "whsec_by_hand";

/// Seconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// The hex of a `v1` signature.
pub fn signature(secret: &str, time: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// The header of a genuine delivery made now.
pub fn signed(body: &[u8]) -> String {
    let time = now();
    format!("t={time},v1={}", signature(SECRET, time, body))
}

/// An event with an id of its own.
pub fn event(kind: &str, object: Value) -> Value {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    json!({
        "id": format!("evt_by_hand_{number}"),
        "object": "event",
        "api_version": billing::gateway::stripe::API_VERSION,
        "created": now(),
        "livemode": false,
        "type": kind,
        "data": { "object": object },
    })
}

/// The event that a starter pack was paid.
pub fn paid(purchase: &Purchase) -> Value {
    let intent = json!({
        "id": purchase.intent,
        "object": "payment_intent",
        "status": "succeeded",
        "amount": 500,
        "amount_received": 500,
        "currency": "usd",
        "metadata": { "transaction": purchase.transaction },
    });
    event("payment_intent.succeeded", intent)
}
