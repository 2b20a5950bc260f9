use std::time::Duration;

use billing::{
    Error,
    id::CustomerId,
    inbox::Refused,
    ledger::{Gift, NewHold, Spend, Spent},
    store::Location,
};
use futures::future::join_all;
use sqlx::{Connection, PgConnection};

use crate::{
    books::{Books, Database, credits, event, fresh, paid},
    proxy::Proxy,
    servers::{OwnDatabase, execute},
};

const PATIENCE: Duration = Duration::from_secs(20);

/// Books whose PostgreSQL is reached over a wire that can be cut.
async fn behind_a_proxy() -> (Books, Proxy) {
    let (Location::Postgres(url), _) = fresh(Database::Postgres).await else {
        panic!("it is no file");
    };
    let proxy = Proxy::in_front_of(&url).await;
    let location = Location::Postgres(proxy.url.clone());
    (Books::open_at(location, |_| ()).await, proxy)
}

async fn given(books: &Books, amount: i64) -> CustomerId {
    let ann = books.customer("ann@shop.example").await;
    books
        .billing
        .give(gift(ann, amount, "Welcome"))
        .await
        .unwrap();
    ann
}

fn gift(customer: CustomerId, amount: i64, note: &str) -> Gift {
    Gift {
        customer,
        amount: credits(amount),
        note: note.to_owned(),
        starts_at: None,
        expires_at: None,
        priority: 0,
        key: note.to_owned(),
    }
}

