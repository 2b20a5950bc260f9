//! A payment on the gateway's own page: its events, read from files and in every order.

use std::time::Duration;

use billing::{
    gateway::{
        Meaning,
        stripe::{API_VERSION, event::meaning},
    },
    order::{CheckoutError, Order},
    transaction::{State, Way},
};
use futures::StreamExt;
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    books::{Books, Database, declined, event, intent, paid},
    fixtures::{fixture, understood},
    returns::{payment_of, refund},
    settle::permutations,
};

/// Until somebody pays, the payment has no name but that of its page.
#[rstest]
#[case("checkout.session.completed", "pi_3Qk8a0")]
#[case("checkout.session.expired", "cs_test_")]
fn the_payment_on_a_page_is_that_of_our_transaction(#[case] event: &str, #[case] named: &str) {
    let Meaning::Payment(payment) = understood(API_VERSION, event) else {
        panic!("{event} is no payment");
    };
    assert!(payment.reference.starts_with(named), "{payment:?}");
    assert!(payment.transaction.is_some(), "our id travels with it");
    assert_eq!(payment.way, Way(1));
}

#[rstest]
#[case("setup")]
#[case("subscription")]
fn a_page_that_takes_no_payment_is_ignored_with_a_reason(#[case] mode: &str) {
    let kind = "checkout.session.completed";
    let mut odd: Value = serde_json::from_str(&fixture(API_VERSION, kind)).unwrap();
    odd["data"]["object"]["mode"] = json!(mode);
    let ignored = meaning(kind, &odd.to_string()).unwrap();
    assert!(matches!(ignored, Meaning::Ignored(_)), "{ignored:?}");
}

/// An order whose customer went to the gateway's page. Nothing listens at these tests' gateway, so
/// the page itself is not there; what its events say is all that is ever heard.
async fn turned(books: &Books, email: &str) -> Order {
    let customer = books.customer(email).await;
    let order = books.order(customer, "starter").await;
    let opened = books.billing.open_page(&order).await;
    assert!(
        matches!(opened, Err(CheckoutError::Gateway(_))),
        "{opened:?}"
    );
    let order = books.billing.order(customer, order.id).await.unwrap();
    let order = order.unwrap();
    assert_eq!(order.transaction.way, Way(1));
    order
}

/// The same payment as one that was made on the page.
fn on_page(mut intent: Value) -> Value {
    intent["metadata"]["way"] = json!("1");
    intent
}

/// The page itself.
fn page(order: &Order, status: &str, payment_status: &str, has_payment: bool) -> Value {
    let amount = order.transaction.amount;
    let payment = has_payment.then(|| intent(order, "")["id"].clone());
    json!({
        "id": format!("cs_{}", order.transaction.id.0.simple()),
        "object": "checkout.session",
        "mode": "payment",
        "status": status,
        "payment_status": payment_status,
        "amount_total": amount.value,
        "currency": amount.currency.as_str(),
        "client_reference_id": order.transaction.id,
        "payment_intent": payment,
        "url": null,
        "metadata": { "transaction": order.transaction.id, "way": "1" },
    })
}

/// Tries all orders of so many events, some at a time: each waits for a gateway that is not there.
async fn in_every_order(places: &[usize], attempt: impl AsyncFn(usize, Vec<usize>)) {
    let orders = permutations(places).into_iter().enumerate();
    futures::stream::iter(orders)
        .for_each_concurrent(16, |(number, places)| attempt(number, places))
        .await;
}

/// A declined card, a challenge, and success; then everything once more.
#[rstest]
#[tokio::test]
async fn the_events_of_a_page_settle_the_same_in_every_order(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    in_every_order(&[0, 1, 2, 3, 4], async |number, places| {
        let order = turned(&books, &format!("c{number}@shop.example")).await;
        let events = [
            event(
                "payment_intent.payment_failed",
                &on_page(declined(&order, "generic_decline")),
            ),
            event(
                "payment_intent.requires_action",
                &on_page(intent(&order, "requires_action")),
            ),
            event("payment_intent.succeeded", &on_page(paid(&order))),
            event(
                "checkout.session.completed",
                &page(&order, "complete", "paid", true),
            ),
            // Of the card fields that were open before.
            event("payment_intent.canceled", &{
                let mut fields = intent(&order, "canceled");
                fields["id"] = json!(format!("pi_fields_{number}"));
                fields
            }),
        ];
        for place in places.iter().chain(&places) {
            books.deliver(&events[*place]).await.unwrap();
        }
        let done = books.until(&order, State::Succeeded).await.transaction;
        assert_eq!(done.reference.as_deref(), intent(&order, "")["id"].as_str());
        assert_eq!(done.review, None);
        assert_eq!(books.available(order.customer).await, 50);
    })
    .await;
    books.close().await;
}

/// Money that takes days.
#[rstest]
#[tokio::test]
async fn the_events_of_delayed_money_settle_the_same_in_every_order(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    in_every_order(&[0, 1, 2, 3], async |number, places| {
        let order = turned(&books, &format!("c{number}@shop.example")).await;
        let arrived = "checkout.session.async_payment_succeeded";
        let events = [
            event(
                "payment_intent.processing",
                &on_page(intent(&order, "processing")),
            ),
            event(
                "checkout.session.completed",
                &page(&order, "complete", "unpaid", true),
            ),
            event("payment_intent.succeeded", &on_page(paid(&order))),
            event(arrived, &page(&order, "complete", "paid", true)),
        ];
        for place in places.iter().chain(&places) {
            books.deliver(&events[*place]).await.unwrap();
        }
        books.until(&order, State::Succeeded).await;
        assert_eq!(books.available(order.customer).await, 50);
    })
    .await;
    books.quiet().await;
    books.close().await;
}

