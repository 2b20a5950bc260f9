//! Misbehaviour on demand: what the gateway was told to do wrong, to what, and how often.
//!
//! A fault may be limited to one intent or to one metadata value, so that tests which run at the
//! same time against one sandbox do not disturb each other.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::objects::events;

/// What a fault applies to, and how many times.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Scope {
    #[serde(default)]
    pub payment_intent: Option<String>,
    /// Every pair must be in the metadata of the object, or of an invoice's subscription.
    #[serde(default)]
    pub metadata: Map<String, Value>,
    /// How many more times; none means until it is cleared.
    #[serde(default)]
    pub times: Option<u32>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WebhookFault {
    #[serde(default)]
    pub id: String,
    /// An event type, `payment_intent.*` or `*`.
    #[serde(rename = "type")]
    pub event_type: String,
    #[serde(flatten)]
    pub kind: WebhookFaultKind,
    #[serde(flatten)]
    pub scope: Scope,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum WebhookFaultKind {
    Delay {
        ms: u64,
    },
    Drop,
    /// So many deliveries in all, at the same time.
    Double {
        #[serde(default = "two")]
        copies: u32,
    },
    /// Held until another event has been sent, at most `ms`.
    Reorder {
        #[serde(default = "five_seconds")]
        ms: u64,
    },
    Forge {
        #[serde(default)]
        how: Forgery,
    },
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgery {
    #[default]
    BadSignature,
    WrongSecret,
    TamperedBody,
    /// Signed an hour ago.
    OldTimestamp,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApiFault {
    #[serde(default)]
    pub id: String,
    #[serde(default = "any")]
    pub method: String,
    /// `*` stands for one segment, `**` at the end for the rest.
    pub path: String,
    #[serde(flatten)]
    pub kind: ApiFaultKind,
    #[serde(flatten)]
    pub scope: Scope,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum ApiFaultKind {
    /// Nothing is done. A stored failure is what an idempotency key replays from then on.
    Fail {
        #[serde(default = "internal_error")]
        status: u16,
        /// Seconds, in the `Retry-After` header.
        #[serde(default)]
        retry_after: Option<u64>,
        #[serde(default)]
        stored: Option<bool>,
    },
    /// Waits before it does the work and answers.
    Hang { ms: u64 },
    /// Does the work, waits, and closes the connection without an answer.
    Timeout {
        #[serde(default)]
        ms: u64,
    },
    /// Answers 200 with something that is not JSON; the work is done.
    Malformed,
}

/// The hosted checkout page does not lead the customer back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckoutFault {
    #[serde(default)]
    pub id: String,
    #[serde(flatten)]
    pub kind: CheckoutFaultKind,
    #[serde(flatten)]
    pub scope: Scope,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum CheckoutFaultKind {
    NeverReturn,
}

fn two() -> u32 {
    2
}
fn five_seconds() -> u64 {
    5_000
}
fn internal_error() -> u16 {
    500
}
fn any() -> String {
    "*".to_owned()
}

#[derive(Debug, Default, Serialize)]
pub struct Faults {
    webhooks: Vec<WebhookFault>,
    api: Vec<ApiFault>,
    checkout: Vec<CheckoutFault>,
    #[serde(skip)]
    last_id: u64,
}

impl Faults {
    pub fn add_webhook(&mut self, mut fault: WebhookFault) -> WebhookFault {
        fault.id = self.next_id();
        self.webhooks.push(fault.clone());
        fault
    }

    pub fn add_api(&mut self, mut fault: ApiFault) -> ApiFault {
        fault.id = self.next_id();
        self.api.push(fault.clone());
        fault
    }

    pub fn add_checkout(&mut self, mut fault: CheckoutFault) -> CheckoutFault {
        fault.id = self.next_id();
        self.checkout.push(fault.clone());
        fault
    }

    pub fn clear(&mut self) {
        self.webhooks.clear();
        self.api.clear();
        self.checkout.clear();
    }

    /// Whether there was one with this id.
    pub fn remove(&mut self, id: &str) -> bool {
        let before = self.count();
        self.webhooks.retain(|fault| fault.id != id);
        self.api.retain(|fault| fault.id != id);
        self.checkout.retain(|fault| fault.id != id);
        before != self.count()
    }

    pub fn count(&self) -> usize {
        self.webhooks.len() + self.api.len() + self.checkout.len()
    }

    pub fn webhooks(&self) -> &[WebhookFault] {
        &self.webhooks
    }

    pub fn api(&self) -> &[ApiFault] {
        &self.api
    }

    pub fn checkout(&self) -> &[CheckoutFault] {
        &self.checkout
    }

    /// Whether the customer of this session is not led back, and one use of that.
    pub fn take_never_return(&mut self, session: &Value) -> bool {
        let intent = session["payment_intent"].as_str();
        let at = self
            .checkout
            .iter()
            .rposition(|fault| fault.scope.covers(intent, &session["metadata"]));
        let Some(at) = at else {
            return false;
        };
        if self.checkout[at].scope.use_up() {
            self.checkout.remove(at);
        }
        true
    }

    /// The first fault for this event, newest first, and one use of it.
    pub fn take_webhook(&mut self, event: &Value) -> Option<WebhookFault> {
        let kind = event["type"].as_str().unwrap_or_default();
        let at = self.webhooks.iter().rposition(|fault| {
            events::matches(&fault.event_type, kind)
                && fault
                    .scope
                    .covers(events::payment_intent(event), events::metadata(event))
        })?;
        let fault = &mut self.webhooks[at];
        let taken = fault.clone();
        if fault.scope.use_up() {
            self.webhooks.remove(at);
        }
        Some(taken)
    }

    /// The first fault for this call, newest first, and one use of it.
    pub fn take_api(&mut self, call: &Target<'_>) -> Option<ApiFault> {
        let at = self.api.iter().rposition(|fault| {
            (fault.method == "*" || fault.method.eq_ignore_ascii_case(call.method))
                && path_matches(&fault.path, call.path)
                && fault.scope.covers(call.payment_intent, call.metadata)
                // A replayed answer is already made; only its way back can still go wrong.
                && !(call.replaying && matches!(fault.kind, ApiFaultKind::Fail { .. }))
        })?;
        let fault = &mut self.api[at];
        let taken = fault.clone();
        if fault.scope.use_up() {
            self.api.remove(at);
        }
        Some(taken)
    }

    fn next_id(&mut self) -> String {
        self.last_id += 1;
        format!("fault_{}", self.last_id)
    }
}

/// A call, as far as faults look at it.
pub struct Target<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub payment_intent: Option<&'a str>,
    pub metadata: &'a Value,
    pub replaying: bool,
}

impl Scope {
    pub fn covers(&self, payment_intent: Option<&str>, metadata: &Value) -> bool {
        self.payment_intent
            .as_deref()
            .is_none_or(|wanted| payment_intent == Some(wanted))
            && self
                .metadata
                .iter()
                .all(|(name, value)| metadata[name] == *value)
    }

    /// Counts one use; true when that was the last.
    fn use_up(&mut self) -> bool {
        if let Some(times) = &mut self.times {
            *times = times.saturating_sub(1);
        }
        self.times == Some(0)
    }
}

fn path_matches(pattern: &str, path: &str) -> bool {
    let mut steps = path.trim_end_matches('/').split('/');
    for wanted in pattern.trim_end_matches('/').split('/') {
        match (wanted, steps.next()) {
            ("**", _) => return true,
            ("*", Some(_)) => {}
            (wanted, Some(step)) if wanted == step => {}
            _ => return false,
        }
    }
    steps.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_matched_by_segments() {
        assert!(path_matches("/v1/payment_intents", "/v1/payment_intents"));
        assert!(!path_matches(
            "/v1/payment_intents",
            "/v1/payment_intents/pi_1"
        ));
        assert!(path_matches(
            "/v1/payment_intents/*/confirm",
            "/v1/payment_intents/pi_1/confirm"
        ));
        assert!(path_matches("/v1/**", "/v1/payment_intents/pi_1/confirm"));
        assert!(!path_matches("/v1/*", "/v1"));
    }

    #[test]
    fn the_shape_that_people_send_is_read() {
        let fault: WebhookFault = serde_json::from_str(
            r#"{"type":"payment_intent.succeeded","fault":"delay","ms":20000,"times":null,
                "metadata":{"transaction":"t1"}}"#,
        )
        .unwrap();
        assert_eq!(fault.kind, WebhookFaultKind::Delay { ms: 20_000 });
        let mut faults = Faults::default();
        faults.add_webhook(fault);
        let event = |transaction: &str| {
            serde_json::json!({"type": "payment_intent.succeeded", "data": {"object":
                {"object": "payment_intent", "id": "pi_1", "metadata": {"transaction": transaction}}}})
        };
        assert!(faults.take_webhook(&event("t2")).is_none());
        assert!(faults.take_webhook(&event("t1")).is_some());
    }
}
