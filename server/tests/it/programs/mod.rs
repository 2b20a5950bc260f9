//! The product that spends the credits: through the API, with a key.

mod access;
mod books;
mod credits;
mod customers;
mod description;
mod events;
mod input;
mod joining;
mod purchases;
mod readme;
mod statement;

use billing::{api_key::Scope, staff::audit_log::Actor};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Browser, Page, Shop};

/// A product with its key.
struct Product {
    http: Browser,
    key: String,
}

impl Product {
    async fn of(shop: &Shop, scope: Scope) -> Self {
        let by = Actor::command_line();
        let added = shop
            .server
            .billing()
            .add_api_key("studio", scope, &by)
            .await;
        Self {
            http: shop.visitor(),
            key: added.unwrap().1.as_str().to_owned(),
        }
    }

    async fn get(&self, path: &str) -> Page {
        let request = self.http.request(Method::GET, path);
        self.http.send(request.bearer_auth(&self.key)).await
    }

    /// Sends nothing when the body is null.
    async fn post(&self, path: &str, body: Value) -> Page {
        let request = self.http.request(Method::POST, path);
        let request = match body {
            Value::Null => request,
            body => request.json(&body),
        };
        self.http.send(request.bearer_auth(&self.key)).await
    }

    async fn post_as(&self, wish: &str, path: &str, body: Value) -> Page {
        let request = self.http.request(Method::POST, path).json(&body);
        let request = request.bearer_auth(&self.key);
        self.http
            .send(request.header("idempotency-key", wish))
            .await
    }

    /// A customer of the product, with credits for nothing.
    async fn customer_with(&self, credits: i64) -> String {
        let made = self
            .post("/v1/customers", json!({"external_id": "u1"}))
            .await;
        let path = format!("/v1/customers/{}", text(&made.is(201).json()["id"]));
        let gift = json!({"amount": credits, "reason": "Welcome"});
        self.post(&format!("{path}/grants"), gift).await.is(201);
        path
    }

    /// What is available, and what is held.
    async fn balance(&self, customer: &str) -> (i64, i64) {
        let balance = self
            .get(&format!("{customer}/balance"))
            .await
            .is(200)
            .json();
        let of = |name: &str| balance[name].as_i64().unwrap();
        (of("available"), of("held"))
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}
