//! Who a customer is at the gateway, and the cards they keep there.

use rstest::rstest;

use crate::harness::{Database, Shop};

/// Tabs, orders and restarts: at the gateway a customer is one.
#[rstest]
#[tokio::test]
async fn a_customer_is_made_once_at_the_gateway(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    assert!(shop.gateway.customers().await.is_empty(), "none too early");
    let (starter, first) = ann.order("starter").await;
    let (standard, second) = ann.order("standard").await;
    let tabs = [&starter, &standard, &starter, &standard].map(|order| ann.begin_payment(order));
    for payment in futures::future::join_all(tabs).await {
        payment.is(200);
    }
    let shop = shop.restart().await;
    let ann = ann.moved_to(&shop.site());
    let third = ann.checkout("studio").await.transaction;

    let customers = shop.gateway.customers().await;
    assert_eq!(customers.len(), 1);
    assert_eq!(customers[0]["email"], "ann@shop.example");
    for transaction in [first, second, third] {
        let intents = shop.gateway.intents_of(&transaction).await;
        assert_eq!(intents[0]["customer"], customers[0]["id"]);
        assert_eq!(
            intents[0]["metadata"]["customer"],
            customers[0]["metadata"]["customer"]
        );
    }
    shop.close().await;
}
