//! A running sandbox, and a receiver for its webhooks.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use reqwest::{Method, header};
use sandbox::{SECRET_KEY, Sandbox, Settings};
use serde_json::Value;
use tokio::net::TcpListener;

pub struct Running {
    pub sandbox: Sandbox,
    pub http: reqwest::Client,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

pub type Fields<'a> = &'a [(&'a str, &'a str)];

/// An intent for $19.00.
pub const INTENT: Fields<'static> = &[
    ("amount", "1900"),
    ("currency", "usd"),
    ("automatic_payment_methods[enabled]", "true"),
    ("automatic_payment_methods[allow_redirects]", "never"),
];

pub async fn start() -> Running {
    start_as(Settings::default()).await
}

pub async fn start_with(journal: Option<PathBuf>) -> Running {
    let rest = Settings::default();
    start_as(Settings { journal, ..rest }).await
}

pub async fn start_as(settings: Settings) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sandbox = Sandbox::start(listener, settings).await.unwrap();
    Running {
        sandbox,
        http: reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap(),
    }
}

impl Running {
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.sandbox.url());
        self.http
            .request(method, url)
            .header(header::AUTHORIZATION, format!("Bearer {SECRET_KEY}"))
    }

    pub async fn get(&self, path: &str) -> Reply {
        reply(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, fields: Fields<'_>) -> Reply {
        reply(self.request(Method::POST, path).form(fields)).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        reply(self.request(Method::DELETE, path)).await
    }

    pub async fn keyed(&self, key: &str, path: &str, fields: Fields<'_>) -> Reply {
        let request = self.request(Method::POST, path).form(fields);
        reply(request.header("idempotency-key", key)).await
    }

    pub async fn control(&self, path: &str, body: Value) -> Reply {
        reply(self.request(Method::POST, path).json(&body)).await
    }

    /// A new intent, with more fields than the usual ones.
    pub async fn intent(&self, more: Fields<'_>) -> Value {
        let fields = [INTENT, more].concat();
        let created = self.post("/v1/payment_intents", &fields).await;
        assert_eq!(created.status, 200, "{}", created.body);
        created.body
    }

    /// A new customer.
    pub async fn customer(&self) -> Value {
        let fields = [("email", "ada@example.com")];
        self.post("/v1/customers", &fields).await.body
    }

    /// A new setup intent, whose card stays on the page that took it.
    pub async fn setup(&self, more: Fields<'_>) -> Value {
        let fields = [&INTENT[2..], more].concat();
        let created = self.post("/v1/setup_intents", &fields).await;
        assert_eq!(created.status, 200, "{}", created.body);
        created.body
    }

    /// Confirms an intent of either kind.
    pub async fn confirm(&self, intent: &Value, method: &str) -> Reply {
        let path = format!("{}/confirm", path(intent));
        self.post(&path, &[("payment_method", method)]).await
    }

    /// An intent for $19.00 that was paid with a test card.
    pub async fn paid(&self, method: &str) -> Value {
        let paid = [("payment_method", method), ("confirm", "true")];
        let intent = self.intent(&paid).await;
        assert_eq!(intent["status"], "succeeded");
        intent
    }

    pub async fn fetch(&self, intent: &Value) -> Value {
        self.get(&path(intent)).await.body
    }

    /// The customer's answer to the challenge.
    pub async fn answer(&self, intent: &Value, outcome: &str) -> Reply {
        let secret = intent["client_secret"].as_str().unwrap();
        let path = format!("/challenge/{}", id(intent));
        self.post(&path, &[("client_secret", secret), ("outcome", outcome)])
            .await
    }

    /// Types of the events about an intent, oldest first.
    pub async fn told(&self, intent: &Value) -> Vec<String> {
        self.types_of(&format!("payment_intent={}", id(intent)))
            .await
    }

    /// Types of all events of a kind, such as `setup_intent.*`, oldest first.
    pub async fn told_of(&self, pattern: &str) -> Vec<String> {
        self.types_of(&format!("type={pattern}")).await
    }

    async fn types_of(&self, query: &str) -> Vec<String> {
        let events = self.get(&format!("/control/events?{query}")).await.body;
        let types = data(&events).iter().rev();
        types
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect()
    }
}

pub async fn reply(request: reqwest::RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    Reply {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default(),
    }
}

pub fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

/// Where an object is, by the gateway's plurals.
pub fn path(object: &Value) -> String {
    let kind = object["object"].as_str().unwrap();
    format!("/v1/{}s/{}", kind.replace('.', "/"), id(object))
}

pub fn data(list: &Value) -> &Vec<Value> {
    list["data"].as_array().unwrap()
}

/// One webhook as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    pub at: Instant,
    pub signature: String,
    pub body: String,
    pub event: Value,
}

impl Received {
    pub fn kind(&self) -> &str {
        self.event["type"].as_str().unwrap()
    }
}

/// An endpoint that keeps what it gets and answers as it is told.
#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    got: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            url: format!("http://{}/hook", listener.local_addr().unwrap()),
            got: Arc::default(),
            answers: Arc::default(),
        };
        let router = axum::Router::new()
            .route("/hook", post(receive))
            .with_state(receiver.clone());
        tokio::spawn(axum::serve(listener, router).into_future());
        receiver
    }

    /// Status codes of the next answers; after them it is 200.
    pub fn answer_with(&self, codes: &[u16]) {
        *self.answers.lock().unwrap() = codes.to_vec();
    }

    pub fn got(&self) -> Vec<Received> {
        self.got.lock().unwrap().clone()
    }

    /// Waits until `count` webhooks of this type (or pattern) have come.
    pub async fn wait_for(&self, kind: &str, count: usize) -> Vec<Received> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let mut got = self.got();
            got.retain(|one| kind == "*" || one.kind() == kind);
            if got.len() >= count {
                return got;
            }
            assert!(
                Instant::now() < deadline,
                "only {} of {count} {kind}",
                got.len()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    receiver.got.lock().unwrap().push(Received {
        at: Instant::now(),
        signature: headers["stripe-signature"].to_str().unwrap().to_owned(),
        event: serde_json::from_str(&body).unwrap(),
        body,
    });
    let mut answers = receiver.answers.lock().unwrap();
    let code = if answers.is_empty() {
        200
    } else {
        answers.remove(0)
    };
    StatusCode::from_u16(code).unwrap()
}

/// Creates the endpoint and gives its secret.
pub async fn endpoint(running: &Running, receiver: &Receiver, events: &str) -> Value {
    let fields = [
        ("url", receiver.url.as_str()),
        ("enabled_events[]", events),
        ("api_version", "2025-09-30.clover"),
    ];
    running.post("/v1/webhook_endpoints", &fields).await.body
}
