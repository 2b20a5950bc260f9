//! `GET /v1/transactions/{id}`: the transaction as it is, or as soon as it is something else.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use rstest::rstest;
use serde_json::{Value, json};

use crate::harness::{Browser, Database, Shop, eventually};

fn fields(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn problem(page: &crate::harness::Page) -> Value {
    assert_eq!(page.header("content-type"), "application/problem+json");
    let problem = page.json();
    assert_eq!(problem["status"], page.status, "{problem}");
    assert!(
        problem["type"]
            .as_str()
            .is_some_and(|kind| !kind.is_empty())
    );
    assert!(
        problem["title"]
            .as_str()
            .is_some_and(|title| !title.is_empty())
    );
    problem
}

#[rstest]
#[tokio::test]
async fn it_is_shown_whole(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("standard").await;
    let shown = ann.transaction(&purchase.transaction, "").await;
    let promised = [
        "id",
        "object",
        "kind",
        "status",
        "settled",
        "version",
        "amount",
        "credits",
        "customer",
        "order",
        "gateway",
        "failure",
        "created_at",
        "updated_at",
        "timed_out",
    ];
    assert_eq!(fields(&shown), BTreeSet::from(promised));
    assert_eq!(shown["id"], purchase.transaction);
    assert_eq!(shown["object"], "transaction");
    assert_eq!(shown["kind"], "purchase");
    assert_eq!(shown["status"], "created");
    assert_eq!(shown["settled"], false);
    assert_eq!(shown["version"], 1);
    assert_eq!(shown["amount"], json!({ "value": 2000, "currency": "usd" }));
    assert_eq!(shown["credits"], 250);
    assert_eq!(shown["order"], purchase.order);
    let gateway = json!({ "name": "stripe", "reference": purchase.intent });
    assert_eq!(shown["gateway"], gateway);
    assert_eq!(shown["failure"], json!(null));
    assert_eq!(shown["timed_out"], false);
    for time in ["created_at", "updated_at"] {
        let text = shown[time].as_str().unwrap();
        assert!(text.parse::<jiff::Timestamp>().is_ok(), "{text}");
    }

    let card = "pm_card_visa_chargeDeclined";
    shop.gateway.confirm(&purchase, card).await.is(402);
    let failed = ann.until(&purchase.transaction, "failed").await;
    assert_eq!(
        fields(&failed["failure"]),
        BTreeSet::from(["code", "message"])
    );
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn it_is_its_customers_alone(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let bob = shop.customer("bob@shop.example").await;
    let (_, transaction) = ann.order("starter").await;
    for path in [
        format!("/v1/transactions/{transaction}"),
        format!("/v1/transactions/{transaction}?awaitStatus=succeeded&timeout=60"),
        format!("/v1/transactions/{transaction}/events"),
    ] {
        let page = bob.get(&path).await.is(404);
        problem(&page);
        let page = shop.visitor().get(&path).await.is(401);
        problem(&page);
    }
    let unknown = format!("/v1/transactions/{}", uuid::Uuid::now_v7());
    problem(&ann.get(&unknown).await.is(404));
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_wrong_parameter_is_named(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (_, transaction) = ann.order("starter").await;
    for (query, named) in [
        ("awaitStatus=paid", "awaitStatus"),
        ("awaitStatus=", "awaitStatus"),
        ("awaitStatus=succeeded&version=1", "version"),
        ("version=new", "version"),
        ("awaitStatus=settled&timeout=soon", "timeout"),
        ("awaitStatus=settled&timeout=-1", "timeout"),
        ("awaitStatus=settled&timeout=3600", "timeout"),
    ] {
        let page = ann
            .get(&format!("/v1/transactions/{transaction}?{query}"))
            .await;
        let problem = problem(&page.is(400));
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(named), "{query}: {detail}");
    }
    for path in ["/v1/transactions/1", "/v1/transactions/1/events"] {
        let page = ann.get(path).await.is(400);
        assert!(problem(&page)["detail"].as_str().unwrap().contains("id"));
    }
    shop.close().await;
}

async fn timed(browser: &Browser, transaction: &str, query: &str) -> (Value, Duration) {
    let begun = Instant::now();
    let answer = browser.transaction(transaction, query).await;
    (answer, begun.elapsed())
}

#[rstest]
#[tokio::test]
async fn waiting_ends_with_the_time(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (_, transaction) = ann.order("starter").await;
    for query in ["awaitStatus=succeeded&timeout=1", "version=1&timeout=1"] {
        let (answer, waited) = timed(&ann, &transaction, query).await;
        assert_eq!(answer["timed_out"], true);
        assert_eq!(answer["status"], "created");
        assert!(waited >= Duration::from_secs(1), "{waited:?}");
    }
    let at_once = ann
        .transaction(&transaction, "awaitStatus=succeeded&timeout=0")
        .await;
    assert_eq!(at_once["timed_out"], true);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn what_is_already_so_is_not_waited_for(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    ann.until(&purchase.transaction, "succeeded").await;
    for query in [
        "awaitStatus=succeeded",
        "awaitStatus=settled",
        "version=1",
        "",
    ] {
        let (answer, waited) = timed(&ann, &purchase.transaction, query).await;
        assert_eq!(answer["status"], "succeeded");
        assert_eq!(answer["timed_out"], false);
        assert!(waited < Duration::from_secs(5), "{query}: {waited:?}");
    }
    shop.close().await;
}

/// A client that names the last version it saw hears of every change, in order.
#[rstest]
#[tokio::test]
async fn every_version_is_heard_of(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let card = "pm_card_authenticationRequired";
    let (challenged, _) = tokio::join!(
        ann.transaction(&purchase.transaction, "version=1&timeout=30"),
        shop.gateway.confirm(&purchase, card),
    );
    assert_eq!(challenged["status"], "requires_action");
    assert_eq!(challenged["version"], 2);
    let (done, ()) = tokio::join!(
        ann.transaction(&purchase.transaction, "version=2&timeout=30"),
        shop.gateway.answer_challenge(&purchase, "complete"),
    );
    assert_eq!(done["status"], "succeeded");
    assert_eq!(done["version"], 3);
    shop.close().await;
}

/// Whoever waits until it is settled hears of a failure too: there is something to do about it.
#[rstest]
#[tokio::test]
async fn a_failure_ends_the_wait_for_a_settlement(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let (failed, declined) = tokio::join!(
        ann.transaction(&purchase.transaction, "awaitStatus=settled&timeout=30"),
        shop.gateway
            .confirm(&purchase, "pm_card_visa_chargeDeclined"),
    );
    declined.is(402);
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["settled"], false);
    assert_eq!(failed["timed_out"], false);
    shop.close().await;
}

/// Waiting takes no database query, however many wait; one change answers all of them.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn many_wait_and_all_are_answered(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    const MANY: u32 = 50;
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (order, transaction) = ann.order("starter").await;
    let before = ann.waiters().await;
    let waiters = (0..MANY).map(|_| ann.until(&transaction, "canceled"));
    let canceled = async {
        eventually("all of them wait", || async {
            ann.waiters().await >= before + MANY
        })
        .await;
        ann.post(&format!("/orders/{order}/cancel"), &[])
            .await
            .is(303);
    };
    let (answers, ()) = tokio::join!(futures::future::join_all(waiters), canceled);
    assert_eq!(answers.len(), 50);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_stop_answers_those_who_wait(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (_, transaction) = ann.order("starter").await;
    let Shop {
        server,
        gateway,
        database: _files,
        ..
    } = shop;
    let before = ann.waiters().await;
    let begun = Instant::now();
    let (answer, ()) = tokio::join!(
        ann.transaction(&transaction, "awaitStatus=succeeded&timeout=60"),
        async {
            eventually("somebody waits", || async { ann.waiters().await > before }).await;
            server.stop().await;
        },
    );
    assert_eq!(answer["timed_out"], true);
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    gateway.stop().await;
}
