use std::time::Duration;

use billing::{document::Receipt, id::CustomerId, order::Order, transaction::State};
use jiff::{Timestamp, tz::TimeZone};
use rstest::rstest;
use uuid::Uuid;

use crate::books::{Books, Database, declined, event, paid};

async fn receipt(books: &Books, order: &Order) -> Option<Receipt> {
    let found = books.billing.receipt(order.customer, order.transaction.id);
    found.await.unwrap()
}

async fn customers(books: &Books, count: usize) -> Vec<CustomerId> {
    let mut customers = Vec::new();
    for number in 0..count {
        let email = format!("c{number}@shop.example");
        customers.push(books.customer(&email).await);
    }
    customers
}

#[rstest]
#[tokio::test]
async fn a_settled_sale_has_a_receipt_and_nothing_else_has(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    let bob = books.customer("bob@shop.example").await;
    let order = books.order(ann, "starter").await;
    assert!(receipt(&books, &order).await.is_none());
    let failed = event("payment_intent.payment_failed", &declined(&order, "stolen"));
    books.deliver(&failed).await.unwrap();
    books.until(&order, State::Failed).await;
    assert!(receipt(&books, &order).await.is_none());

    let bought = books.buy(ann, "starter").await;
    let first = receipt(&books, &bought).await.unwrap();
    let now = Timestamp::from(books.clock.now()).to_zoned(TimeZone::UTC);
    assert_eq!(first.document.to_string(), format!("{}-000001", now.year()));
    assert_eq!(first.email.as_deref(), Some("ann@shop.example"));
    let others = books.billing.receipt(bob, bought.transaction.id).await;
    assert!(others.unwrap().is_none(), "it is the customer's alone");

    // The same payment told again gets no second number.
    let again = event("payment_intent.succeeded", &paid(&bought));
    books.deliver(&again).await.unwrap();
    books.quiet().await;
    assert_eq!(
        receipt(&books, &bought).await.unwrap().document,
        first.document
    );

    // With nothing due there is a receipt that says so; a gift is no sale.
    let free = books.order(bob, "starter").await;
    books.billing.apply_coupon(&free, "friend").await.unwrap();
    let second = receipt(&books, &free).await.unwrap();
    assert_eq!(second.document.number, 2);
    assert_eq!(second.redemption.unwrap().discount.value, 500);
    let gift = books.billing.redeem(bob, "welcome", Uuid::new_v4()).await;
    let gift = books.billing.receipt(bob, gift.unwrap().id).await.unwrap();
    assert!(gift.is_none());
    books.close().await;
}

/// Payments that settle at once, on two servers, next to some that fail.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn receipts_are_numbered_without_a_gap(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let second = match database {
        Database::Sqlite => books.billing.clone(),
        Database::Postgres => books.another_server().await,
    };
    let mut orders = Vec::new();
    for customer in customers(&books, 24).await {
        orders.push(books.order(customer, "starter").await);
    }
    let deliveries = orders.iter().enumerate().map(|(number, order)| {
        let server = [&books.billing, &second][number % 2];
        let told = match number % 4 {
            3 => event("payment_intent.payment_failed", &declined(order, "stolen")),
            _ => event("payment_intent.succeeded", &paid(order)),
        };
        let clock = &books.clock;
        async move { crate::books::deliver(server, clock, &told).await }
    });
    for stored in futures::future::join_all(deliveries).await {
        stored.unwrap();
    }
    books.quiet().await;
    // All at once: each would ask the gateway, which does not answer, about its card.
    let receipts = orders.iter().map(|order| receipt(&books, order));
    let receipts = futures::future::join_all(receipts).await;
    let numbers = receipts.into_iter().flatten().map(|it| it.document.number);
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=18).collect::<Vec<_>>());
    if let Database::Postgres = database {
        second.stop().await;
    }
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn each_year_counts_from_one(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    let first = books.buy(ann, "starter").await;
    books.clock.advance(Duration::from_secs(366 * 24 * 3600));
    let second = books.buy(ann, "starter").await;
    let first = receipt(&books, &first).await.unwrap().document;
    let second = receipt(&books, &second).await.unwrap().document;
    assert_eq!((first.number, second.number), (1, 1));
    assert!(second.year > first.year);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn the_history_names_what_was_paid_and_its_receipt(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    books
        .billing
        .redeem(ann, "welcome", Uuid::new_v4())
        .await
        .unwrap();
    let order = books.order(ann, "starter").await;
    books
        .billing
        .apply_coupon(&order, "spring20")
        .await
        .unwrap();
    let order = books.billing.order(ann, order.id).await.unwrap().unwrap();
    let told = event("payment_intent.succeeded", &paid(&order));
    books.deliver(&told).await.unwrap();
    books.until(&order, State::Succeeded).await;

    let lines = books.billing.history(ann, None, 10).await.unwrap();
    assert_eq!(lines.len(), 2);
    let paid = lines[0].payment.as_ref().unwrap();
    assert_eq!(paid.paid.value, 400);
    let number = receipt(&books, &order).await.unwrap().document.to_string();
    assert_eq!(paid.receipt.as_deref(), Some(number.as_str()));
    let gift = lines[1].payment.as_ref().unwrap();
    assert_eq!((gift.paid.value, gift.receipt.as_deref()), (0, None));

    // A page in the middle has its own payments.
    let newest = lines[0].entry.id;
    let older = books.billing.history(ann, Some(newest), 10).await.unwrap();
    assert_eq!(older, lines[1..]);
    let last = books.billing.history(ann, Some(lines[1].entry.id), 10);
    assert_eq!(last.await.unwrap(), []);
    books.close().await;
}
