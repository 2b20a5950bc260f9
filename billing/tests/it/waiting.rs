use std::time::{Duration, Instant};

use billing::transaction::{State, Until};
use rstest::rstest;

use crate::books::{Books, Database, deliver, event, intent, paid};

const LONG: Duration = Duration::from_secs(30);

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_waiter_is_answered_when_it_settles_and_not_before(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    let waiters: Vec<_> = (0..1000)
        .map(|_| {
            let (billing, id) = (books.billing.clone(), order.transaction.id);
            tokio::spawn(async move {
                let until = Until::State(State::Succeeded);
                let awaited = billing.await_transaction(customer, id, until, LONG).await;
                let awaited = awaited.unwrap().unwrap();
                (
                    awaited.timed_out,
                    billing.balance(customer).await.unwrap().available.0,
                )
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    books
        .deliver(&event(
            "payment_intent.processing",
            &intent(&order, "processing"),
        ))
        .await
        .unwrap();
    books.quiet().await;
    assert!(waiters.iter().all(|waiter| !waiter.is_finished()));
    books
        .deliver(&event("payment_intent.succeeded", &paid(&order)))
        .await
        .unwrap();
    for waiter in waiters {
        assert_eq!(
            waiter.await.unwrap(),
            (false, 50),
            "told before the credits were there"
        );
    }
    books.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_sleeps_asks_the_database_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    let waiters: Vec<_> = (0..500)
        .map(|_| {
            let (billing, id) = (books.billing.clone(), order.transaction.id);
            tokio::spawn(async move {
                billing
                    .await_transaction(customer, id, Until::Settled, LONG)
                    .await
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = books.billing.reads();
    tokio::time::sleep(Duration::from_secs(3)).await;
    // The inbox is looked into once a second, whoever waits.
    assert!(
        books.billing.reads() - before <= 8,
        "{}",
        books.billing.reads() - before
    );
    books.billing.begin_stop();
    for waiter in waiters {
        assert!(waiter.await.unwrap().unwrap().unwrap().timed_out);
    }
    books.close().await;
}

/// The commit tells what it changed, so that many who wait are answered at once. On PostgreSQL a
/// notification may be faster, which does not tell it whole.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_woken_need_not_ask_the_database() {
    let books = Books::open(Database::Sqlite).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    let id = order.transaction.id;
    let waiters: Vec<_> = (0..500)
        .map(|_| {
            let billing = books.billing.clone();
            tokio::spawn(async move {
                billing
                    .await_transaction(customer, id, Until::Settled, LONG)
                    .await
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = books.billing.reads();
    let paid = event("payment_intent.succeeded", &paid(&order));
    books.deliver(&paid).await.unwrap();
    let mut told = Vec::new();
    for waiter in waiters {
        told.push(waiter.await.unwrap().unwrap().unwrap().transaction);
    }
    assert!(books.billing.reads() - before < 50);
    let read = books.billing.transaction(customer, id).await.unwrap();
    let read = read.unwrap();
    assert!(read.settled_at.is_some());
    assert!(told.iter().all(|told| *told == read), "{read:?}");
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn a_version_that_was_seen_is_not_told_again(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let id = order.transaction.id;
    let newer = |version| {
        let until = Until::NewerThan(version);
        books
            .billing
            .await_transaction(customer, id, until, Duration::from_millis(50))
    };
    let now = newer(0).await.unwrap().unwrap();
    assert!(!now.timed_out);
    let again = newer(now.transaction.version).await.unwrap().unwrap();
    assert!(again.timed_out);
    // Somebody else's transaction is nobody's.
    let other = books.customer("bob@shop.example").await;
    assert_eq!(books.billing.transaction(other, id).await.unwrap(), None);
    books.close().await;
}

/// The event reaches one server, the customer waits at another.
#[tokio::test]
async fn a_waiter_at_another_server_is_told() {
    let books = Books::open(Database::Postgres).await;
    let other_server = books.another_server().await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    let (id, waiting_at) = (order.transaction.id, other_server.clone());
    let waiter = tokio::spawn(async move {
        let until = Until::State(State::Succeeded);
        waiting_at
            .await_transaction(customer, id, until, LONG)
            .await
            .unwrap()
            .unwrap()
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let begun = Instant::now();
    deliver(
        &books.billing,
        &books.clock,
        &event("payment_intent.succeeded", &paid(&order)),
    )
    .await
    .unwrap();
    assert!(!waiter.await.unwrap().timed_out);
    assert!(
        begun.elapsed() < LONG / 2,
        "told by the time limit, not by the other server"
    );
    other_server.stop().await;
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn a_balance_is_told_when_it_changes(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let seen = books.billing.balance(customer).await.unwrap().version;
    let billing = books.billing.clone();
    let waiter =
        tokio::spawn(async move { billing.await_balance(customer, seen, LONG).await.unwrap() });
    books.buy(customer, "standard").await;
    assert_eq!(waiter.await.unwrap().available.0, 250);
    books.close().await;
}
