//! What others are told of money that goes back.

use billing::events::EventType;
use rstest::rstest;
use serde_json::json;

use super::{dispute, refund};
use crate::books::{Books, Database, event};

/// Each state once, however often it is said; one that is followed by another is told, too.
#[rstest]
#[tokio::test]
async fn refunds_and_disputes_are_told_by_what_they_become(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    for (kind, object) in [
        ("refund.created", refund(&order, 1, 200, "pending")),
        ("refund.updated", refund(&order, 1, 200, "succeeded")),
        ("charge.refund.updated", refund(&order, 1, 200, "succeeded")),
        (
            "charge.dispute.created",
            dispute(&order, 2, 300, "warning_needs_response"),
        ),
        (
            "charge.dispute.updated",
            dispute(&order, 2, 300, "needs_response"),
        ),
        (
            "charge.dispute.updated",
            dispute(&order, 2, 300, "under_review"),
        ),
        ("charge.dispute.closed", dispute(&order, 2, 300, "lost")),
        ("refund.failed", refund(&order, 1, 200, "failed")),
        ("charge.dispute.closed", dispute(&order, 2, 300, "lost")),
    ] {
        books.deliver(&event(kind, &object)).await.unwrap();
    }
    books.quiet().await;
    assert_eq!(
        books.told_types(customer).await,
        [
            "order.paid",
            "credits.granted",
            "refund.succeeded",
            "dispute.opened",
            "dispute.opened",
            "dispute.lost",
            "refund.failed",
        ]
    );
    let failed = books.told_of(customer, EventType::RefundFailed).await;
    let failed = &failed[0].data;
    assert_eq!(failed["amount"], json!({ "value": 200, "currency": "usd" }));
    assert_eq!(failed["transaction"], json!(order.transaction.id));
    let opened = books.told_of(customer, EventType::DisputeOpened).await;
    let status: Vec<_> = opened.iter().map(|it| it.data["status"].as_str()).collect();
    assert_eq!(status, [Some("inquiry"), Some("open")]);
    books.close().await;
}
