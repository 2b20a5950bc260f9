//! What went in and out lately, for the page at `/` and for tests.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

const KEPT: usize = 1_000;
/// A body beyond this is cut from the log, not from the answer.
const LONGEST_BODY: usize = 64 * 1024;

/// One call of the API.
#[derive(Debug, Clone, Serialize)]
pub struct RequestEntry {
    pub id: String,
    pub at_ms: i64,
    pub method: String,
    pub path: String,
    pub params: Value,
    pub idempotency_key: Option<String>,
    pub stripe_version: Option<String>,
    /// None when the connection was closed without an answer.
    pub status: Option<u16>,
    pub body: Value,
    pub replayed: bool,
    pub fault: Option<Value>,
    pub took_ms: u64,
}

/// One attempt to deliver an event.
#[derive(Debug, Clone, Serialize)]
pub struct DeliveryEntry {
    pub id: String,
    pub at_ms: i64,
    pub event: String,
    #[serde(rename = "type")]
    pub event_type: String,
    pub payment_intent: Option<String>,
    pub endpoint: String,
    pub url: String,
    pub attempt: u32,
    pub status: Option<u16>,
    pub error: Option<String>,
    pub fault: Option<Value>,
    pub took_ms: u64,
    /// `delivered`, `failed`, `dropped` or `gave_up`.
    pub outcome: &'static str,
}

#[derive(Debug, Default)]
pub struct Log {
    requests: VecDeque<RequestEntry>,
    deliveries: VecDeque<DeliveryEntry>,
}

impl Log {
    pub fn request(&mut self, mut entry: RequestEntry) {
        cut(&mut entry.params);
        cut(&mut entry.body);
        push(&mut self.requests, entry);
    }

    pub fn delivery(&mut self, entry: DeliveryEntry) {
        push(&mut self.deliveries, entry);
    }

    /// Newest first.
    pub fn requests(&self) -> impl Iterator<Item = &RequestEntry> {
        self.requests.iter().rev()
    }

    /// Newest first.
    pub fn deliveries(&self) -> impl Iterator<Item = &DeliveryEntry> {
        self.deliveries.iter().rev()
    }
}

fn push<T>(entries: &mut VecDeque<T>, entry: T) {
    if entries.len() == KEPT {
        entries.pop_front();
    }
    entries.push_back(entry);
}

fn cut(body: &mut Value) {
    hide_card_numbers(body);
    if body.to_string().len() > LONGEST_BODY {
        *body = Value::String("too long to be shown".to_owned());
    }
}

/// Even here a card's number is nobody's business; its last four digits are enough.
fn hide_card_numbers(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text) if name == "number" && text.len() > 4 => {
                        let last = text.chars().rev().take(4).collect::<Vec<_>>();
                        *text = format!("…{}", last.into_iter().rev().collect::<String>());
                    }
                    Value::String(text) if name == "cvc" => "•••".clone_into(text),
                    other => hide_card_numbers(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide_card_numbers),
        _ => {}
    }
}
