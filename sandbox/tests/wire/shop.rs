//! A merchant with a monthly price, for tests about what comes again and again.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Fields, Running, data, id, path, start_with};

pub const HOUR_S: i64 = 60 * 60;
pub const DAY_S: i64 = 24 * HOUR_S;

/// A sandbox at a known time, with a product and a customer.
pub struct Shop {
    pub running: Running,
    pub product: String,
    pub price: String,
    pub customer: String,
}

impl Shop {
    /// At `$19.00` a month, from this time on.
    pub async fn open(at: &str) -> Shop {
        Self::open_with(None, at).await
    }

    pub async fn open_with(journal: Option<PathBuf>, at: &str) -> Shop {
        let running = start_with(journal).await;
        let shop = Shop {
            product: String::new(),
            price: String::new(),
            customer: String::new(),
            running,
        };
        shop.go_to(at).await;
        let product = shop.made("/v1/products", &[("name", "Pro")]).await;
        let customer = shop.made("/v1/customers", &[("name", "Ada")]).await;
        let shop = Shop {
            product: id(&product).to_owned(),
            customer: id(&customer).to_owned(),
            ..shop
        };
        let price = shop.price("1900", "month").await;
        Shop { price, ..shop }
    }

    pub async fn price(&self, amount: &str, interval: &str) -> String {
        let fields = [
            ("product", self.product.as_str()),
            ("currency", "usd"),
            ("unit_amount", amount),
            ("recurring[interval]", interval),
        ];
        id(&self.made("/v1/prices", &fields).await).to_owned()
    }

    pub async fn made(&self, path: &str, fields: Fields<'_>) -> Value {
        let answer = self.running.post(path, fields).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.running.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    pub async fn again(&self, object: &Value) -> Value {
        self.get(&path(object)).await
    }

    /// Makes a card the customer's own, and the one that renewals are charged to.
    pub async fn card(&self, method: &str) -> String {
        let path = format!("/v1/payment_methods/{method}/attach");
        let method = self.made(&path, &[("customer", &self.customer)]).await;
        let default = ("invoice_settings[default_payment_method]", id(&method));
        let path = format!("/v1/customers/{}", self.customer);
        self.made(&path, &[default]).await;
        id(&method).to_owned()
    }

    /// A subscription to the monthly price, with its first invoice open and its secret shown.
    pub async fn subscribe(&self, more: Fields<'_>) -> Value {
        let usual = [
            ("customer", self.customer.as_str()),
            ("items[0][price]", self.price.as_str()),
            ("payment_behavior", "default_incomplete"),
            (
                "payment_settings[save_default_payment_method]",
                "on_subscription",
            ),
            ("expand[]", "latest_invoice.confirmation_secret"),
            ("expand[]", "latest_invoice.payments"),
        ];
        self.made("/v1/subscriptions", &[&usual, more].concat())
            .await
    }

    /// A subscription whose first invoice is paid with this card.
    pub async fn subscribed(&self, method: &str) -> Value {
        let subscription = self.subscribe(&[]).await;
        let intent = intent_of(&subscription["latest_invoice"]);
        let paid = self.confirm(&intent, method).await;
        if paid["status"] == "requires_action" {
            self.running.answer(&paid, "complete").await;
        }
        let subscription = self.again(&subscription).await;
        assert_eq!(subscription["status"], "active");
        subscription
    }

    pub async fn confirm(&self, intent: &str, method: &str) -> Value {
        let intent = json!({ "id": intent, "object": "payment_intent" });
        self.running.confirm(&intent, method).await.body
    }

    /// The intent that pays an invoice.
    pub async fn intent(&self, invoice: &Value) -> Value {
        let path = format!("/v1/invoice_payments?invoice={}", id(invoice));
        let payments = self.get(&path).await;
        let intent = data(&payments)[0]["payment"]["payment_intent"].clone();
        self.get(&format!("/v1/payment_intents/{}", intent.as_str().unwrap()))
            .await
    }

    /// Invoices of a subscription, newest first.
    pub async fn invoices(&self, subscription: &Value) -> Vec<Value> {
        let path = format!("/v1/invoices?subscription={}", id(subscription));
        data(&self.get(&path).await).clone()
    }

    pub async fn latest(&self, subscription: &Value) -> Value {
        self.invoices(subscription).await.remove(0)
    }

    pub async fn advance(&self, seconds: i64) {
        let body = json!({ "advance_s": seconds });
        let moved = self.running.control("/control/clock", body).await;
        assert_eq!(moved.status, 200, "{}", moved.body);
    }

    pub async fn go_to(&self, time: &str) {
        let body = json!({ "to": at(time) });
        let moved = self.running.control("/control/clock", body).await;
        assert_eq!(moved.status, 200, "{}", moved.body);
    }

    /// Types of all events since `seen` of them, oldest first, without those about cards.
    pub async fn told(&self, seen: usize) -> Vec<String> {
        let mut events = data(&self.get("/control/events?limit=1000").await).clone();
        events.reverse();
        events
            .iter()
            .skip(seen)
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect()
    }

    pub async fn seen(&self) -> usize {
        self.told(0).await.len()
    }
}

/// The intent behind an invoice that shows its payments.
pub fn intent_of(invoice: &Value) -> String {
    let payment = &invoice["payments"]["data"][0]["payment"];
    payment["payment_intent"].as_str().unwrap().to_owned()
}

pub fn at(time: &str) -> i64 {
    time.parse::<jiff::Timestamp>().unwrap().as_second()
}

/// The time of a field in seconds, as people write it.
pub fn shown(time: &Value) -> String {
    let time = jiff::Timestamp::from_second(time.as_i64().unwrap()).unwrap();
    time.strftime("%Y-%m-%d %H:%M").to_string()
}

/// The period that a subscription's first item is paid for.
pub fn period(subscription: &Value) -> [String; 2] {
    let item = &subscription["items"]["data"][0];
    ["current_period_start", "current_period_end"].map(|name| shown(&item[name]))
}
