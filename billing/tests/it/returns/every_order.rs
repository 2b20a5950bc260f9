//! Whatever is told of refunds and disputes, and in whatever order, it ends in the same books.

use billing::{id::CustomerId, order::Order};
use rstest::rstest;
use serde_json::Value;

use super::{Has, dispute, refund};
use crate::{
    books::{Books, Database, deliver, event},
    settle::permutations,
};

/// What happens to a payment at its gateway, in the order in which it happens there.
fn stories(order: &Order) -> [Vec<Value>; 3] {
    let refund_event = |kind: &str, number, amount, status: &str| {
        event(
            &format!("refund.{kind}"),
            &refund(order, number, amount, status),
        )
    };
    let dispute_event = |kind: &str, number, amount, status: &str| {
        let object = dispute(order, number, amount, status);
        event(&format!("charge.dispute.{kind}"), &object)
    };
    [
        // Parts that do not divide evenly, one of which comes back, then a lost dispute.
        vec![
            refund_event("created", 1, 133, "pending"),
            refund_event("created", 2, 57, "succeeded"),
            refund_event("failed", 1, 133, "failed"),
            dispute_event("closed", 3, 443, "lost"),
        ],
        // A dispute of everything, though a part was refunded, is won; then the rest is refunded.
        vec![
            refund_event("created", 1, 166, "succeeded"),
            dispute_event("funds_withdrawn", 2, 500, "under_review"),
            dispute_event("closed", 2, 500, "won"),
            refund_event("created", 3, 334, "succeeded"),
        ],
        // An inquiry is answered by a refund; another dispute of the same money follows and is lost.
        vec![
            dispute_event("created", 1, 250, "warning_needs_response"),
            event("charge.refund.updated", &refund(order, 2, 250, "succeeded")),
            dispute_event("closed", 1, 250, "warning_closed"),
            dispute_event("closed", 4, 500, "lost"),
        ],
    ]
}

/// All that can be seen of it afterwards.
type Seen = (
    Has,
    Vec<(&'static str, i64, i64, i64)>,
    Vec<(&'static str, i64, i64, i64, i64)>,
);

async fn seen(books: &Books, customer: CustomerId, order: &Order) -> Seen {
    (
        books.has(customer).await,
        books.refunds(order).await,
        books.disputes(order).await,
    )
}

/// Buys, spends some, and hears of a story in this order.
async fn hear(books: &Books, email: &str, story: usize, order_of_events: &[usize]) -> Seen {
    let customer = books.customer(email).await;
    let order = books.buy(customer, "starter").await;
    books.spend(customer, 17).await;
    let events = &stories(&order)[story];
    for place in order_of_events {
        books.deliver(&events[*place]).await.unwrap();
        books.hold().await;
    }
    seen(books, customer, &order).await
}

#[rstest]
#[tokio::test]
async fn every_order_of_events_ends_in_the_same_books(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[values(0, 1, 2)] story: usize,
) {
    let books = Books::open(database).await;
    let as_it_happened = hear(&books, "first@shop.example", story, &[0, 1, 2, 3]).await;
    for (number, order_of_events) in permutations(&[0, 1, 2, 3]).into_iter().enumerate() {
        let email = format!("c{number}@shop.example");
        let end = hear(&books, &email, story, &order_of_events).await;
        assert_eq!(end, as_it_happened, "{order_of_events:?}");
    }
    books.close().await;
}

/// Two servers hear everything at once, many times over: they take turns at the customer's books.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_hear_all_of_it_at_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let servers = [books.billing.clone(), books.another_server().await];
    for story in 0..3 {
        let customer = books.customer(&format!("c{story}@shop.example")).await;
        let order = books.buy(customer, "starter").await;
        books.spend(customer, 17).await;
        let deliveries = (0..12).flat_map(|round: usize| {
            let (server, books) = (&servers[round % 2], &books);
            let told = stories(&order)[story].clone();
            told.into_iter().map(move |event| async move {
                deliver(server, &books.clock, &event).await.unwrap();
            })
        });
        futures::future::join_all(deliveries).await;
        books.quiet().await;
        books.hold().await;
        let in_order = hear(
            &books,
            &format!("o{story}@shop.example"),
            story,
            &[0, 1, 2, 3],
        )
        .await;
        assert_eq!(seen(&books, customer, &order).await, in_order);
    }
    servers[1].stop().await;
    books.close().await;
}
