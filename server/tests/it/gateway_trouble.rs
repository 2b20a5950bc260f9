//! The gateway fails, hangs, or loses its answer: the customer tries again and pays once.

use rstest::rstest;
use serde_json::{Value, json};

use crate::harness::{Database, Shop, eventually};

const MAKING: &str = "/v1/payment_intents";

/// Makes the call that makes the payment go wrong, then tries until it works, and pays.
async fn pays_once_in_spite_of(shop: &Shop, fault: Value, tries_that_fail: usize) {
    let ann = shop.customer("ann@shop.example").await;
    let (order, transaction) = ann.order("starter").await;
    shop.gateway.spoil_calls("POST", MAKING, fault).await;
    for _ in 0..tries_that_fail {
        let page = ann.begin_payment(&order).await.is(502);
        assert!(page.text.contains("Gateway"), "{page:?}");
    }
    shop.gateway.behave().await;
    eventually("it can be paid", || async {
        ann.begin_payment(&order).await.status == 200
    })
    .await;
    let purchase = ann.checkout("starter").await;
    assert_eq!(purchase.order, order);
    assert_eq!(purchase.transaction, transaction);
    assert_eq!(shop.gateway.intents_of(&transaction).await.len(), 1);
    shop.gateway.pay(&purchase).await;
    ann.until(&transaction, "succeeded").await;
    assert_eq!(ann.credits().await, 50);
}

#[rstest]
#[case::fails_once(json!({ "fault": "fail", "times": 1 }), 0)]
#[case::fails_for_a_while(json!({ "fault": "fail" }), 2)]
#[case::is_busy(json!({ "fault": "fail", "status": 429, "retry_after": 1, "times": 1 }), 0)]
#[case::is_down_for_long(json!({ "fault": "fail", "status": 503, "retry_after": 60 }), 1)]
#[case::loses_its_answer(json!({ "fault": "timeout", "times": 1 }), 0)]
#[case::loses_all_answers(json!({ "fault": "timeout" }), 1)]
#[case::says_nonsense(json!({ "fault": "malformed" }), 1)]
#[tokio::test]
async fn a_payment_is_made_once_though_the_gateway(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] fault: Value,
    #[case] tries_that_fail: usize,
) {
    let shop = Shop::open(database).await;
    pays_once_in_spite_of(&shop, fault, tries_that_fail).await;
    shop.close().await;
}

/// Slower than we wait: the customer is told, and the payment that it makes after all is the one
/// they get when they try again.
#[tokio::test]
async fn a_gateway_that_hangs_is_not_waited_for() {
    let shop = Shop::open(Database::Sqlite).await;
    let hang = json!({ "fault": "hang", "ms": 12_000, "times": 1 });
    pays_once_in_spite_of(&shop, hang, 1).await;
    shop.close().await;
}

/// A failure that the gateway keeps under the key comes again under that key.
#[rstest]
#[tokio::test]
async fn a_failure_that_is_kept_does_not_close_the_order_for_ever(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let kept = json!({ "fault": "fail", "stored": true });
    pays_once_in_spite_of(&shop, kept, 1).await;
    shop.close().await;
}

/// The answer to a question about a payment fails: what was paid is found by the next one.
#[rstest]
#[case::fails(json!({ "fault": "fail", "times": 3 }))]
#[case::loses_its_answer(json!({ "fault": "timeout", "times": 3 }))]
#[case::says_nonsense(json!({ "fault": "malformed", "times": 1 }))]
#[tokio::test]
async fn a_waiting_customer_outlasts_a_gateway_that(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] fault: Value,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    shop.gateway
        .spoil_calls("GET", "/v1/payment_intents/*", fault)
        .await;
    ann.until(&purchase.transaction, "succeeded").await;
    assert_eq!(ann.credits().await, 50);
    shop.close().await;
}

/// When the payment cannot be canceled, the order stays open: nobody is told what is not so.
#[rstest]
#[tokio::test]
async fn an_order_is_not_given_up_while_its_payment_may_be_made(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let canceling = format!("/orders/{}/cancel", purchase.order);
    let fault = json!({ "fault": "fail" });
    shop.gateway
        .spoil_calls("POST", "/v1/payment_intents/*/cancel", fault)
        .await;
    let page = ann.post(&canceling, &[]).await.is(502);
    assert!(page.header("content-type").starts_with("text/html"));
    let transaction = ann.transaction(&purchase.transaction, "").await;
    assert_eq!(transaction["status"], "created");

    shop.gateway.behave().await;
    ann.post(&canceling, &[]).await.is(303);
    ann.until(&purchase.transaction, "canceled").await;
    shop.close().await;
}
