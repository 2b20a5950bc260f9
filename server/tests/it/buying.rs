//! From a pack to credits, and what must not get between them.

use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::json;

use crate::harness::{Database, Shop, eventually, paid};

/// The credits of the starter pack.
const STARTER: i64 = 50;
/// A lost webhook may delay the credits by this much.
const WITHOUT_WEBHOOK: Duration = Duration::from_secs(3);

#[rstest]
#[tokio::test]
async fn a_card_that_works_brings_credits(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    let transaction = ann.until(&purchase.transaction, "succeeded").await;
    assert_eq!(transaction["settled"], true);
    assert_eq!(ann.credits().await, STARTER);
    let account = ann.get("/account").await.is(200);
    assert!(
        account.text.contains("Starter pack"),
        "the statement says it"
    );
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn after_a_decline_another_card_pays_the_same_order(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let card = "pm_card_visa_chargeDeclinedInsufficientFunds";
    shop.gateway.confirm(&purchase, card).await.is(402);
    let declined = ann.until(&purchase.transaction, "failed").await;
    assert_eq!(declined["failure"]["code"], "insufficient_funds");
    assert_eq!(ann.credits().await, 0);

    let again = ann.begin_payment(&purchase.order).await.is(200).json();
    assert_eq!(again["client_secret"], purchase.client_secret);
    assert!(again["failure"].as_str().unwrap().contains("insufficient"));
    shop.gateway.pay(&purchase).await;
    let paid = ann.until(&purchase.transaction, "succeeded").await;
    assert_eq!(paid["failure"], json!(null));
    assert_eq!(ann.credits().await, STARTER);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_late_failure_does_not_undo_a_success(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let card = "pm_card_visa_chargeDeclined";
    shop.gateway.confirm(&purchase, card).await.is(402);
    shop.gateway.pay(&purchase).await;
    let before = ann.until(&purchase.transaction, "succeeded").await;

    let kind = "payment_intent.payment_failed";
    let failed = shop.gateway.events(&purchase.intent, kind).await;
    shop.gateway.resend(&failed[0], 5).await;
    eventually("the late events have come", || async {
        shop.gateway.accepted(&failed[0]).await == 6
    })
    .await;
    shop.quiet().await;
    assert_eq!(ann.transaction(&purchase.transaction, "").await, before);
    assert_eq!(ann.credits().await, STARTER);
    shop.close().await;
}

#[rstest]
#[case::completed("complete", "succeeded", STARTER)]
#[case::failed("fail", "failed", 0)]
#[tokio::test]
async fn a_bank_may_ask_first(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] answer: &str,
    #[case] status: &str,
    #[case] credits: i64,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let card = "pm_card_authenticationRequired";
    shop.gateway.confirm(&purchase, card).await.is(200);
    ann.until(&purchase.transaction, "requires_action").await;
    assert_eq!(ann.credits().await, 0);

    shop.gateway.answer_challenge(&purchase, answer).await;
    ann.until(&purchase.transaction, status).await;
    assert_eq!(ann.credits().await, credits);
    if credits == 0 {
        shop.gateway.pay(&purchase).await;
        ann.until(&purchase.transaction, "succeeded").await;
        assert_eq!(ann.credits().await, STARTER);
    }
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn without_any_webhook_the_credits_come_within_three_seconds(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    let begun = Instant::now();
    ann.until(&purchase.transaction, "succeeded").await;
    assert!(begun.elapsed() < WITHOUT_WEBHOOK, "{:?}", begun.elapsed());
    assert_eq!(ann.credits().await, STARTER);
    assert_eq!(shop.database.count("inbox").await, 0);
    shop.close().await;
}

#[rstest]
#[case::delayed(json!({ "fault": "delay", "ms": 2500 }), 1)]
#[case::doubled(json!({ "fault": "double", "copies": 50 }), 50)]
#[tokio::test]
async fn a_late_or_repeated_webhook_changes_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] fault: serde_json::Value,
    #[case] deliveries: usize,
) {
    let shop = Shop::open(database).await;
    let succeeded = "payment_intent.succeeded";
    shop.gateway.spoil_webhooks(succeeded, fault).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    let before = ann.until(&purchase.transaction, "succeeded").await;
    let event = &shop.gateway.events(&purchase.intent, succeeded).await[0];
    eventually("all deliveries have come", || async {
        shop.gateway.accepted(event).await == deliveries
    })
    .await;
    shop.quiet().await;
    assert_eq!(shop.database.count("inbox").await, 1);
    assert_eq!(ann.transaction(&purchase.transaction, "").await, before);
    assert_eq!(ann.credits().await, STARTER);
    shop.close().await;
}

