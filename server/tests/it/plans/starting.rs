//! The first period: chosen, paid, and granted once.

use billing::{gateway::stripe::EVENTS, plan::Status};
use rstest::rstest;
use serde_json::json;

use super::{BASIC, customer_of, paid_invoices, plan_of, subscribed};
use crate::harness::{Database, Shop, eventually};

#[rstest]
#[case::no_questions("pm_card_visa")]
#[case::the_bank_asks("pm_card_authenticationRequired")]
#[tokio::test]
async fn a_paid_plan_brings_its_credits(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] card: &str,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let home = ann.get("/").await.is(200);
    assert!(home.text.contains("Choose Basic"));
    let purchase = subscribed(&shop, &ann, "basic", card).await;
    assert_eq!(ann.credits().await, BASIC);
    let transaction = ann.transaction(&purchase.transaction, "").await;
    assert_eq!(transaction["kind"], "subscription");
    assert_eq!(transaction["settled"], true);

    let customer = customer_of(&ann, &purchase.transaction).await;
    let plan = plan_of(&shop, customer).await.unwrap();
    assert_eq!(plan.status, Status::Active);
    let theirs = shop.gateway.list("subscriptions").await;
    assert_eq!(theirs.len(), 1);
    assert_eq!(theirs[0]["id"], json!(plan.reference));
    assert_eq!(theirs[0]["metadata"]["subscription"], json!(plan.id));

    // It is theirs now, and cannot be bought twice.
    assert!(ann.get("/").await.text.contains("Your plan"));
    let again = ann.post("/plans", &[("plan", "basic")]).await;
    again.leads_to("/account#plan");
    shop.quiet().await;
    assert_eq!(ann.credits().await, BASIC);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn after_a_decline_another_card_begins_the_plan(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.subscribe("basic").await;
    let card = "pm_card_visa_chargeDeclinedInsufficientFunds";
    shop.gateway.confirm(&purchase, card).await.is(402);
    let declined = ann.until(&purchase.transaction, "failed").await;
    assert_eq!(declined["failure"]["code"], "insufficient_funds");
    assert_eq!(ann.credits().await, 0);
    let again = ann.begin_payment(&purchase.order).await.is(200).json();
    assert_eq!(again["client_secret"], purchase.client_secret);
    shop.gateway.pay(&purchase).await;
    ann.until(&purchase.transaction, "succeeded").await;
    assert_eq!(ann.credits().await, BASIC);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn ten_clicks_begin_one_plan(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let clicks = (0..10).map(|_| ann.post("/plans", &[("plan", "basic")]));
    let placed = futures::future::join_all(clicks).await;
    for page in &placed {
        assert_eq!(page.location(), placed[0].location(), "{page:?}");
    }
    let order = placed[0].location().strip_prefix("/checkout/").unwrap();
    let tabs = (0..6).map(|_| ann.begin_payment(order));
    for payment in futures::future::join_all(tabs).await {
        assert_eq!(payment.status, 200, "{payment:?}");
    }
    assert_eq!(shop.database.count("subscriptions").await, 1);
    assert_eq!(shop.gateway.list("subscriptions?status=all").await.len(), 1);
    shop.close().await;
}

/// What was chosen before and not paid can no longer be paid once another plan is chosen.
#[rstest]
#[tokio::test]
async fn another_choice_gives_up_the_first(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let basic = ann.subscribe("basic").await;
    let pro = ann.subscribe("pro").await;
    ann.until(&basic.transaction, "canceled").await;
    let intent = shop.gateway.intent(&basic.intent).await;
    assert_eq!(intent["status"], "canceled");
    shop.gateway.pay(&pro).await;
    ann.until(&pro.transaction, "succeeded").await;
    assert_eq!(ann.credits().await, 1600);
    let customer = customer_of(&ann, &pro.transaction).await;
    assert_eq!(plan_of(&shop, customer).await.unwrap().offer.key, "pro");
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_canceled_order_leaves_no_plan(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.subscribe("basic").await;
    let page = format!("/orders/{}/cancel", purchase.order);
    ann.post(&page, &[]).await.is(303);
    ann.until(&purchase.transaction, "canceled").await;
    let customer = customer_of(&ann, &purchase.transaction).await;
    assert_eq!(plan_of(&shop, customer).await, None);
    let theirs = shop.gateway.list("subscriptions?status=all").await;
    assert_eq!(theirs[0]["status"], "incomplete_expired");
    shop.close().await;
}

/// Nobody waits for a webhook: who waits makes us ask.
#[rstest]
#[tokio::test]
async fn without_webhooks_the_plan_begins_all_the_same(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    subscribed(&shop, &ann, "basic", "pm_card_visa").await;
    assert_eq!(ann.credits().await, BASIC);
    shop.close().await;
}

/// The same events again, many times and long after, change nothing.
#[rstest]
#[tokio::test]
async fn an_invoice_grants_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    subscribed(&shop, &ann, "basic", "pm_card_visa").await;
    let invoice = paid_invoices(&shop).await.remove(0);
    let events = shop.gateway.list("events?limit=100").await;
    let mut again = 0;
    for event in &events {
        let is_sent = EVENTS.iter().any(|kind| event["type"] == *kind);
        if is_sent && event["data"]["object"]["id"] == invoice["id"] {
            let id = event["id"].as_str().unwrap();
            shop.gateway.resend(id, 3).await;
            again += 1;
            eventually("it has come again", || async {
                shop.gateway.accepted(id).await == 4
            })
            .await;
        }
    }
    assert!(again > 2, "{events:?}");
    shop.quiet().await;
    assert_eq!(ann.credits().await, BASIC);
    shop.close().await;
}
