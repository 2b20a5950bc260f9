//! A gateway in memory that speaks Stripe's shapes. It does what it is asked at once and exactly;
//! whether the request or its answer gets through is the wire's affair.

use std::collections::{BTreeMap, HashMap};

use reqwest::{Method, Request};
use serde_json::{Value, json};

/// What a request asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    fields: HashMap<String, String>,
    key: Option<String>,
}

impl Asked {
    pub fn of(request: &Request) -> Self {
        let body = request.body().and_then(reqwest::Body::as_bytes);
        let body = form_urlencoded::parse(body.unwrap_or_default());
        let query = request.url().query_pairs();
        let key = request.headers().get("idempotency-key");
        Self {
            method: request.method().clone(),
            path: request.url().path().to_owned(),
            fields: query
                .chain(body)
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
            key: key.map(|key| key.to_str().unwrap().to_owned()),
        }
    }

    /// What it is about, without the ids that differ from run to run.
    pub fn gist(&self) -> String {
        let amount = self.field("amount");
        format!("{} {} {amount}", self.method, self.path)
    }

    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    fn amount(&self) -> i64 {
        self.field("amount").parse().unwrap()
    }

    /// What travels with it under this name.
    fn metadata(&self) -> Value {
        let inside = |name: &str| {
            let name = name.strip_prefix("metadata[")?.strip_suffix(']')?;
            Some(name.to_owned())
        };
        let fields = self.fields.iter();
        fields
            .filter_map(|(name, value)| Some((inside(name)?, json!(value))))
            .collect()
    }
}

/// An answer, and whether it was given before under the same key.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub is_replayed: bool,
}

#[derive(Default)]
pub struct Gateway {
    /// Every schedule has a gateway of its own, and ids that no other has.
    seed: u64,
    /// Seconds since 1970.
    pub now: i64,
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
            ("POST", ["payment_intents"]) => Ok(self.made(
                "pi",
                json!({
                    "object": "payment_intent",
                    "status": "requires_payment_method",
                    "amount": asked.amount(),
                    "amount_received": 0,
                    "currency": asked.field("currency"),
                    "last_payment_error": null,
                    "payment_method": null,
                    "latest_charge": null,
                    "livemode": false,
                    "metadata": asked.metadata(),
                }),
            )),
            ("POST", ["payment_intents", id, "cancel"]) => self.cancel(id),
            ("POST", ["refunds"]) => {
                let payment = asked.field("payment_intent");
                self.refund(payment, asked.amount(), asked.metadata())
            }
            ("GET", ["refunds"]) => {
                let payment = asked.field("payment_intent");
                let data: Vec<&Value> = self.refunds_of(payment).collect();
                Ok(json!({ "object": "list", "data": data, "has_more": false }))
            }
            ("GET", ["events"]) => {
                let data: Vec<&Value> = self.listed(asked).collect();
                Ok(json!({ "object": "list", "data": data, "has_more": false }))
            }
            ("GET", ["payment_intents" | "refunds" | "disputes", id]) => self.find(id),
            _ => panic!("the gateway of the simulation cannot do {asked:?}"),
        }
    }

    fn made(&mut self, prefix: &str, mut object: Value) -> Value {
        self.number += 1;
        let id = format!("{prefix}_{}_{}", self.seed, self.number);
        object["id"] = json!(id);
        object["created"] = json!(self.now);
        if prefix == "pi" {
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
        if !is_waiting(&payment) {
            return Err(refusal("payment_intent_unexpected_state"));
        }
        Ok(self.moves(
            id,
            "payment_intent.canceled",
            json!({ "status": "canceled" }),
        ))
    }

    /// Everything of a kind, always in the same order.
    pub fn all(&self, kind: &'static str) -> impl Iterator<Item = &Value> {
        self.objects
            .values()
            .filter(move |object| object["object"] == kind)
    }

    pub fn refunds_of(&self, payment: &str) -> impl Iterator<Item = &Value> {
        let payment = payment.to_owned();
        let all = self.all("refund");
        all.filter(move |refund| refund["payment_intent"] == *payment)
    }

    pub fn disputes_of(&self, payment: &str) -> impl Iterator<Item = &Value> {
        let payment = payment.to_owned();
        let all = self.all("dispute");
        all.filter(move |dispute| dispute["payment_intent"] == *payment)
    }

    /// What went back of a payment, or is on its way back.
    pub fn refunded(&self, payment: &str) -> i64 {
        let refunds = self.refunds_of(payment);
        let gone = refunds.filter(|refund| refund["status"] != "failed");
        gone.map(|refund| number(refund, "amount")).sum()
    }

    /// Gives money back: asked by us, or at the gateway's own dashboard.
    pub fn refund(&mut self, payment: &str, amount: i64, metadata: Value) -> Reply {
        let paid = self.find(payment)?;
        let left = number(&paid, "amount_received") - self.refunded(payment);
        if self
            .disputes_of(payment)
            .any(|dispute| dispute["status"] != "won")
        {
            return Err(refusal("charge_disputed"));
        }
        if amount > left {
            return Err(refusal("charge_already_refunded"));
        }
        let refund = self.made(
            "re",
            json!({
                "object": "refund",
                "amount": amount,
                "currency": paid["currency"],
                "payment_intent": payment,
                "charge": "ch_1",
                "status": "pending",
                "reason": null,
                "failure_reason": null,
                "metadata": metadata,
            }),
        );
        self.tell("refund.created", &refund);
        let charge = json!({
            "id": "ch_1",
            "object": "charge",
            "amount": paid["amount_received"],
            "amount_refunded": self.refunded(payment),
            "captured": true,
            "currency": paid["currency"],
            "payment_intent": payment,
        });
        self.tell("charge.refunded", &charge);
        Ok(refund)
    }

    /// A bank doubts a payment.
    pub fn dispute(&mut self, payment: &str, amount: i64) {
        let dispute = self.made(
            "dp",
            json!({
                "object": "dispute",
                "amount": amount,
                "currency": self.objects[payment]["currency"],
                "payment_intent": payment,
                "charge": "ch_1",
                "status": "needs_response",
                "reason": "fraudulent",
                "evidence_details": { "due_by": self.now + 600_000, "has_evidence": false },
            }),
        );
        self.tell("charge.dispute.created", &dispute);
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

fn refusal(code: &str) -> (u16, Value) {
    (400, json!({ "error": { "code": code, "message": code } }))
}
