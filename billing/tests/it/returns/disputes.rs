use std::time::Duration;

use billing::{claim::Spent, ledger};
use rstest::rstest;
use serde_json::json;

use super::{Has, dispute, has, payment_of, refund};
use crate::books::{Books, Database, credits, event};

#[rstest]
#[case::won("won", has(20, 0, 0, &[20]), ("won", 0, 0, 0, 0))]
#[case::lost("lost", has(0, 0, 30, &[]), ("lost", 0, 20, 30, 0))]
#[tokio::test]
async fn a_dispute_freezes_what_is_left_until_it_is_decided(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] outcome: &str,
    #[case] expected: Has,
    #[case] row: (&str, i64, i64, i64, i64),
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    books.spend(customer, 30).await;
    for kind in ["created", "funds_withdrawn", "updated"] {
        let object = dispute(&order, 1, 500, "needs_response");
        let event = event(&format!("charge.dispute.{kind}"), &object);
        books.deliver(&event).await.unwrap();
        assert_eq!(books.has(customer).await, has(0, 20, 0, &[]));
        books.hold().await;
    }
    assert_eq!(books.billing.attention().await.unwrap().disputes.len(), 1);
    let wish = ledger::Spend {
        customer,
        amount: credits(1),
        note: "test".to_owned(),
        key: "a".to_owned(),
    };
    let refused = books.billing.spend(wish).await.unwrap();
    assert!(
        matches!(refused, ledger::Spent::Insufficient { .. }),
        "{refused:?}"
    );

    let closed = event("charge.dispute.closed", &dispute(&order, 1, 500, outcome));
    books.deliver(&closed).await.unwrap();
    assert_eq!(books.has(customer).await, expected);
    assert_eq!(books.disputes(&order).await, [row]);
    assert_eq!(books.billing.attention().await.unwrap().disputes, []);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn what_was_spent_before_a_lost_dispute_can_be_written_off(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open_with(database, |settings| settings.spent = Spent::WriteOff).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    books.spend(customer, 30).await;
    let closed = event("charge.dispute.closed", &dispute(&order, 1, 500, "lost"));
    books.deliver(&closed).await.unwrap();
    assert_eq!(books.has(customer).await, has(0, 0, 0, &[]));
    assert_eq!(books.disputes(&order).await, [("lost", 0, 20, 0, 30)]);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn an_inquiry_freezes_and_gives_back_and_may_become_a_dispute(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    for (status, expected) in [
        ("warning_needs_response", has(0, 50, 0, &[])),
        ("warning_closed", has(50, 0, 0, &[50])),
        ("warning_under_review", has(50, 0, 0, &[50])),
        ("needs_response", has(0, 50, 0, &[])),
        ("warning_closed", has(0, 50, 0, &[])),
        ("prevented", has(50, 0, 0, &[50])),
    ] {
        let event = event("charge.dispute.updated", &dispute(&order, 1, 500, status));
        books.deliver(&event).await.unwrap();
        assert_eq!(books.has(customer).await, expected, "{status}");
        books.hold().await;
    }
    books.close().await;
}

/// Half of the payment is disputed: half of its credits stay the customer's.
#[rstest]
#[tokio::test]
async fn a_dispute_of_a_part_holds_a_part(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let created = event(
        "charge.dispute.created",
        &dispute(&order, 1, 250, "needs_response"),
    );
    books.deliver(&created).await.unwrap();
    assert_eq!(books.has(customer).await, has(25, 25, 0, &[25]));
    books.spend(customer, 25).await;
    // What is frozen for the dispute is not the refund's, as long as it lasts.
    let part = event("refund.created", &refund(&order, 1, 100, "succeeded"));
    books.deliver(&part).await.unwrap();
    assert_eq!(books.has(customer).await, has(0, 15, 0, &[]));
    books.hold().await;
    let closed = event("charge.dispute.closed", &dispute(&order, 1, 250, "lost"));
    books.deliver(&closed).await.unwrap();
    assert_eq!(books.has(customer).await, has(0, 0, 10, &[]));
    books.close().await;
}

/// Two final words contradict each other: whichever came last, the gateway knows which is true.
#[rstest]
#[case::the_bank_changed_its_mind("lost", "won", "won")]
#[case::the_second_event_is_older("won", "lost", "won")]
#[tokio::test]
async fn a_contradiction_is_asked_about(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] first: &str,
    #[case] second: &str,
    #[case] truth: &str,
) {
    let (books, gateway) = Books::with_gateway(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let now = dispute(&order, 1, 500, truth);
    gateway.answers(
        &format!("GET /v1/disputes/{}", now["id"].as_str().unwrap()),
        200,
        now,
    );
    for outcome in [first, second] {
        let closed = event("charge.dispute.closed", &dispute(&order, 1, 500, outcome));
        books.deliver(&closed).await.unwrap();
        books.quiet().await;
        books.hold().await;
    }
    assert_eq!(books.has(customer).await, has(50, 0, 0, &[50]));
    books.close().await;
}

/// The event of a decision is lost: a day later the gateway is asked.
#[rstest]
#[tokio::test]
async fn a_decision_is_asked_for(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (books, gateway) = Books::with_gateway(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let created = event(
        "charge.dispute.created",
        &dispute(&order, 1, 500, "needs_response"),
    );
    books.deliver(&created).await.unwrap();
    let now = dispute(&order, 1, 500, "won");
    gateway.answers(
        &format!("GET /v1/disputes/{}", now["id"].as_str().unwrap()),
        200,
        now,
    );
    books.clock.advance(Duration::from_secs(25 * 3600));
    books.billing.sweep().await.unwrap();
    assert_eq!(books.has(customer).await, has(50, 0, 0, &[50]));
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn a_warning_of_fraud_is_shown_until_something_follows(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let warning = json!({
        "id": "issfr_1",
        "object": "radar.early_fraud_warning",
        "actionable": true,
        "charge": "ch_1",
        "created": 1_790_000_000,
        "fraud_type": "unauthorized_use_of_card",
        "payment_intent": payment_of(&order),
    });
    for _ in 0..2 {
        let event = event("radar.early_fraud_warning.created", &warning);
        books.deliver(&event).await.unwrap();
    }
    let warnings = books.billing.attention().await.unwrap().warnings;
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].kind, "unauthorized_use_of_card");
    assert_eq!(books.available(customer).await, 50);
    let gone = event("refund.created", &refund(&order, 1, 500, "succeeded"));
    books.deliver(&gone).await.unwrap();
    assert_eq!(books.billing.attention().await.unwrap().warnings, []);
    books.close().await;
}
