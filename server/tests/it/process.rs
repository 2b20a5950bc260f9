//! A server that is stopped or killed: those who wait are answered, and nothing stored is lost.

use std::time::{Duration, Instant};

use rstest::rstest;

use crate::harness::{
    Browser, Database, Gateway, Tender, TestDatabase, between, eventually, paid, signed,
};

async fn stored(tender: &Tender, event: &serde_json::Value) {
    let visitor = tender.visitor();
    let body = event.to_string();
    let request = visitor
        .request(reqwest::Method::POST, "/webhooks/stripe")
        .header("stripe-signature", signed(body.as_bytes()));
    visitor.send(request.body(body)).await.is(200);
}

/// How many wait for something on this server.
async fn waiters(browser: &Browser) -> u32 {
    let metrics = browser.get("/metrics").await.is(200).text;
    between(&metrics, "\ntender_waiters ", "\n")
        .unwrap()
        .parse()
        .unwrap()
}

#[rstest]
#[tokio::test]
async fn sigterm_answers_those_who_wait_and_ends_well(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let gateway = Gateway::start().await;
    let database = TestDatabase::fresh(database).await;
    let tender = Tender::serve(&database, &gateway).await;
    let ann = tender.visitor();
    ann.sign_up("ann@shop.example").await;
    let (_, transaction) = ann.order("starter").await;
    let before = waiters(&ann).await;
    let waiting = ann.transaction(&transaction, "awaitStatus=succeeded&timeout=60");
    let stopping = async {
        let path = format!("/v1/transactions/{transaction}/events");
        let request = ann.request(reqwest::Method::GET, &path);
        let mut stream = request.send().await.unwrap();
        assert!(stream.chunk().await.unwrap().is_some());
        eventually("both wait", || async { waiters(&ann).await >= before + 2 }).await;
        let begun = Instant::now();
        assert_eq!(tender.stop().await, 0);
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{:?}",
            begun.elapsed()
        );
        assert_eq!(stream.chunk().await.unwrap(), None, "the stream ends well");
    };
    let (answer, ()) = tokio::join!(waiting, stopping);
    assert_eq!(answer["timed_out"], true);
    gateway.stop().await;
}

/// The power goes right after a webhook was answered with 200: its payment is settled after the
/// next start, and once.
#[rstest]
#[tokio::test]
async fn what_was_answered_with_200_survives_a_kill(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let gateway = Gateway::start().await;
    gateway.lose_webhooks().await;
    let database = TestDatabase::fresh(database).await;
    let mut tender = Tender::serve(&database, &gateway).await;
    let mut ann = tender.visitor();
    ann.sign_up("ann@shop.example").await;
    for round in 1..=5 {
        let purchase = ann.checkout("starter").await;
        let event = paid(&purchase);
        stored(&tender, &event).await;
        tender.kill().await;

        tender = Tender::serve(&database, &gateway).await;
        ann = ann.moved_to(&tender.site);
        ann.until(&purchase.transaction, "succeeded").await;
        stored(&tender, &event).await;
        assert_eq!(ann.credits().await, 50 * round);
    }
    assert_eq!(tender.stop().await, 0);
    assert_eq!(database.count("inbox").await, 5);
    gateway.stop().await;
}

/// The power of one of two servers goes while hundreds wait at it. Each asks again at the other, and is
/// answered there as soon as it settles.
#[tokio::test(flavor = "multi_thread")]
async fn who_waited_at_a_server_that_was_killed_is_answered_at_another() {
    const MANY: u32 = 300;
    let gateway = Gateway::start().await;
    gateway.lose_webhooks().await;
    let database = TestDatabase::fresh(Database::Postgres).await;
    let first = Tender::serve(&database, &gateway).await;
    let second = Tender::serve(&database, &gateway).await;
    let ann = first.visitor();
    ann.sign_up("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let path = format!(
        "/v1/transactions/{}?awaitStatus=succeeded&timeout=60",
        purchase.transaction
    );
    let before = waiters(&ann).await;
    let waiting: Vec<_> = (0..MANY)
        .map(|_| tokio::spawn(ann.request(reqwest::Method::GET, &path).send()))
        .collect();
    eventually("all wait", || async {
        waiters(&ann).await >= before + MANY
    })
    .await;
    first.kill().await;
    for waiter in waiting {
        assert!(waiter.await.unwrap().is_err(), "nobody was told anything");
    }

    let ann = ann.moved_to(&second.site);
    let before = waiters(&ann).await;
    let again: Vec<_> = (0..MANY)
        .map(|_| tokio::spawn(ann.request(reqwest::Method::GET, &path).send()))
        .collect();
    eventually("all wait again", || async {
        waiters(&ann).await >= before + MANY
    })
    .await;
    stored(&second, &paid(&purchase)).await;
    for waiter in again {
        let answer = waiter.await.unwrap().unwrap();
        let told: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(told["settled"], true, "{told}");
    }
    assert_eq!(ann.credits().await, 50);
    assert_eq!(second.stop().await, 0);
    gateway.stop().await;
}

/// Two servers share one PostgreSQL: what one settles, a client that waits at the other hears.
#[tokio::test]
async fn servers_tell_each_other() {
    let gateway = Gateway::start().await;
    gateway.lose_webhooks().await;
    let database = TestDatabase::fresh(Database::Postgres).await;
    let first = Tender::serve(&database, &gateway).await;
    let second = Tender::serve(&database, &gateway).await;
    let ann = first.visitor();
    ann.sign_up("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    // The gateway itself still says that nobody has paid, so asking it does not help.
    let event = paid(&purchase);
    let (settled, ()) = tokio::join!(
        ann.until(&purchase.transaction, "succeeded"),
        stored(&second, &event),
    );
    assert_eq!(settled["settled"], true);
    assert_eq!(first.stop().await, 0);
    assert_eq!(second.stop().await, 0);
    gateway.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_start_on_an_existing_database_answers_at_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let gateway = Gateway::start().await;
    let database = TestDatabase::fresh(database).await;
    for _ in 0..2 {
        let tender = Tender::serve(&database, &gateway).await;
        eventually("it is ready", || async {
            tender.visitor().get("/readyz").await.status == 200
        })
        .await;
        assert_eq!(tender.stop().await, 0);
    }
    gateway.stop().await;
}
