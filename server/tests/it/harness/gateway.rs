//! The gateway: a sandbox, reached over HTTP as the real one would be.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use sandbox::{SECRET_KEY, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{Page, Purchase, http};

/// Nobody listens there: where webhooks go before there is a server.
const NOWHERE: &str = "http://127.0.0.1:9/webhooks/stripe";

pub struct Gateway {
    sandbox: Sandbox,
    /// What signs the webhooks of this gateway.
    pub secret: String,
    /// Everybody in a test shares one client: making one takes long.
    pub http: reqwest::Client,
}

impl Gateway {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = sandbox::Settings::default();
        let sandbox = Sandbox::start(listener, settings).await.unwrap();
        let events = &billing::gateway::stripe::EVENTS;
        let secret = sandbox.webhook_secret(NOWHERE, events).unwrap();
        Self {
            sandbox,
            secret,
            http: http(),
        }
    }

    pub fn url(&self) -> String {
        self.sandbox.url()
    }

    pub async fn stop(self) {
        self.sandbox.stop().await;
    }

    /// Sends webhooks to this site from now on; their secret stays the same.
    pub async fn send_webhooks_to(&self, site: &str) {
        let endpoints = self.get("/v1/webhook_endpoints").await;
        let id = endpoints["data"][0]["id"].as_str().unwrap();
        let url = format!("{site}/webhooks/stripe");
        let path = format!("/v1/webhook_endpoints/{id}");
        self.post(&path, &[("url", &url)]).await.is(200);
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.url());
        self.http.request(method, url).bearer_auth(SECRET_KEY)
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.request(Method::GET, path).send().await.unwrap();
        Page::read(answer).await.is(200).json()
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.request(Method::POST, path).form(fields);
        Page::read(request.send().await.unwrap()).await
    }

    pub async fn control(&self, path: &str, body: Value) -> Value {
        let request = self.request(Method::POST, &format!("/control{path}"));
        let answer = request.json(&body).send().await.unwrap();
        Page::read(answer).await.is(200).json()
    }

    pub async fn intent(&self, id: &str) -> Value {
        self.get(&path_of(id)).await
    }

    /// A card that somebody keeps, or kept.
    pub async fn method(&self, id: &str) -> Value {
        self.get(&format!("/v1/payment_methods/{id}")).await
    }

    /// Does to a card what an operator or its bank would: `detach`, or a new date.
    pub async fn change_method(&self, path: &str, fields: &[(&str, &str)]) {
        let path = format!("/v1/payment_methods/{path}");
        self.post(&path, fields).await.is(200);
    }

    /// Cancels a payment behind our back.
    pub async fn cancel(&self, intent: &str) {
        let path = format!("{}/cancel", path_of(intent));
        self.post(&path, &[]).await.is(200);
    }

    /// Every customer there.
    pub async fn customers(&self) -> Vec<Value> {
        let list = self.get("/v1/customers?limit=100").await;
        list["data"].as_array().unwrap().clone()
    }

    /// All of a kind, newest first: `invoices`, `subscriptions?status=all`.
    pub async fn list(&self, what: &str) -> Vec<Value> {
        let list = self.get(&format!("/v1/{what}")).await;
        list["data"].as_array().unwrap().clone()
    }

    /// Ends a subscription there, as its own rules or a person at its dashboard would.
    pub async fn end_subscription(&self, id: &str) {
        let request = self.request(Method::DELETE, &format!("/v1/subscriptions/{id}"));
        Page::read(request.send().await.unwrap()).await.is(200);
    }

    /// Moves the gateway's clock on.
    pub async fn advance(&self, by: Duration) {
        self.control("/clock", json!({ "advance_s": by.as_secs() }))
            .await;
    }

    /// How the bank answers the next time that this customer's plan is renewed.
    pub async fn fail_next_renewal(&self, customer: &str, decline: &str) {
        let path = format!("/customers/{customer}/next-renewal");
        self.control(&path, json!({ "decline": decline })).await;
    }

    /// Every payment that was made for a transaction.
    pub async fn intents_of(&self, transaction: &str) -> Vec<Value> {
        let list = self.get("/v1/payment_intents?limit=100").await;
        let mut intents = list["data"].as_array().unwrap().clone();
        intents.retain(|intent| intent["metadata"]["transaction"] == transaction);
        intents
    }

    /// Pays with a card, as the browser's script would. A decline answers 402.
    pub async fn confirm(&self, purchase: &Purchase, card: &str) -> Page {
        self.confirm_with(purchase, card, &[]).await
    }

    /// Pays with a card and says more about it.
    pub async fn confirm_with(
        &self,
        purchase: &Purchase,
        card: &str,
        more: &[(&str, &str)],
    ) -> Page {
        let usual = [
            ("payment_method", card),
            ("return_url", "http://localhost/"),
        ];
        let path = format!("{}/confirm", path_of(&purchase.intent));
        self.post(&path, &[&usual, more].concat()).await
    }

    pub async fn pay(&self, purchase: &Purchase) {
        let paid = self.confirm(purchase, "pm_card_visa").await.is(200);
        assert_eq!(paid.json()["status"], "succeeded");
    }

    /// The customer's answer to their bank: `complete` or `fail`.
    pub async fn answer_challenge(&self, purchase: &Purchase, outcome: &str) {
        let secret = purchase.client_secret.as_str();
        let fields = [("client_secret", secret), ("outcome", outcome)];
        let path = format!("/challenge/{}", purchase.intent);
        self.post(&path, &fields).await.is(200);
    }

    /// Makes webhooks of this type go wrong.
    pub async fn spoil_webhooks(&self, kind: &str, mut fault: Value) {
        fault["type"] = json!(kind);
        self.control("/webhook-faults", fault).await;
    }

    /// Makes API calls go wrong.
    pub async fn spoil_calls(&self, method: &str, path: &str, mut fault: Value) {
        fault["method"] = json!(method);
        fault["path"] = json!(path);
        self.control("/api-faults", fault).await;
    }

    pub async fn lose_webhooks(&self) {
        self.spoil_webhooks("*", json!({ "fault": "drop" })).await;
    }

    /// From now on everything is as it should be.
    pub async fn behave(&self) {
        let request = self.request(Method::DELETE, "/control/faults");
        Page::read(request.send().await.unwrap()).await.is(200);
    }

    /// Moves a payment to a state that no card would bring about.
    pub async fn force(&self, intent: &str, wanted: Value) {
        self.control(&format!("/payment_intents/{intent}"), wanted)
            .await;
    }

    /// The ids of the events of this type about a payment.
    pub async fn events(&self, intent: &str, kind: &str) -> Vec<String> {
        let path = format!("/control/events?payment_intent={intent}&type={kind}");
        let list = self.get(&path).await;
        let events = list["data"].as_array().unwrap().iter();
        events
            .map(|event| event["id"].as_str().unwrap().to_owned())
            .collect()
    }

    pub async fn resend(&self, event: &str, times: u32) {
        self.control(
            &format!("/events/{event}/resend"),
            json!({ "times": times }),
        )
        .await;
    }

    /// How many deliveries of an event the site has accepted.
    pub async fn accepted(&self, event: &str) -> usize {
        let path = format!("/control/deliveries?event={event}&limit=10000");
        let list = self.get(&path).await;
        let deliveries = list["data"].as_array().unwrap().iter();
        deliveries
            .filter(|delivery| delivery["status"] == 200)
            .count()
    }
}

fn path_of(intent: &str) -> String {
    match intent.starts_with("seti_") {
        true => format!("/v1/setup_intents/{intent}"),
        false => format!("/v1/payment_intents/{intent}"),
    }
}