/// The answer to the commit that writes this text is lost, and the wish is repeated.
async fn repeated<T, E>(proxy: &Proxy, text: &str, wish: impl AsyncFn() -> Result<T, E>) -> T {
    proxy.cut_at_commit_of(text);
    let (lost, ()) = tokio::join!(wish(), proxy.is_cut());
    assert!(lost.is_err(), "{text}: it was answered");
    proxy.mend();
    let answered = async {
        loop {
            match wish().await {
                Ok(answer) => return answer,
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, answered).await.expect(text)
}

#[tokio::test]
async fn a_wish_whose_answer_was_lost_comes_true_once() {
    let (books, proxy) = behind_a_proxy().await;
    let ann = given(&books, 100).await;
    let billing = &books.billing;

    let spend = Spend {
        customer: ann,
        amount: credits(3),
        note: "a spend".to_owned(),
        key: "1".to_owned(),
    };
    let spent = repeated(&proxy, "a spend", async || {
        billing.spend(spend.clone()).await
    })
    .await;
    assert!(matches!(spent, Spent::Done(_)), "{spent:?}");
    assert_eq!(books.available(ann).await, 97);

    let hold = NewHold {
        customer: ann,
        amount: credits(5),
        note: "a hold".to_owned(),
        lifetime: Duration::from_secs(3600),
        key: "1".to_owned(),
    };
    let held = repeated(&proxy, "a hold", async || billing.hold(hold.clone()).await).await;
    assert!(matches!(held, Spent::Done(_)));
    assert_eq!(books.available(ann).await, 92);

    let wish = async || billing.give(gift(ann, 10, "a gift")).await;
    repeated(&proxy, "a gift", wish).await;
    assert_eq!(books.available(ann).await, 102);

    let pack = billing.catalog().pack("starter").unwrap().clone();
    let wish = async || {
        let back = Some("/an-order".to_owned());
        billing.place_order(ann, &pack, back).await
    };
    let order = repeated(&proxy, "/an-order", wish).await;
    assert_eq!(books.number("select count(*) from orders").await, 1);

    let event = event("payment_intent.succeeded", &paid(&order));
    let name = event["id"].as_str().unwrap();
    repeated(&proxy, name, async || books.deliver(&event).await).await;
    assert_eq!(books.available(ann).await, 152);
    books.close().await;
}

#[tokio::test]
async fn metrics_tell_nothing_of_a_database_that_is_away() {
    let (books, proxy) = behind_a_proxy().await;
    let metrics = async || {
        let mut text = String::new();
        let looked = books.billing.write_metrics(&mut text).await;
        (looked.is_ok(), text)
    };
    let (looked, text) = metrics().await;
    assert!(
        looked && text.contains("\ntender_database_up 1\n"),
        "{text}"
    );
    assert!(
        text.contains("\ntender_backlog{queue=\"inbox\"} 0\n"),
        "{text}"
    );
    proxy.cut();
    let (looked, text) = metrics().await;
    assert!(
        !looked && text.contains("\ntender_database_up 0\n"),
        "{text}"
    );
    for gone in [
        "\ntender_backlog",
        "\ntender_trouble",
        "\ntender_events_compared",
    ] {
        assert!(!text.contains(gone), "{text}");
    }
    proxy.mend();
    let (_, text) = metrics().await;
    assert!(
        text.contains("\ntender_backlog{queue=\"inbox\"} 0\n"),
        "{text}"
    );
    books.close().await;
}

/// Nothing is accepted that is not kept, what is there can be read, and nobody need do anything
/// afterwards.
async fn refuses_and_recovers(books: Books, breaks: impl AsyncFn(), mends: impl AsyncFn()) {
    let ann = given(&books, 100).await;
    let order = books.order(ann, "starter").await;
    let event = event("payment_intent.succeeded", &paid(&order));
    let spend = Spend {
        customer: ann,
        amount: credits(3),
        note: "a spend".to_owned(),
        key: "1".to_owned(),
    };
    breaks().await;
    for _ in 0..3 {
        let refused = books.deliver(&event).await.unwrap_err();
        assert!(matches!(refused, Refused::Other(_)), "{refused}");
        books.billing.spend(spend.clone()).await.unwrap_err();
        let pack = books.billing.catalog().pack("standard").unwrap().clone();
        let ordered = books.billing.place_order(ann, &pack, None).await;
        ordered.unwrap_err();
    }
    assert_eq!(books.available(ann).await, 100);
    assert_eq!(books.number("select count(*) from inbox").await, 0);

    mends().await;
    let accepted = async {
        while books.deliver(&event).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, accepted).await.unwrap();
    books.deliver(&event).await.unwrap();
    books.billing.spend(spend).await.unwrap();
    books.order(ann, "standard").await;
    assert_eq!(books.available(ann).await, 147);
    books.close().await;
}

#[tokio::test]
async fn a_database_that_only_reads_is_admitted_and_waited_for() {
    let database = OwnDatabase::create().await;
    let books = Books::open_at(database.location(), |_| ()).await;
    let cluster = std::env::var("TENDER_TEST_POSTGRES").unwrap();
    let (_, name) = database.url.rsplit_once('/').unwrap();
    let only_reads = async |is_so: &str| {
        let set = format!("alter database {name} set default_transaction_read_only = {is_so}");
        execute(&cluster, set).await;
        let end_all = format!(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
        );
        execute(&cluster, end_all).await;
    };
    refuses_and_recovers(
        books,
        async || only_reads("on").await,
        async || {
            only_reads("off").await;
        },
    )
    .await;
}

/// PostgreSQL says so with an error of this class, whichever of its files cannot grow.
#[tokio::test]
async fn a_full_disk_of_postgresql_is_admitted_and_waited_for() {
    let (location, _) = fresh(Database::Postgres).await;
    let books = Books::open_at(location.clone(), |_| ()).await;
    let beside = Books::quietly_at(location, |_| ()).await;
    let full = "create function is_full() returns trigger language plpgsql as
          $$ begin raise exception 'could not extend file: No space left on device'
             using errcode = 'disk_full'; end $$;
        create trigger is_full before insert on inbox execute function is_full();
        create trigger is_full before insert on orders execute function is_full();
        create trigger is_full before insert on transfers execute function is_full()";
    refuses_and_recovers(
        books,
        async || beside.execute(full).await,
        async || {
            beside.execute("drop function is_full cascade").await;
        },
    )
    .await;
    beside.close().await;
}

/// More want to read than there are connections, and those do not come back: who gets none is told so,
/// and all is well as soon as they do.
#[tokio::test]
async fn a_pool_that_is_exhausted_refuses_and_recovers() {
    let books = Books::open(Database::Postgres).await;
    let ann = books.customer("ann@shop.example").await;
    let order = books.order(ann, "starter").await;
    let id = order.transaction.id;
    let Location::Postgres(url) = &books.location else {
        panic!("it is no file");
    };
    let mut other = PgConnection::connect(url).await.unwrap();
    let lock = "begin; lock table transactions in access exclusive mode";
    sqlx::raw_sql(lock).execute(&mut other).await.unwrap();
    let billing = &books.billing;
    let reads = join_all((0..30).map(|_| async {
        let read = billing.transaction(ann, id).await;
        match read {
            Ok(found) => Ok(found.is_some()),
            Err(Error::Store(sqlx::Error::PoolTimedOut)) => Err(()),
            Err(error) => panic!("{error}"),
        }
    }));
    let unlocked = async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        sqlx::raw_sql("rollback").execute(&mut other).await.unwrap();
    };
    let (reads, ()) = tokio::join!(reads, unlocked);
    let refused = reads.iter().filter(|read| read.is_err()).count();
    assert!((1..30).contains(&refused), "{refused}");
    assert!(reads.iter().all(|read| *read != Ok(false)));

    let event = event("payment_intent.succeeded", &paid(&order));
    books.deliver(&event).await.unwrap();
    assert_eq!(books.available(ann).await, 50);
    other.close().await.unwrap();
    books.close().await;
}