/// The event overtakes the answer to the call that made the payment: we do not even know the
/// payment's id yet, and still credit it once.
#[rstest]
#[tokio::test]
async fn a_success_may_come_before_we_know_the_payment(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (order, transaction) = ann.order("starter").await;
    let slow = json!({ "fault": "timeout", "ms": 1500, "times": 1 });
    shop.gateway
        .spoil_calls("POST", "/v1/payment_intents", slow)
        .await;
    let paid_meanwhile = async {
        eventually("the payment is there", || async {
            shop.gateway.intents_of(&transaction).await.len() == 1
        })
        .await;
        let intents = shop.gateway.intents_of(&transaction).await;
        let id = intents[0]["id"].as_str().unwrap();
        let wanted = json!({ "status": "succeeded" });
        shop.gateway.force(id, wanted).await;
        ann.until(&transaction, "succeeded").await
    };
    let (begun, settled) = tokio::join!(ann.begin_payment(&order), paid_meanwhile);
    // Too late to pay it: it is paid.
    begun.is(409);
    assert_eq!(settled["settled"], true);
    assert_eq!(ann.credits().await, STARTER);
    shop.close().await;
}

#[rstest]
#[case::amount(json!({ "status": "succeeded", "amount_received": 499 }))]
#[case::currency(json!({ "status": "succeeded", "currency": "eur" }))]
#[tokio::test]
async fn what_differs_from_the_order_is_reviewed_and_not_granted(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] difference: serde_json::Value,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.force(&purchase.intent, difference).await;
    let transaction = ann.until(&purchase.transaction, "processing").await;
    assert_eq!(transaction["settled"], false);
    shop.quiet().await;
    assert_eq!(ann.credits().await, 0);
    let path = format!("/transactions/{}", purchase.transaction);
    ann.get(&path).await.is(200);
    let attention = shop.server.billing().attention().await.unwrap();
    assert_eq!(attention.reviews.len(), 1);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_restart_between_payment_and_webhook_loses_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    let shop = shop.restart().await;
    let ann = ann.moved_to(&shop.site());

    let succeeded = "payment_intent.succeeded";
    let event = &shop.gateway.events(&purchase.intent, succeeded).await[0];
    shop.gateway.resend(event, 1).await;
    ann.until(&purchase.transaction, "succeeded").await;
    assert_eq!(ann.credits().await, STARTER);
    shop.close().await;
}

/// The tab is closed: nobody waits, no webhook comes, and a restart still finds the payment.
#[rstest]
#[tokio::test]
async fn a_payment_that_nobody_watches_is_found(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    let billing = shop.server.billing();
    billing.clock().advance(Duration::from_secs(120));
    billing.sweep().await.unwrap();
    let transaction = ann.transaction(&purchase.transaction, "").await;
    assert_eq!(transaction["status"], "succeeded");
    assert_eq!(ann.credits().await, STARTER);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_webhook_and_a_fetch_may_race(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    let event = paid(&purchase);
    let (fetched, pushed) = tokio::join!(
        ann.begin_payment(&purchase.order),
        shop.deliver_event(&event)
    );
    assert!(matches!(fetched.status, 200 | 409), "{fetched:?}");
    pushed.is(200);
    ann.until(&purchase.transaction, "succeeded").await;
    shop.quiet().await;
    assert_eq!(ann.credits().await, STARTER);
    shop.close().await;
}
