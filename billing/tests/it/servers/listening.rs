//! Who waits is answered wherever it was settled, also when the news of it was lost.

use std::time::Duration;

use futures::future::join_all;

use super::{NEVER, OwnDatabase, are_told, have_looked, wait_at};
use crate::books::{Books, Database, deliver, event, paid};

/// What looks by itself, whoever waits: the inbox once a second, others every few seconds.
const ANYWAY: u64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn thousands_wait_at_two_servers_and_all_are_told() {
    let books = Books::open(Database::Postgres).await;
    let other = books.another_server().await;
    let servers = [&books.billing, &other];
    let mut orders = Vec::new();
    for n in 0..20 {
        let customer = books.customer(&format!("c{n}@shop.example")).await;
        orders.push(books.order(customer, "starter").await);
    }
    let mut waiters = Vec::new();
    for server in servers {
        // A part after the other: each looks once before it waits, over eight connections.
        for some in orders.chunks(5) {
            let before = server.reads();
            waiters.extend(some.iter().flat_map(|order| wait_at(server, order, 100)));
            have_looked(server, before, 500).await;
        }
    }
    let before = servers.map(|server| server.reads());
    tokio::time::sleep(Duration::from_secs(2)).await;
    for (server, before) in servers.iter().zip(before) {
        let reads = server.reads() - before;
        assert!(reads <= ANYWAY, "{reads} reads while everybody slept");
    }
    let deliveries = orders.iter().enumerate().map(|(n, order)| {
        let (server, clock) = (servers[n % 2], &books.clock);
        let event = event("payment_intent.succeeded", &paid(order));
        async move { deliver(server, clock, &event).await }
    });
    for delivered in join_all(deliveries).await {
        delivered.unwrap();
    }
    are_told(waiters).await;
    other.stop().await;
    books.close().await;
}

/// What changed while a server could not hear is read at once when it can again; and nothing else is.
#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_breaks_is_made_up_for() {
    let database = OwnDatabase::create().await;
    let books = Books::open_at(database.location(), |settings| {
        settings.listening.look_every = NEVER;
    })
    .await;
    let other = books
        .another_server_with(|settings| settings.listening.look_every = NEVER)
        .await;
    let ann = books.customer("ann@shop.example").await;
    let bob = books.customer("bob@shop.example").await;
    let (anns, bobs) = (
        books.order(ann, "starter").await,
        books.order(bob, "starter").await,
    );
    let before = other.reads();
    let waiters = wait_at(&other, &anns, 200);
    let idle = wait_at(&other, &bobs, 200);
    have_looked(&other, before, 400).await;
    let before = other.reads();
    database
        .execute(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and query ilike 'listen%'",
        )
        .await;
    let event = event("payment_intent.succeeded", &paid(&anns));
    books.deliver(&event).await.unwrap();
    are_told(waiters).await;
    let reads = other.reads() - before;
    assert!(reads <= 200 + ANYWAY, "{reads} reads for 200 who wait");
    assert!(idle.iter().all(|waiter| !waiter.is_finished()));
    other.begin_stop();
    for waiter in idle {
        assert!(waiter.await.unwrap().timed_out);
    }
    other.stop().await;
    books.close().await;
}

/// A server commits and nobody hears of it, whyever: who waits elsewhere is answered by a look.
#[tokio::test]
async fn a_notification_that_never_came_is_made_up_for() {
    let database = OwnDatabase::create().await;
    let books = Books::open_at(database.location(), |settings| {
        settings.listening.look_every = Duration::from_millis(200);
    })
    .await;
    let mute = "create function pg_notify(text, text) returns void language sql as ''";
    database.execute(mute).await;
    let finds_it = "options=-csearch_path%3Dpublic%2Cpg_catalog";
    let muted = books
        .another_server_with(|settings| {
            let url = format!("{}?{finds_it}", database.url);
            settings.database = url.parse().unwrap();
        })
        .await;
    let ann = books.customer("ann@shop.example").await;
    let order = books.order(ann, "starter").await;
    let waiters = wait_at(&books.billing, &order, 20);
    let seen = books.billing.balance(ann).await.unwrap().version;
    let server = books.billing.clone();
    let balance = tokio::spawn(async move { server.await_balance(ann, seen, super::LONG).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let event = event("payment_intent.succeeded", &paid(&order));
    deliver(&muted, &books.clock, &event).await.unwrap();
    are_told(waiters).await;
    assert_eq!(balance.await.unwrap().unwrap().available.0, 50);
    muted.stop().await;
    books.close().await;
}
