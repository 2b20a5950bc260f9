//! Through a pooler that lends a connection for one transaction at a time, past which the servers hear
//! each other and bring the schema up to date.

use std::time::Duration;

use billing::{
    Billing, Error,
    ledger::{Spend, Spent},
    store::{Listening, Location},
};
use futures::future::join_all;

use super::{NEVER, OwnDatabase, are_told, wait_at};
use crate::books::{Books, credits, event, paid, settings};

fn past_pooler(database: &OwnDatabase) -> Listening {
    Listening {
        url: Some(database.url.clone()),
        look_every: NEVER,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_share_a_pooler() {
    let database = OwnDatabase::create().await;
    let books = Books::open_at(database.through_pooler(), |settings| {
        settings.listening = past_pooler(&database);
    })
    .await;
    let other = books
        .another_server_with(|settings| settings.listening = past_pooler(&database))
        .await;

    let ann = books.customer("ann@shop.example").await;
    let order = books.order(ann, "standard").await;
    let waiters = wait_at(&other, &order, 50);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let paid = event("payment_intent.succeeded", &paid(&order));
    books.deliver(&paid).await.unwrap();
    are_told(waiters).await;
    assert_eq!(other.balance(ann).await.unwrap().available.0, 250);

    // More than there is, at both servers at once.
    let spends = (0..300).map(|n: usize| {
        let server = [&books.billing, &other][n % 2];
        server.spend(Spend {
            customer: ann,
            amount: credits(1),
            note: "test".to_owned(),
            key: n.to_string(),
        })
    });
    let spent = join_all(spends).await.into_iter().map(Result::unwrap);
    let done = spent.filter(|spent| matches!(spent, Spent::Done(_)));
    assert_eq!(done.count(), 250);
    assert_eq!(books.available(ann).await, 0);
    books.buy(ann, "starter").await;
    other.checkpoint(Duration::ZERO).await.unwrap().unwrap();
    books.billing.sweep().await.unwrap();

    let mine = "select count(*) from pg_stat_activity where datname = current_database()";
    let connections = database.count(mine).await;
    // The pooler lends four; two listen, and one counts.
    assert!(connections <= 7, "{connections} connections");
    other.stop().await;
    books.close().await;
}

/// A server that would not hear the others does not start, and touches nothing.
#[tokio::test]
async fn who_would_hear_nothing_does_not_start() {
    let (database, another) = (OwnDatabase::create().await, OwnDatabase::create().await);
    let start = async |location: Location, url: Option<&str>| {
        let mut settings = settings(&location, &Default::default());
        settings.listening.url = url.map(str::to_owned);
        Billing::open(settings).await.err().expect("it started")
    };
    let (only_pooler, pooler_twice, elsewhere, nowhere) = tokio::join!(
        start(database.through_pooler(), None),
        start(database.through_pooler(), Some(&database.pooled)),
        start(database.through_pooler(), Some(&another.url)),
        start(
            database.through_pooler(),
            Some("postgres://postgres@127.0.0.1:9/tender")
        ),
    );
    for refused in [only_pooler, pooler_twice, elsewhere] {
        assert!(matches!(refused, Error::Deaf), "{refused}");
    }
    assert!(matches!(nowhere, Error::Listen(_)), "{nowhere}");
    for database in [database, another] {
        let tables = "select count(*) from pg_tables where schemaname = 'public'";
        assert_eq!(database.count(tables).await, 0);
    }
}
