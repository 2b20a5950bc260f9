//! Refunds that events tell of.

use std::time::Duration;

use billing::{claim::Spent, inbox::EventStatus, ledger::Reason, transaction::State};
use rstest::rstest;
use serde_json::{Value, json};

use super::{has, payment_of, refund};
use crate::books::{Books, Database, event, paid};

#[rstest]
#[tokio::test]
async fn a_refund_takes_what_is_left_and_the_next_purchase_pays_the_rest(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    books.spend(customer, 30).await;
    books.buy(customer, "standard").await;

    let gone = event("refund.created", &refund(&order, 1, 500, "succeeded"));
    books.deliver(&gone).await.unwrap();
    // Never from other lots.
    assert_eq!(books.has(customer).await, has(250, 0, 30, &[250]));
    assert_eq!(books.refunds(&order).await, [("succeeded", 20, 30, 0)]);

    books.buy(customer, "starter").await;
    assert_eq!(books.has(customer).await, has(270, 0, 0, &[250, 20]));
    let lines = books.billing.statement(customer, None, 10).await.unwrap();
    let lines: Vec<_> = lines
        .iter()
        .map(|line| (line.reason, line.amount.0, line.balance.0))
        .collect();
    assert_eq!(
        lines,
        [
            (Reason::DebtPaid, -30, 270),
            (Reason::Purchase, 50, 300),
            (Reason::Debt, 0, 250),
            (Reason::Refund, -20, 250),
            (Reason::Purchase, 250, 270),
            (Reason::Spend, -30, 20),
            (Reason::Purchase, 50, 50),
        ]
    );
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn what_was_spent_can_be_written_off(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open_with(database, |settings| settings.spent = Spent::WriteOff).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    books.spend(customer, 30).await;
    let gone = event("refund.created", &refund(&order, 1, 500, "succeeded"));
    books.deliver(&gone).await.unwrap();
    assert_eq!(books.has(customer).await, has(0, 0, 0, &[]));
    assert_eq!(books.refunds(&order).await, [("succeeded", 20, 0, 30)]);
    let back = event("refund.failed", &refund(&order, 1, 500, "failed"));
    books.deliver(&back).await.unwrap();
    assert_eq!(books.has(customer).await, has(20, 0, 0, &[20]));
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn parts_add_up_to_the_whole(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    // 50 credits for 500 cents: a cent at a time is a tenth of a credit.
    for (number, amount, left) in [
        (1, 9, 50),
        (2, 1, 49),
        (3, 156, 34),
        (4, 167, 17),
        (5, 167, 0),
    ] {
        let part = event(
            "refund.created",
            &refund(&order, number, amount, "succeeded"),
        );
        books.deliver(&part).await.unwrap();
        assert_eq!(books.available(customer).await, left, "after {number}");
        books.hold().await;
    }
    books.close().await;
}

/// A refund that fails gives back to exactly the lots it took from, and what was paid of its debt to
/// the lot that paid.
#[rstest]
#[tokio::test]
async fn a_refund_that_fails_gives_back_what_it_took(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    books.spend(customer, 30).await;
    let gone = event("refund.created", &refund(&order, 1, 500, "succeeded"));
    let back = event("refund.failed", &refund(&order, 1, 500, "failed"));
    books.deliver(&gone).await.unwrap();
    books.buy(customer, "starter").await;
    assert_eq!(books.has(customer).await, has(20, 0, 0, &[20]));
    for event in [&back, &gone, &back] {
        books.deliver(event).await.unwrap();
        assert_eq!(books.has(customer).await, has(70, 0, 0, &[20, 50]));
        books.hold().await;
    }
    // The bank's second word about it, and a refund that works.
    let again = event("refund.updated", &refund(&order, 1, 500, "failed"));
    books.deliver(&again).await.unwrap();
    assert_eq!(
        books
            .billing
            .attention()
            .await
            .unwrap()
            .failed_refunds
            .len(),
        1
    );
    let gone = event("refund.created", &refund(&order, 2, 500, "succeeded"));
    books.deliver(&gone).await.unwrap();
    assert_eq!(books.has(customer).await, has(50, 0, 30, &[50]));
    assert_eq!(books.billing.attention().await.unwrap().failed_refunds, []);
    books.close().await;
}

/// A refund may be heard of before its payment, which is then asked about.
#[rstest]
#[tokio::test]
async fn a_refund_may_come_before_its_payment(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (books, gateway) = Books::with_gateway(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    let payment = format!("GET /v1/payment_intents/{}", payment_of(&order));
    gateway.answers(&payment, 200, paid(&order));
    let early = event("refund.created", &refund(&order, 1, 250, "succeeded"));
    books.deliver(&early).await.unwrap();
    books.quiet().await;
    books.until(&order, State::Succeeded).await;
    assert_eq!(books.has(customer).await, has(25, 0, 0, &[25]));

    // What was paid somewhere else is none of ours.
    let mut foreign = refund(&order, 2, 250, "succeeded");
    foreign["payment_intent"] = json!("pi_foreign");
    let mut elsewhere = paid(&order);
    elsewhere["id"] = json!("pi_foreign");
    elsewhere["metadata"] = json!({});
    gateway.answers("GET /v1/payment_intents/pi_foreign", 200, elsewhere);
    gateway.answers("GET /v1/invoice_payments", 200, json!({ "data": [] }));
    books
        .deliver(&event("refund.created", &foreign))
        .await
        .unwrap();
    books.quiet().await;
    assert!(books.billing.attention().await.unwrap().events.is_empty());
    assert_eq!(books.available(customer).await, 25);
    books.close().await;
}

/// Money that granted nothing may go back like any other.
#[rstest]
#[tokio::test]
async fn a_payment_in_review_is_refunded(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    let mut odd = paid(&order);
    odd["amount_received"] = json!(700);
    // The checkout noted the payment's reference before anybody could pay.
    books
        .deliver(&event("payment_intent.processing", &{
            let mut processing = odd.clone();
            processing["status"] = json!("processing");
            processing
        }))
        .await
        .unwrap();
    books
        .deliver(&event("payment_intent.succeeded", &odd))
        .await
        .unwrap();
    let back = event("refund.created", &refund(&order, 1, 700, "succeeded"));
    books.deliver(&back).await.unwrap();
    assert_eq!(books.refunds(&order).await, [("succeeded", 0, 0, 0)]);
    books.close().await;
}

#[rstest]
#[case::another_amount("amount", json!(499))]
#[case::a_state_that_nobody_knows("status", json!("dancing"))]
#[tokio::test]
async fn nonsense_stays_visible(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] field: &str,
    #[case] nonsense: Value,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let first = event("refund.created", &refund(&order, 1, 500, "pending"));
    books.deliver(&first).await.unwrap();
    let mut odd = refund(&order, 1, 500, "succeeded");
    odd[field] = nonsense;
    books.deliver(&event("refund.updated", &odd)).await.unwrap();
    let failed = loop {
        match books.billing.attention().await.unwrap().events.first() {
            Some(event) => break event.clone(),
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    assert_eq!(failed.status, EventStatus::Failed);
    assert_eq!(books.refunds(&order).await, [("pending", 50, 0, 0)]);
    books.close().await;
}
