//! A gateway in memory that speaks Stripe's shapes. It does what it is asked at once and exactly;
//! whether the request or its answer gets through is the wire's affair.

mod asked;
mod bills;
mod cards;
mod money_back;
mod pages;
pub mod plans;

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

pub use asked::{Answer, Asked};

#[derive(Default)]
pub struct Gateway {
    /// Every schedule has a gateway of its own, and ids that no other has.
    seed: u64,
    /// Seconds since 1970.
    now: i64,
    /// Every card can be charged from now on.
    pub is_kind: bool,
    objects: BTreeMap<String, Value>,
    answers: HashMap<String, (u16, Value)>,
    /// What happened, and how much of it was handed to the network.
    events: Vec<Value>,
    told: usize,
    number: u64,
}

type Reply = Result<Value, (u16, Value)>;

impl Gateway {
    pub fn new(seed: u64, now: i64) -> Self {
        Self {
            seed,
            now,
            ..Self::default()
        }
    }

    /// What was to happen by now happens.
    pub fn advance(&mut self, now: i64) {
        self.now = now;
        self.keep_calendar();
        self.close_old_pages();
    }

    pub fn does(&mut self, asked: &Asked) -> Answer {
        if let Some((status, body)) = asked.key.as_ref().and_then(|key| self.answers.get(key)) {
            return Answer {
                status: *status,
                body: body.clone(),
                is_replayed: true,
            };
        }
        let (status, body) = match self.reply(asked) {
            Ok(body) => (200, body),
            Err(refused) => refused,
        };
        self.keep(asked, status, &body);
        Answer {
            status,
            body,
            is_replayed: false,
        }
    }

    /// Breaks while doing it, and says so under this key from now on.
    pub fn breaks(&mut self, asked: &Asked) -> Answer {
        let body = json!({ "error": { "message": "Something went wrong." } });
        self.keep(asked, 500, &body);
        Answer {
            status: 500,
            body,
            is_replayed: false,
        }
    }

    fn keep(&mut self, asked: &Asked, status: u16, body: &Value) {
        if let Some(key) = &asked.key {
            let first = self.answers.entry(key.clone());
            first.or_insert((status, body.clone()));
        }
    }

    fn reply(&mut self, asked: &Asked) -> Reply {
        let path: Vec<&str> = asked.path.split('/').skip(2).collect();
        match (asked.method.as_str(), path.as_slice()) {
            ("POST", ["customers"]) => Ok(self.made("cus", json!({ "object": "customer" }))),
            ("POST", ["customers", id]) => self.find(id),
            ("POST", ["setup_intents"]) => Ok(self.make_setup(asked)),
            ("POST", ["setup_intents", id, "cancel"]) => self.cancel_setup(id),
            ("GET", ["payment_methods", id]) => self.find(id),
            ("POST", ["payment_methods", id, "detach"]) => self.detach(id),
            ("POST", ["payment_intents"]) => {
                let mut payment =
                    payment(asked.amount(), asked.field("currency"), asked.metadata());
                payment["customer"] = json!(asked.field("customer"));
                if asked.field("capture_method") == "manual" {
                    payment["capture_method"] = json!("manual");
                    payment["setup_future_usage"] = json!("off_session");
                }
                Ok(self.made("pi", payment))
            }
            ("POST", ["payment_intents", id, "cancel"]) => {
                self.cancel(id)?;
                self.with_method(id)
            }
            ("POST", ["payment_intents", id]) => self.reprice(id, asked.amount()),
            ("POST", ["checkout", "sessions"]) => self.make_page(asked),
            ("POST", ["checkout", "sessions", id, "expire"]) => self.expire(id),
            ("GET", ["checkout", "sessions", id]) => self.full_page(id),
            ("POST", ["coupons"]) => self.make_coupon(asked),
            ("POST", ["subscriptions"]) => self.begin_plan(asked),
            ("POST", ["subscriptions", id]) => self.change_plan(id, asked),
            ("DELETE", ["subscriptions", id]) => self.end_plan(id),
            ("POST", ["invoices", "create_preview"]) => self.preview(asked),
            ("POST", ["invoices", id, "void"]) => self.void(id),
            ("GET", ["invoices", id]) => self.full_bill(id),
            ("GET", ["invoices"]) => Ok(list(self.bills_of(asked.field("subscription")))),
            ("GET", ["invoice_payments"]) => Ok(self.bill_payments(asked)),
            ("POST", ["refunds"]) => {
                let payment = asked.field("payment_intent");
                self.refund(payment, asked.amount(), asked.metadata())
            }
            ("GET", ["refunds"]) => {
                let payment = asked.field("payment_intent");
                Ok(list(self.refunds_of(payment).collect()))
            }
            ("GET", ["payment_intents" | "setup_intents", id]) => self.with_method(id),
            ("GET", ["events"]) => Ok(list(self.listed(asked).collect())),
            ("GET", ["refunds" | "disputes" | "subscriptions", id]) => self.find(id),
            _ => panic!("the gateway of the simulation cannot do {asked:?}"),
        }
    }

