//! Plans, from the first choice to the end. The gateway keeps the calendar; credits come from paid
//! invoices and from nothing else.

mod cards;
mod changed_there;
mod changing;
mod coupons;
mod renewing;
mod starting;

use std::time::Duration;

use billing::{id::CustomerId, plan::Subscription};
use serde_json::Value;

use crate::harness::{Browser, Purchase, Shop, eventually};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// A renewal is a draft for an hour, and then it is charged.
const CHARGED_AFTER: Duration = Duration::from_secs(2 * 3600);
/// The credits of the basic plan. What is left of them runs out with its period.
const BASIC: i64 = 100;
/// The credits of the pro plan. They stay.
const PRO: i64 = 1600;

async fn customer_of(browser: &Browser, transaction: &str) -> CustomerId {
    let transaction = browser.transaction(transaction, "").await;
    transaction["customer"].as_str().unwrap().parse().unwrap()
}

/// Chooses a plan and pays for it with this card.
async fn subscribed(shop: &Shop, browser: &Browser, plan: &str, card: &str) -> Purchase {
    let purchase = browser.subscribe(plan).await;
    let paid = shop.gateway.confirm(&purchase, card).await.is(200).json();
    if paid["status"] == "requires_action" {
        shop.gateway.answer_challenge(&purchase, "complete").await;
    }
    browser.until(&purchase.transaction, "succeeded").await;
    purchase
}

async fn plan_of(shop: &Shop, customer: CustomerId) -> Option<Subscription> {
    let billing = shop.server.billing();
    billing.subscription(customer).await.unwrap()
}

/// Waits until this holds of a customer's plan.
async fn plan_becomes(
    shop: &Shop,
    customer: CustomerId,
    what: &str,
    holds: impl Fn(&Option<Subscription>) -> bool,
) {
    eventually(what, || async { holds(&plan_of(shop, customer).await) }).await;
}

/// What others are told of a customer's plan, oldest first.
async fn told(shop: &Shop, customer: CustomerId) -> Vec<&'static str> {
    let billing = shop.server.billing();
    let events = billing.list_events(None, Some(customer), None, 100).await;
    let types = events.unwrap().into_iter().rev();
    types
        .map(|event| event.kind.as_str())
        .filter(|kind| kind.starts_with("subscription."))
        .collect()
}

/// The customer as the gateway knows them.
async fn gateway_customer(shop: &Shop) -> String {
    let customers = shop.gateway.list("customers").await;
    customers[0]["id"].as_str().unwrap().to_owned()
}

async fn paid_invoices(shop: &Shop) -> Vec<Value> {
    shop.gateway.list("invoices?status=paid&limit=100").await
}

/// Time passes until the plan was renewed, and not until a failure would be tried again.
async fn pass_renewal(shop: &Shop, customer: CustomerId) {
    let plan = plan_of(shop, customer).await.unwrap();
    let end = plan.period.unwrap().end.plus(CHARGED_AFTER);
    let now = shop.server.billing().clock().now();
    shop.advance(end.since(now)).await;
}
