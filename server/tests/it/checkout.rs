//! `/orders` and `/checkout`: one order is paid at most once, whatever is clicked how often.

use std::time::Duration;

use rstest::rstest;
use serde_json::json;

use crate::harness::{Browser, Database, Shop};

async fn cancel(customer: &Browser, order: &str, transaction: &str) {
    let page = customer.post(&format!("/orders/{order}/cancel"), &[]).await;
    page.leads_to(&format!("/transactions/{transaction}"));
}

#[rstest]
#[tokio::test]
async fn ten_clicks_make_one_order(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let clicks = (0..10).map(|_| ann.post("/orders", &[("pack", "starter")]));
    let placed = futures::future::join_all(clicks).await;
    for page in &placed {
        assert_eq!(page.location(), placed[0].location(), "{page:?}");
    }
    assert_eq!(shop.database.count("orders").await, 1);
    // Another pack is another order.
    ann.order("standard").await;
    assert_eq!(shop.database.count("orders").await, 2);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn two_tabs_pay_one_payment(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (order, transaction) = ann.order("starter").await;
    let tabs = (0..6).map(|_| ann.begin_payment(&order));
    let payments = futures::future::join_all(tabs).await;
    for payment in &payments {
        assert_eq!(payment.status, 200, "{payment:?}");
        assert_eq!(payment.text, payments[0].text);
    }
    assert_eq!(shop.gateway.intents_of(&transaction).await.len(), 1);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_canceled_order_cannot_be_paid(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    cancel(&ann, &purchase.order, &purchase.transaction).await;
    let intent = shop.gateway.intent(&purchase.intent).await;
    assert_eq!(intent["status"], "canceled");
    let transaction = ann.until(&purchase.transaction, "canceled").await;
    assert_eq!(transaction["settled"], true);
    ann.begin_payment(&purchase.order).await.is(409);
    let checkout = ann.get(&format!("/checkout/{}", purchase.order)).await;
    assert!(
        checkout.location().starts_with("/transactions/"),
        "its checkout leads to what became of it: {checkout:?}"
    );
    // Canceling again changes nothing; ordering again makes another order.
    cancel(&ann, &purchase.order, &purchase.transaction).await;
    let (second, _) = ann.order("starter").await;
    assert_ne!(second, purchase.order);
    shop.close().await;
}

/// Whoever gives up an order may have read it before its payment was made.
#[rstest]
#[tokio::test]
async fn a_payment_made_meanwhile_is_canceled_with_its_order(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let billing = shop.server.billing();
    let ann = shop.customer("ann@shop.example").await;
    let (order, transaction) = ann.order("starter").await;
    let customer = ann.transaction(&transaction, "").await["customer"].clone();
    let customer = customer.as_str().unwrap().parse().unwrap();
    let read = billing.order(customer, order.parse().unwrap()).await;
    ann.begin_payment(&order).await.is(200);
    billing.give_up(&read.unwrap().unwrap()).await.unwrap();
    let intents = shop.gateway.intents_of(&transaction).await;
    assert_eq!(intents[0]["status"], "canceled");
    let canceled = ann.until(&transaction, "canceled").await;
    assert_eq!(canceled["gateway"]["reference"], intents[0]["id"]);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn an_order_without_a_payment_is_canceled_alone(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (order, transaction) = ann.order("starter").await;
    cancel(&ann, &order, &transaction).await;
    ann.until(&transaction, "canceled").await;
    assert!(shop.gateway.intents_of(&transaction).await.is_empty());
    shop.close().await;
}

/// The click on "Cancel" comes after the bank has said yes: it is paid, and the page says so.
#[rstest]
#[tokio::test]
async fn canceling_too_late_settles_the_payment(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    cancel(&ann, &purchase.order, &purchase.transaction).await;
    let transaction = ann.transaction(&purchase.transaction, "").await;
    assert_eq!(transaction["status"], "succeeded");
    assert_eq!(ann.credits().await, 50);
    shop.close().await;
}

/// The order is canceled while its payment is being made: nobody may pay it any more.
#[rstest]
#[tokio::test]
async fn canceling_while_the_payment_is_made_cancels_it(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (order, transaction) = ann.order("starter").await;
    let slow = json!({ "fault": "hang", "ms": 1000, "times": 1 });
    shop.gateway
        .spoil_calls("POST", "/v1/payment_intents", slow)
        .await;
    let calls = shop.server.billing().reads();
    let (begun, ()) = tokio::join!(ann.begin_payment(&order), async {
        // The session and the order are read before the gateway is called.
        crate::harness::eventually("the payment is being made", || async {
            shop.server.billing().reads() >= calls + 2
        })
        .await;
        cancel(&ann, &order, &transaction).await;
    });
    begun.is(409);
    let intents = shop.gateway.intents_of(&transaction).await;
    assert_eq!(intents[0]["status"], "canceled");
    ann.until(&transaction, "canceled").await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn an_order_that_nobody_pays_expires_with_its_payment(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let billing = shop.server.billing();
    let almost = billing::order::LIFETIME - Duration::from_secs(60);
    billing.clock().advance(almost);
    billing.sweep().await.unwrap();
    ann.begin_payment(&purchase.order).await.is(200);

    billing.clock().advance(Duration::from_secs(120));
    billing.sweep().await.unwrap();
    let transaction = ann.transaction(&purchase.transaction, "").await;
    assert_eq!(transaction["status"], "canceled");
    let intent = shop.gateway.intent(&purchase.intent).await;
    assert_eq!(intent["status"], "canceled");
    // The gateway's event about it is too old for a clock that was moved: it is not repeated.
    shop.gateway.lose_webhooks().await;
    let (order, _) = ann.order("starter").await;
    assert_ne!(order, purchase.order, "the pack can be ordered again");
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn what_is_not_for_sale_cannot_be_ordered(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    for pack in ["basic", "none", ""] {
        ann.post("/orders", &[("pack", pack)]).await.is(404);
    }
    ann.post("/orders", &[]).await.is(422);
    assert_eq!(shop.database.count("orders").await, 0);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn an_order_is_its_customers_alone(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let bob = shop.customer("bob@shop.example").await;
    let purchase = ann.checkout("starter").await;
    bob.get(&format!("/checkout/{}", purchase.order))
        .await
        .is(404);
    bob.get(&format!("/transactions/{}", purchase.transaction))
        .await
        .is(404);
    bob.begin_payment(&purchase.order).await.is(404);
    let canceling = format!("/orders/{}/cancel", purchase.order);
    bob.post(&canceling, &[]).await.is(404);
    shop.visitor().begin_payment(&purchase.order).await.is(401);
    ann.begin_payment(&purchase.order).await.is(200);
    shop.close().await;
}
