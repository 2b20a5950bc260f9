//! The merchant's account: its objects, what its events tell, and the keys it used.
//!
//! One call runs under one lock from reading to the journal line, so that calls never see each
//! other half done.

use std::io;

use serde_json::{Value, json};

use crate::agenda;
use crate::clock::Clock;
use crate::idempotency::Keys;
use crate::ids;
use crate::journal::{Entry, Journal};
use crate::objects::webhook_endpoints;
use crate::store::Store;

pub const API_VERSION: &str = "2025-09-30.clover";

#[derive(Debug, Default)]
pub struct Account {
    pub store: Store,
    pub keys: Keys,
    pub clock: Clock,
    /// Where the challenge pages are.
    pub base_url: String,
    /// The call that is running, as events name it.
    pub request: RequestRef,
    /// The time at which the clock stands still, while what fell due then is carried out.
    pub stopped_at: Option<i64>,
    journal: Option<Journal>,
    /// The offset that the journal knows.
    written_offset_s: i64,
    fresh_events: Vec<Value>,
}

#[derive(Debug, Default, Clone)]
pub struct RequestRef {
    pub id: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Account {
    pub fn new(base_url: String, journal: Option<&std::path::Path>) -> anyhow::Result<Self> {
        let mut account = Self {
            base_url,
            ..Self::default()
        };
        if let Some(path) = journal {
            let journal = Journal::open(path, &mut account)?;
            account.journal = Some(journal);
            account.written_offset_s = account.clock.offset_s();
        }
        Ok(account)
    }

    /// Seconds, as all times on this wire.
    pub fn now(&self) -> i64 {
        self.stopped_at.unwrap_or_else(|| self.clock.now())
    }

    /// Moves the clock to a time that is still to come, past all that falls due on the way.
    pub fn advance(&mut self, to: i64) {
        agenda::run_until(self, to);
        self.clock.set(to);
    }

    /// Records that something happened. Webhooks leave when the call is over.
    pub fn emit(&mut self, kind: &str, object: &Value, previous: Option<Value>) {
        let mut event = self.event(kind, object);
        if let Some(previous) = previous {
            event["data"]["previous_attributes"] = previous;
        }
        self.publish(event);
    }

    /// Writes down what an object has become, and tells what it was before if it is no longer that.
    pub fn update(&mut self, kind: &str, after: &Value) {
        let before = self
            .store
            .any(text(after, "id"))
            .cloned()
            .unwrap_or_default();
        let changed: serde_json::Map<String, Value> = after
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, value)| before[name.as_str()] != **value)
            .map(|(name, _)| (name.clone(), before[name.as_str()].clone()))
            .collect();
        if changed.is_empty() {
            return;
        }
        self.store.put(after.clone());
        self.emit(kind, after, Some(changed.into()));
    }

    /// Says something that need not be true.
    pub fn say(
        &mut self,
        kind: &str,
        object: &Value,
        created: Option<i64>,
        livemode: Option<bool>,
    ) -> Value {
        let mut event = self.event(kind, object);
        event["created"] = created.unwrap_or_else(|| self.now()).into();
        event["livemode"] = livemode.unwrap_or(false).into();
        self.publish(event.clone());
        event
    }

    /// Makes the events of this call show the object as it is by now.
    pub fn retell(&mut self, object: &Value) {
        for event in &mut self.fresh_events {
            if event["data"]["object"]["id"] == object["id"] {
                event["data"]["object"] = object.clone();
                self.store.put(event.clone());
            }
        }
    }

    /// Takes back the events of this call.
    pub fn unsay(&mut self) {
        for event in self.fresh_events.drain(..) {
            self.store.remove(text(&event, "id"));
        }
    }

    fn event(&self, kind: &str, object: &Value) -> Value {
        let waiting = webhook_endpoints::interested(self, kind).len();
        json!({
            "id": ids::fresh("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": { "object": object },
            "livemode": false,
            "pending_webhooks": waiting,
            "request": {
                "id": self.request.id,
                "idempotency_key": self.request.idempotency_key,
            },
            "type": kind,
        })
    }

    fn publish(&mut self, event: Value) {
        self.store.put(event.clone());
        self.fresh_events.push(event);
    }

    pub fn take_fresh_events(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.fresh_events)
    }

    /// Writes down what changed since the last call.
    pub fn commit(&mut self) -> io::Result<()> {
        let changed = self.store.take_changed();
        let keys = self.keys.take_changed();
        let Some(journal) = &mut self.journal else {
            return Ok(());
        };
        let offset_s = self.clock.offset_s();
        let mut entry = Entry {
            keys,
            clock_offset_s: (offset_s != self.written_offset_s).then_some(offset_s),
            ..Entry::default()
        };
        for id in changed {
            match self.store.record(&id) {
                Some(record) => entry.put.push(record.clone()),
                None => entry.removed.push(id),
            }
        }
        if entry.is_empty() {
            return Ok(());
        }
        journal.append(&entry)?;
        self.written_offset_s = offset_s;
        Ok(())
    }
}

/// An object's text field, or nothing.
pub fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_default()
}