/// A page that ended: its order waits to be paid in another way, and nothing was charged.
#[rstest]
#[tokio::test]
async fn the_events_of_an_expired_page_end_the_same_in_every_order(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    in_every_order(&[0, 1, 2, 3], async |number, places| {
        let order = turned(&books, &format!("c{number}@shop.example")).await;
        let events = [
            event(
                "payment_intent.requires_action",
                &on_page(intent(&order, "requires_action")),
            ),
            event(
                "payment_intent.payment_failed",
                &on_page(declined(&order, "generic_decline")),
            ),
            event(
                "payment_intent.canceled",
                &on_page(intent(&order, "canceled")),
            ),
            event(
                "checkout.session.expired",
                &page(&order, "expired", "unpaid", number % 2 == 0),
            ),
        ];
        for place in places.iter().chain(&places) {
            books.deliver(&events[*place]).await.unwrap();
        }
        let ended = async || {
            let found = books.billing.order(order.customer, order.id).await.unwrap();
            found.unwrap().transaction
        };
        while ended().await.way != Way(2) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let transaction = ended().await;
        assert_eq!(transaction.state, State::Created);
        assert_eq!(transaction.reference, None);
        assert_eq!(transaction.failure, None);
    })
    .await;
    // What had to be asked about, and could not be, is old news by now.
    books.clock.advance(Duration::from_secs(3600));
    books.quiet().await;
    books.close().await;
}

/// What was paid in a way that was given up pays the order, as long as nothing else has; a second
/// payment goes to a person.
#[rstest]
#[tokio::test]
async fn what_was_paid_in_an_earlier_way_counts_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let order = turned(&books, "ann@shop.example").await;
    let fields = paid(&order);
    books
        .deliver(&event("payment_intent.succeeded", &fields))
        .await
        .unwrap();
    let first = books.until(&order, State::Succeeded).await.transaction;
    assert_eq!(first.review, None);
    assert_eq!(first.reference.as_deref(), fields["id"].as_str());
    let mut second = on_page(paid(&order));
    second["id"] = json!("pi_second");
    books
        .deliver(&event("payment_intent.succeeded", &second))
        .await
        .unwrap();
    books.quiet().await;
    let reviews = books.billing.attention().await.unwrap().reviews;
    assert_eq!(
        reviews[0].review.as_deref(),
        Some("a second payment, pi_second")
    );
    assert_eq!(books.available(order.customer).await, 50);
    books.close().await;
}

/// Another amount than is due goes to a person, and what is given back of it is known.
#[rstest]
#[tokio::test]
async fn another_amount_in_an_earlier_way_is_known_by_its_refunds(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let order = turned(&books, "ann@shop.example").await;
    let mut fields = paid(&order);
    fields["amount_received"] = json!(700);
    let given_back = refund(&order, 1, 700, "succeeded");
    for event in [
        event("payment_intent.succeeded", &fields),
        event("refund.created", &given_back),
    ] {
        books.deliver(&event).await.unwrap();
    }
    books.quiet().await;
    let reviews = books.billing.attention().await.unwrap().reviews;
    assert_eq!(
        reviews[0].review.as_deref(),
        Some("$7.00 were received instead of $5.00")
    );
    assert_eq!(reviews[0].reference, Some(payment_of(&order)));
    assert_eq!(books.available(order.customer).await, 0);
    books.close().await;
}

/// The page's success may overtake the commit that turned to it, on another server.
#[rstest]
#[tokio::test]
async fn a_success_that_comes_before_its_order_waits_for_it(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let elsewhere = Books::open(database).await;
    let early = turned(&elsewhere, "bob@shop.example").await;
    let done = event(
        "checkout.session.completed",
        &page(&early, "complete", "paid", true),
    );
    books.deliver(&done).await.unwrap();
    let parked = loop {
        let events = books.billing.attention().await.unwrap().events;
        match events.first() {
            Some(event) => break event.clone(),
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    let reason = parked.reason.as_deref();
    assert_eq!(reason, Some("its transaction is not there yet"));
    assert_eq!(books.available(customer).await, 0);
    elsewhere.deliver(&done).await.unwrap();
    elsewhere.until(&early, State::Succeeded).await;
    elsewhere.close().await;
    books.close().await;
}

/// Two servers turn the same order to a page at once: there is one page to ask for.
#[rstest]
#[tokio::test]
async fn two_servers_turn_to_one_page(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let other = books.another_server().await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    let clicks = (0..8).map(|click| match click % 2 {
        0 => books.billing.open_page(&order),
        _ => other.open_page(&order),
    });
    for opened in futures::future::join_all(clicks).await {
        assert!(
            matches!(opened, Err(CheckoutError::Gateway(_))),
            "{opened:?}"
        );
    }
    let order = books
        .billing
        .order(customer, order.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(order.transaction.way, Way(1));
    other.stop().await;
    books.close().await;
}
