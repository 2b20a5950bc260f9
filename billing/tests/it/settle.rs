use std::time::Duration;

use billing::{inbox::EventStatus, order::OrderStatus, transaction::State};
use rstest::rstest;
use serde_json::json;

use crate::books::{Books, Database, declined, event, intent, paid};

#[rstest]
#[tokio::test]
async fn a_late_failure_changes_nothing_after_a_success(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let before = books.until(&order, State::Succeeded).await.transaction;
    for kind in [
        "payment_failed",
        "requires_action",
        "processing",
        "canceled",
    ] {
        let late = match kind {
            "payment_failed" => declined(&order, "generic_decline"),
            kind => intent(&order, kind),
        };
        books
            .deliver(&event(&format!("payment_intent.{kind}"), &late))
            .await
            .unwrap();
    }
    // A second event about the same success, under another id.
    books
        .deliver(&event("payment_intent.succeeded", &paid(&order)))
        .await
        .unwrap();
    books.quiet().await;
    let after = books.until(&order, State::Succeeded).await.transaction;
    assert_eq!(before, after);
    assert_eq!(books.available(customer).await, 50);
    let order = books
        .billing
        .order(customer, order.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(order.status, OrderStatus::Paid);
    books.close().await;
}

/// All orders of the events of a declined and then a paid card end in the same.
#[rstest]
#[tokio::test]
async fn events_settle_the_same_in_every_order(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    for (number, order_of_events) in permutations(&[0, 1, 2, 3]).into_iter().enumerate() {
        let customer = books.customer(&format!("c{number}@shop.example")).await;
        let order = books.order(customer, "starter").await;
        let events = [
            event(
                "payment_intent.requires_action",
                &intent(&order, "requires_action"),
            ),
            event(
                "payment_intent.payment_failed",
                &declined(&order, "generic_decline"),
            ),
            event("payment_intent.processing", &intent(&order, "processing")),
            event("payment_intent.succeeded", &paid(&order)),
        ];
        for place in order_of_events {
            books.deliver(&events[place]).await.unwrap();
        }
        books.until(&order, State::Succeeded).await;
        assert_eq!(books.available(customer).await, 50);
    }
    books.close().await;
}

pub fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let with_first = |&first: &usize| {
        let rest: Vec<_> = items
            .iter()
            .copied()
            .filter(|item| *item != first)
            .collect();
        permutations(&rest)
            .into_iter()
            .map(move |tail| [vec![first], tail].concat())
    };
    items.iter().flat_map(with_first).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_event_a_thousand_times_at_once_grants_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    let event = event("payment_intent.succeeded", &paid(&order));
    let deliveries = (0..1000).map(|_| books.deliver(&event));
    for stored in futures::future::join_all(deliveries).await {
        stored.unwrap();
    }
    books.until(&order, State::Succeeded).await;
    books.quiet().await;
    assert_eq!(books.available(customer).await, 50);
    assert_eq!(
        books
            .billing
            .statement(customer, None, 10)
            .await
            .unwrap()
            .len(),
        1
    );
    books.close().await;
}

#[rstest]
#[case::amount_is_less(json!({ "amount_received": 499 }))]
#[case::amount_is_more(json!({ "amount_received": 501 }))]
#[case::nothing_was_received(json!({ "amount_received": 0 }))]
#[case::currency_differs(json!({ "currency": "eur" }))]
#[tokio::test]
async fn what_differs_from_the_order_goes_to_review(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] difference: serde_json::Value,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    let mut odd = paid(&order);
    for (field, value) in difference.as_object().unwrap() {
        odd[field] = value.clone();
    }
    books
        .deliver(&event("payment_intent.succeeded", &odd))
        .await
        .unwrap();
    let transaction = books.until(&order, State::Processing).await.transaction;
    assert!(
        transaction
            .review
            .is_some_and(|why| why.contains("instead of $5.00"))
    );
    // What comes later does not talk a person out of looking.
    books
        .deliver(&event("payment_intent.succeeded", &paid(&order)))
        .await
        .unwrap();
    books.quiet().await;
    assert_eq!(books.available(customer).await, 0);
    let attention = books.billing.attention().await.unwrap();
    assert_eq!(attention.reviews.len(), 1);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn a_second_payment_of_one_order_goes_to_review(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let mut second = paid(&order);
    second["id"] = json!("pi_second");
    books
        .deliver(&event("payment_intent.succeeded", &second))
        .await
        .unwrap();
    books.quiet().await;
    assert_eq!(books.available(customer).await, 50);
    let attention = books.billing.attention().await.unwrap();
    assert_eq!(
        attention.reviews[0].review.as_deref(),
        Some("a second payment, pi_second")
    );
    books.close().await;
}

/// A success may overtake our own commit: its event waits for the transaction.
#[rstest]
#[tokio::test]
async fn an_event_waits_for_its_transaction(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    // An order whose rows are not there: its ids belong to another database.
    let elsewhere = Books::open(database).await;
    let stranger = elsewhere.customer("bob@shop.example").await;
    let early = elsewhere.order(stranger, "starter").await;

    books
        .deliver(&event("payment_intent.succeeded", &paid(&early)))
        .await
        .unwrap();
    let parked = loop {
        let events = books.billing.attention().await.unwrap().events;
        match events.first() {
            Some(event) => break event.clone(),
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    assert_eq!(parked.status, EventStatus::Parked);
    assert_eq!(
        parked.reason.as_deref(),
        Some("its transaction is not there yet")
    );

    // Now the transaction knows that payment, as if our commit had been late.
    let mut late = paid(&early);
    late["metadata"]["transaction"] = json!(order.transaction.id);
    books
        .deliver(&event("payment_intent.processing", &{
            let mut processing = late.clone();
            processing["status"] = json!("processing");
            processing
        }))
        .await
        .unwrap();
    books.clock.advance(Duration::from_secs(10));
    books.until(&order, State::Succeeded).await;
    books.quiet().await;
    assert_eq!(books.available(customer).await, 50);
    elsewhere.close().await;
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn what_is_not_ours_is_kept_and_ignored(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    let mut foreign = paid(&order);
    foreign["metadata"] = json!({});
    for odd in [
        event("payment_intent.succeeded", &foreign),
        event("customer.created", &json!({ "id": "cus_1" })),
        event("something.unheard_of", &json!(null)),
    ] {
        books.deliver(&odd).await.unwrap();
    }
    books.quiet().await;
    assert_eq!(books.available(customer).await, 0);
    assert!(books.billing.attention().await.unwrap().events.is_empty());
    books.close().await;
}

/// An event that we act on and cannot read stays visible, and is tried again.
#[rstest]
#[tokio::test]
async fn what_cannot_be_read_stays_visible(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let odd = event(
        "payment_intent.succeeded",
        &json!({ "id": "pi_1", "status": "dancing" }),
    );
    books.deliver(&odd).await.unwrap();
    let failed = loop {
        let events = books.billing.attention().await.unwrap().events;
        match events.first() {
            Some(event) if event.attempts > 1 => break event.clone(),
            _ => {
                books.clock.advance(Duration::from_secs(1));
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    };
    assert_eq!(failed.status, EventStatus::Failed);
    assert!(failed.reason.is_some_and(|why| why.contains("dancing")));
    books.close().await;
}