    fn made(&mut self, prefix: &str, mut object: Value) -> Value {
        self.number += 1;
        let id = format!("{prefix}_{}_{}", self.seed, self.number);
        object["id"] = json!(id);
        object["created"] = json!(self.now);
        if matches!(prefix, "pi" | "seti") {
            object["client_secret"] = json!(format!("{id}_secret_1"));
        }
        self.objects.insert(id, object.clone());
        object
    }

    fn find(&self, id: &str) -> Reply {
        let missing = || (404, json!({ "error": { "message": "No such thing." } }));
        self.object(id).cloned().ok_or_else(missing)
    }

    pub fn object(&self, id: &str) -> Option<&Value> {
        self.objects.get(id)
    }

    fn cancel(&mut self, id: &str) -> Reply {
        let payment = self.find(id)?;
        if !is_waiting(&payment) && payment["status"] != "requires_capture" {
            return Err(refusal("payment_intent_unexpected_state"));
        }
        Ok(self.moves(
            id,
            "payment_intent.canceled",
            json!({ "status": "canceled" }),
        ))
    }

    /// Another amount, as long as nobody has paid.
    fn reprice(&mut self, id: &str, amount: i64) -> Reply {
        if self.find(id)?["status"] != "requires_payment_method" {
            return Err(refusal("payment_intent_unexpected_state"));
        }
        let payment = self.objects.get_mut(id).expect("it was found");
        payment["amount"] = json!(amount);
        Ok(payment.clone())
    }

    /// Everything of a kind, always in the same order.
    pub fn all(&self, kind: &'static str) -> impl Iterator<Item = &Value> {
        self.objects
            .values()
            .filter(move |object| object["object"] == kind)
    }

    /// Changes an object and tells that as an event.
    pub fn moves(&mut self, id: &str, event: &str, change: Value) -> Value {
        let object = self.objects.get_mut(id).unwrap();
        for (name, value) in change.as_object().unwrap() {
            object[name] = value.clone();
        }
        let object = object.clone();
        self.tell(event, &object);
        object
    }

    fn tell(&mut self, kind: &str, object: &Value) {
        self.number += 1;
        self.events.push(json!({
            "id": format!("evt_{}_{}", self.seed, self.number),
            "object": "event",
            "api_version": billing::gateway::stripe::API_VERSION,
            "created": self.now,
            "livemode": false,
            "type": kind,
            "data": { "object": object },
        }));
    }

    /// What happened in some span of time, newest first.
    fn listed(&self, asked: &Asked) -> impl Iterator<Item = &Value> {
        let from = asked.field("created[gte]").parse().unwrap_or(i64::MIN);
        let until = asked.field("created[lt]").parse().unwrap_or(i64::MAX);
        let events = self.events.iter().rev();
        events.filter(move |event| (from..until).contains(&number(event, "created")))
    }

    /// What happened since the last time, in an order that does not depend on who asked first.
    pub fn news(&mut self) -> Vec<Value> {
        let mut events = self.events[self.told..].to_vec();
        self.told = self.events.len();
        let about = |event: &Value| event["data"]["object"]["id"].to_string();
        events.sort_by_cached_key(about);
        events
    }
}

/// Nobody has paid it, and somebody can.
pub fn is_waiting(payment: &Value) -> bool {
    matches!(
        payment["status"].as_str(),
        Some("requires_payment_method" | "requires_action")
    )
}

pub fn number(object: &Value, name: &str) -> i64 {
    object[name].as_i64().unwrap()
}

pub fn text<'o>(object: &'o Value, name: &str) -> &'o str {
    object[name].as_str().unwrap()
}

/// A payment that nobody has tried to make.
fn payment(amount: i64, currency: &str, metadata: Value) -> Value {
    json!({
        "object": "payment_intent",
        "status": "requires_payment_method",
        "amount": amount,
        "amount_received": 0,
        "currency": currency,
        "last_payment_error": null,
        "payment_method": null,
        "latest_charge": null,
        "livemode": false,
        "metadata": metadata,
    })
}

fn list(data: Vec<&Value>) -> Value {
    json!({ "object": "list", "data": data, "has_more": false })
}

fn refusal(code: &str) -> (u16, Value) {
    (400, json!({ "error": { "code": code, "message": code } }))
}
