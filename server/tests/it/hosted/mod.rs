//! The gateway's own page: the second way to pay an order, which is still paid once.

mod delayed;
mod price;
mod returning;
mod trouble;
mod turning;

use serde_json::Value;

use crate::harness::{Browser, Page, Shop};

/// An order whose page is open.
struct Open {
    order: String,
    transaction: String,
    /// The session's id.
    page: String,
}

fn path(page: &str) -> String {
    format!("/v1/checkout/sessions/{page}")
}

/// Presses the button below the card fields: the id of the page to which it leads.
async fn press(shop: &Shop, customer: &Browser, order: &str) -> String {
    let answer = customer.post(&format!("/orders/{order}/page"), &[]).await;
    let answer = answer.is(303);
    let pages = format!("{}/c/pay/", shop.gateway.url());
    let page = answer.location().strip_prefix(&pages);
    page.unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

async fn leave(customer: &Browser, order: &str) {
    let path = format!("/orders/{order}/page/leave");
    let left = customer.post(&path, &[]).await;
    left.leads_to(&format!("/checkout/{order}"));
}

async fn open(shop: &Shop, customer: &Browser) -> Open {
    let (order, transaction) = customer.order("starter").await;
    let page = press(shop, customer, &order).await;
    Open {
        order,
        transaction,
        page,
    }
}

/// What the page says when somebody pays on it.
async fn pay(shop: &Shop, page: &str, method: &str) -> Page {
    let fields = [("payment_method", method)];
    shop.gateway.post(&format!("/c/pay/{page}"), &fields).await
}

async fn pay_by_card(shop: &Shop, page: &str) -> String {
    let paid = pay(shop, page, "pm_card_visa").await.is(200).json();
    way_back(&paid)
}

/// The path on our site to which the page leads.
fn way_back(paid: &Value) -> String {
    let url = paid["return_url"].as_str().unwrap();
    let (_, back) = url.split_once("://").unwrap();
    back[back.find('/').unwrap()..].to_owned()
}

async fn session(shop: &Shop, page: &str) -> Value {
    shop.gateway.get(&path(page)).await
}

/// The payments of a transaction that took money.
async fn taken(shop: &Shop, transaction: &str) -> usize {
    let intents = shop.gateway.intents_of(transaction).await;
    let taken = intents.iter().filter(|it| it["status"] == "succeeded");
    taken.count()
}
