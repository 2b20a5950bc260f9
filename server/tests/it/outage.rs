//! The database stops, is locked, or its disk is full: nothing is said that is not so, people are
//! told plainly, and it recovers without a hand.

use reqwest::Method;
use rstest::rstest;
use serde_json::json;
use sqlx::Connection;

use crate::harness::{
    Browser, Database, Gateway, Page, Proxy, Shop, Tender, TestDatabase, event, eventually, paid,
    signed,
};

/// Says plainly that it does not work, in HTML and without a word of what broke.
#[track_caller]
fn is_plain(page: &Page) {
    assert_eq!(page.status, 503, "{page:?}");
    assert!(
        page.header("content-type").starts_with("text/html"),
        "{page:?}"
    );
    assert!(page.text.contains("<h1>"), "{page:?}");
    for inside in [
        "sqlx",
        "panicked",
        "postgres",
        "sqlite",
        "pool",
        "PoolTimedOut",
        ".rs:",
    ] {
        assert!(!page.text.contains(inside), "{inside}: {}", page.text);
    }
}

async fn deliver(browser: &Browser, event: &serde_json::Value) -> Page {
    let body = event.to_string();
    let request = browser
        .request(Method::POST, "/webhooks/stripe")
        .header("stripe-signature", signed(body.as_bytes()));
    browser.send(request.body(body)).await
}

/// A shop whose PostgreSQL is reached over a wire that can be cut.
async fn behind_a_proxy() -> (Shop, Proxy) {
    let mut database = TestDatabase::fresh(Database::Postgres).await;
    let proxy = Proxy::in_front_of(&database.url).await;
    let direct = std::mem::replace(&mut database.url, proxy.url.clone());
    let mut shop = Shop::open_on(database, Gateway::start().await, &[]).await;
    shop.database.url = direct;
    (shop, proxy)
}

#[tokio::test]
async fn a_database_that_stops_is_admitted_and_waited_for() {
    let (shop, proxy) = behind_a_proxy().await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let event = paid(&purchase);
    proxy.cut();
    let (delivered, ready, account, checkout, order, signed_in, api) = tokio::join!(
        shop.deliver_event(&event),
        ann.get("/readyz"),
        ann.get("/account"),
        ann.begin_payment(&purchase.order),
        ann.post("/orders", &[("pack", "standard")]),
        async {
            let typed = [
                ("email", "ann@shop.example"),
                ("password", "correct horse battery"),
            ];
            shop.visitor().post("/sign-in", &typed).await
        },
        ann.get("/v1/transactions/019f0000-0000-7000-8000-000000000000"),
    );
    assert_eq!(delivered.status, 503, "{delivered:?}");
    assert_eq!(ready.status, 503);
    for page in [account, order, signed_in] {
        is_plain(&page);
    }
    assert_eq!(checkout.status, 503);
    assert_eq!(api.status, 503);
    assert_eq!(api.header("content-type"), "application/problem+json");
    shop.visitor().get("/healthz").await.is(200);
    shop.visitor().get("/").await.is(200);
    // Nothing is told of the queues that may not be so any more.
    let metrics = ann.get("/metrics").await.is(200).text;
    assert!(metrics.contains("\ntender_database_up 0\n"), "{metrics}");
    for of_the_database in [
        "\ntender_backlog",
        "\ntender_trouble",
        "\ntender_events_compared",
    ] {
        assert!(!metrics.contains(of_the_database), "{metrics}");
    }

    proxy.mend();
    eventually("it is ready again", || async {
        ann.get("/readyz").await.status == 200
    })
    .await;
    eventually("the webhook is stored", || async {
        shop.deliver_event(&event).await.status == 200
    })
    .await;
    ann.until(&purchase.transaction, "succeeded").await;
    assert_eq!(ann.credits().await, 50);
    ann.get("/account").await.is(200);
    assert_eq!(shop.database.count("orders").await, 1);
    let metrics = ann.get("/metrics").await.is(200).text;
    assert!(metrics.contains("\ntender_database_up 1\n"), "{metrics}");
    assert!(
        metrics.contains("\ntender_backlog{queue=\"inbox\"} 0\n"),
        "{metrics}"
    );
    shop.close().await;
}

