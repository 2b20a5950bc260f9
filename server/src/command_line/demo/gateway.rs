//! The gateway of a made-up history: it tells what was paid by signed events, which come to the same door
//! as everybody's, and says with which card when a receipt asks. It reaches no network.

use std::sync::Arc;

use anyhow::Context;
use billing::{
    Billing,
    clock::Time,
    gateway::stripe::{self, API_VERSION},
    inbox::Delivery,
    money::Money,
    transaction::Transaction,
};
use futures::FutureExt;
use reqwest::{Request, Response};
use serde_json::{Value, json};
use uuid::Uuid;

/// Signs and checks within one process, and opens no other door.
const SECRET: &str = "whsec_demo";
const USER_AGENT: &str = "Tender demo";
const BRANDS: [&str; 3] = ["visa", "mastercard", "amex"];

pub fn settings() -> stripe::Settings {
    stripe::Settings {
        secret_key: "sk_test_demo".to_owned(),
        api_base: "https://demo.invalid".to_owned(),
        webhook_secrets: vec![SECRET.to_owned()],
        wire: Some(Arc::new(|request| {
            async move { Ok(answer(&request)) }.boxed()
        })),
    }
}

/// The one question that is asked is about the card of a payment, which is told by its id.
fn answer(request: &Request) -> Response {
    let payment = request.url().path().rsplit('_').next();
    let id = payment
        .and_then(|id| id.parse::<Uuid>().ok())
        .unwrap_or_default();
    let digits = id.as_u128() % 10_000;
    let brand = BRANDS[usize::try_from(digits).unwrap_or_default() % BRANDS.len()];
    let card = json!({ "brand": brand, "last4": format!("{digits:04}") });
    let intent = json!({ "latest_charge": { "payment_method_details": { "card": card } } });
    http::Response::new(intent.to_string()).into()
}

/// What came of an attempt to pay.
#[derive(Clone, Copy)]
pub enum Paid {
    /// The amount that was asked for came, or another one.
    Came(i64),
    /// The bank said no, with its word for it and the customer's.
    Declined(&'static str, &'static str),
}

pub struct Gateway;

impl Gateway {
    /// Tells of a transaction's payment what came of it, so many seconds ago.
    pub async fn pay(
        &self,
        billing: &Billing,
        transaction: &Transaction,
        paid: Paid,
        ago_s: u32,
    ) -> anyhow::Result<()> {
        let Money { value, currency } = transaction.amount;
        let created = billing.clock().now().unix() - i64::from(ago_s);
        let mut intent = json!({
            "id": payment(transaction), "object": "payment_intent", "amount": value,
            "currency": currency.as_str(), "metadata": { "transaction": transaction.id },
        });
        let kind = match paid {
            Paid::Came(received) => {
                intent["status"] = json!("succeeded");
                intent["amount_received"] = json!(received);
                let charge = format!("ch_{}", transaction.id);
                intent["latest_charge"] = json!({
                    "id": charge, "object": "charge", "created": created, "status": "succeeded",
                    "captured": true,
                });
                "payment_intent.succeeded"
            }
            Paid::Declined(code, message) => {
                intent["status"] = json!("requires_payment_method");
                intent["last_payment_error"] =
                    json!({ "code": "card_declined", "decline_code": code, "message": message });
                "payment_intent.payment_failed"
            }
        };
        self.tell(billing, kind, intent, created).await
    }

    /// Tells that a transaction's money went back, whole.
    pub async fn refund(&self, billing: &Billing, transaction: &Transaction) -> anyhow::Result<()> {
        let Money { value, currency } = transaction.amount;
        let now = billing.clock().now().unix();
        let refund = json!({
            "id": format!("re_{}", transaction.id), "object": "refund", "amount": value,
            "currency": currency.as_str(), "created": now, "payment_intent": payment(transaction),
            "status": "succeeded", "reason": "requested_by_customer",
        });
        self.tell(billing, "refund.created", refund, now).await
    }

    async fn tell(
        &self,
        billing: &Billing,
        kind: &str,
        object: Value,
        created: i64,
    ) -> anyhow::Result<()> {
        let event = json!({
            "id": format!("evt_{}", Uuid::now_v7().simple()), "object": "event",
            "api_version": API_VERSION, "livemode": false, "created": created, "type": kind,
            "data": { "object": object },
        });
        let body = event.to_string();
        let now: Time = billing.clock().now();
        let signature = sandbox::signature(SECRET, now.unix(), &body);
        let delivery = Delivery {
            signatures: &[signature.as_bytes()],
            user_agent: Some(USER_AGENT),
            body: body.as_bytes(),
        };
        billing.receive(delivery).await.context(kind.to_owned())
    }
}

fn payment(transaction: &Transaction) -> String {
    format!("pi_{}", transaction.id)
}
