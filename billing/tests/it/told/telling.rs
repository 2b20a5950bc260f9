//! What is written down, and when.

use std::time::Duration;

use billing::{
    events::EventType,
    id::CustomerId,
    ledger::{NewHold, Spend, Spent},
};
use rstest::rstest;
use serde_json::json;

use crate::books::{Books, Database, credits, event, paid};

#[rstest]
#[tokio::test]
async fn a_purchase_is_told_once_however_often_we_hear_of_it(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let other = books.another_server().await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    assert_eq!(books.told_types(customer).await, [""; 0]);
    let news = event("payment_intent.succeeded", &paid(&order));
    let again = event("payment_intent.succeeded", &paid(&order));
    for news in [&news, &news, &again] {
        books.deliver(news).await.unwrap();
        crate::books::deliver(&other, &books.clock, news)
            .await
            .unwrap();
    }
    books.quiet().await;

    let told = books.told(customer).await;
    let types: Vec<_> = told.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(types, ["order.paid", "credits.granted"]);
    let (paid, granted) = (&told[0].data, &told[1].data);
    assert_eq!(paid["id"], json!(order.id));
    assert_eq!(paid["transaction"], json!(order.transaction.id));
    assert_eq!(paid["amount"], json!({ "value": 500, "currency": "usd" }));
    assert_eq!(
        (&granted["amount"], &granted["kind"]),
        (&json!(50), &json!("purchase"))
    );
    assert_eq!(granted["customer"], json!(customer));
    other.stop().await;
    books.close().await;
}

/// The database refuses the last step of a settle: nothing of it is there, and nothing was told.
#[rstest]
#[tokio::test]
async fn a_settle_that_is_undone_tells_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    books
        .execute(match database {
            Database::Sqlite => {
                "create trigger no_lots before insert on lots begin select raise(abort, 'no'); end"
            }
            Database::Postgres => {
                "create trigger no_lots before insert on lots
                 for each statement execute function refuse('no')"
            }
        })
        .await;
    let news = event("payment_intent.succeeded", &paid(&order));
    books.deliver(&news).await.unwrap();
    assert_eq!(books.told_types(customer).await, [""; 0]);

    books
        .execute(match database {
            Database::Sqlite => "drop trigger no_lots",
            Database::Postgres => "drop trigger no_lots on lots",
        })
        .await;
    books.clock.advance(Duration::from_secs(3600));
    books.quiet().await;
    assert_eq!(
        books.told_types(customer).await,
        ["order.paid", "credits.granted"]
    );
    books.close().await;
}

async fn hold(books: &Books, customer: CustomerId, amount: i64) -> billing::id::HoldId {
    let wish = NewHold {
        customer,
        amount: credits(amount),
        note: "film".to_owned(),
        lifetime: Duration::from_secs(600),
        key: billing::id::TransactionId::new().to_string(),
    };
    match books.billing.hold(wish).await.unwrap() {
        Spent::Done(hold) => hold.id,
        short => panic!("{short:?}"),
    }
}

#[rstest]
#[tokio::test]
async fn few_credits_and_none_are_told_exactly_when_it_becomes_so(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    books.give(customer, 20).await;
    let mut known = 1;
    let mut news = async || {
        let types = books.told_types(customer).await.split_off(known);
        known += types.len();
        types
    };

    books.spend(customer, 10).await;
    assert_eq!(news().await, [""; 0], "10 are not below 10");
    let held = hold(&books, customer, 1).await;
    assert_eq!(news().await, ["credits.low"]);
    let spend = Spend {
        customer,
        amount: credits(4),
        note: "picture".to_owned(),
        key: "again".to_owned(),
    };
    books.billing.spend(spend.clone()).await.unwrap();
    assert_eq!(news().await, [""; 0], "it was low before");
    hold(&books, customer, 5).await;
    assert_eq!(news().await, ["credits.exhausted"]);
    books.billing.spend(spend).await.unwrap();
    assert_eq!(news().await, [""; 0], "the same wish");
    let refused = books.billing.spend(Spend {
        customer,
        amount: credits(1),
        note: "picture".to_owned(),
        key: "too much".to_owned(),
    });
    assert!(matches!(refused.await.unwrap(), Spent::Insufficient { .. }));
    assert_eq!(news().await, [""; 0], "nothing was taken");

    // Both at once; and again, whenever there was more meanwhile.
    books.billing.release_hold(held).await.unwrap();
    assert_eq!(news().await, [""; 0]);
    books.give(customer, 9).await;
    books.spend(customer, 10).await;
    assert_eq!(
        news().await,
        ["credits.granted", "credits.low", "credits.exhausted"]
    );
    let low = books.told_of(customer, EventType::CreditsLow).await;
    assert_eq!(low[0].data["available"], json!(9));
    assert_eq!(low[1].data["available"], json!(0));
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn without_a_level_only_the_last_credit_is_told_of(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open_with(database, |settings| settings.credits_low = credits(0)).await;
    let customer = books.customer("ann@shop.example").await;
    books.give(customer, 20).await;
    books.spend(customer, 19).await;
    books.spend(customer, 1).await;
    assert_eq!(
        books.told_types(customer).await,
        ["credits.granted", "credits.exhausted"]
    );
    books.close().await;
}

/// Everybody's events, or one customer's; all, or of one type; page by page.
#[rstest]
#[tokio::test]
async fn events_are_listed_newest_first(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    let bob = books.customer("bob@shop.example").await;
    for (customer, amount) in [(ann, 20), (bob, 30), (ann, 5)] {
        books.give(customer, amount).await;
    }
    books.spend(ann, 25).await;
    let list = async |kind, customer, before, limit| {
        let events = books.billing.list_events(kind, customer, before, limit);
        let told = events.await.unwrap().into_iter();
        let words = |event: billing::events::Event| (event.id, event.kind.as_str());
        told.map(words).unzip::<_, _, Vec<_>, Vec<_>>()
    };
    let granted = Some(EventType::CreditsGranted);
    assert_eq!(list(granted, None, None, 10).await.1.len(), 3);
    assert_eq!(list(granted, Some(bob), None, 10).await.1.len(), 1);
    assert_eq!(
        list(Some(EventType::OrderPaid), None, None, 10).await.1,
        [""; 0]
    );
    let (ids, types) = list(None, Some(ann), None, 3).await;
    assert_eq!(
        types,
        ["credits.exhausted", "credits.low", "credits.granted"]
    );
    let (rest, types) = list(None, Some(ann), Some(ids[2]), 3).await;
    assert_eq!(types, ["credits.granted"]);
    assert!(rest[0] < ids[2]);
    assert_eq!(list(None, None, None, 10).await.1.len(), 5);
    books.close().await;
}