/// A client that was waiting all the while is answered when the database is back, though the
/// notification was lost with the wire.
#[tokio::test]
async fn whoever_waits_through_an_outage_is_answered() {
    let (shop, proxy) = behind_a_proxy().await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let outage = async {
        let reads = shop.server.billing().reads();
        eventually("somebody waits", || async {
            shop.server.billing().reads() >= reads + 2
        })
        .await;
        proxy.cut();
        shop.gateway.pay(&purchase).await;
        eventually("the outage is noticed", || async {
            shop.deliver_event(&event("customer.created", json!({})))
                .await
                .status
                == 503
        })
        .await;
        proxy.mend();
    };
    let (answer, ()) = tokio::join!(ann.until(&purchase.transaction, "succeeded"), outage);
    assert_eq!(answer["settled"], true);
    shop.close().await;
}

/// The commit happened and its answer was lost: the retry finds it done.
#[tokio::test]
async fn a_lost_answer_to_a_commit_repeats_nothing() {
    let (shop, proxy) = behind_a_proxy().await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let event = paid(&purchase);
    proxy.cut_at_commit_of(event["id"].as_str().unwrap());
    let (delivered, ()) = tokio::join!(shop.deliver_event(&event), proxy.is_cut());
    assert_eq!(delivered.status, 503, "{delivered:?}");
    proxy.mend();
    assert_eq!(shop.database.count("inbox").await, 1, "it was committed");
    eventually("it is ready again", || async {
        ann.get("/readyz").await.status == 200
    })
    .await;
    eventually("the retry is accepted", || async {
        shop.deliver_event(&event).await.status == 200
    })
    .await;
    ann.until(&purchase.transaction, "succeeded").await;
    shop.quiet().await;
    assert_eq!(shop.database.count("inbox").await, 1);
    assert_eq!(ann.credits().await, 50);
    shop.close().await;
}

/// Another process holds the lock for longer than we wait for it.
#[tokio::test]
async fn a_locked_database_is_admitted_and_waited_for() {
    let shop = Shop::open(Database::Sqlite).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let event = paid(&purchase);
    let mut other = shop.database.sqlite().await;
    let locked = other.begin_with("begin exclusive").await.unwrap();
    let (delivered, ordered) = tokio::join!(
        shop.deliver_event(&event),
        ann.post("/orders", &[("pack", "standard")]),
    );
    assert_eq!(delivered.status, 503, "{delivered:?}");
    is_plain(&ordered);
    // What only reads goes on.
    ann.get("/account").await.is(200);

    locked.rollback().await.unwrap();
    shop.deliver_event(&event).await.is(200);
    ann.until(&purchase.transaction, "succeeded").await;
    ann.post("/orders", &[("pack", "standard")]).await.is(303);
    other.close().await.unwrap();
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_full_disk_is_admitted_and_recovered_from() {
    let gateway = Gateway::start().await;
    gateway.lose_webhooks().await;
    let database = TestDatabase::fresh(Database::Sqlite).await;
    let tender = Tender::serve_on_small_disk(&database, &gateway, 3072).await;
    let ann = tender.visitor();
    ann.sign_up("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let mut stored = 0;
    // Large ones first; then small ones, until there is no room for anything.
    for length in [50_000, 1] {
        let refused = loop {
            let filler = event("customer.created", json!({ "name": "x".repeat(length) }));
            match deliver(&ann, &filler).await {
                page if page.status == 200 && stored < 200 => stored += 1,
                page => break page,
            }
        };
        assert_eq!(refused.status, 503, "{refused:?}");
    }
    assert!(stored > 0, "the disk was full from the start");
    is_plain(&ann.post("/orders", &[("pack", "standard")]).await);

    // Somebody makes room.
    let room = ["--pid", &tender.pid().to_string(), "--fsize=unlimited"];
    let made = tokio::process::Command::new("prlimit").args(room).status();
    assert!(made.await.unwrap().success());
    deliver(&ann, &paid(&purchase)).await.is(200);
    ann.until(&purchase.transaction, "succeeded").await;
    assert_eq!(ann.credits().await, 50);
    ann.post("/orders", &[("pack", "standard")]).await.is(303);
    assert_eq!(tender.stop().await, 0);
    assert_eq!(database.count("inbox").await, stored + 1);
    gateway.stop().await;
}
