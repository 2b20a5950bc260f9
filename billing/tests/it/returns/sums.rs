//! A charge tells only how much went back in all.

use rstest::rstest;
use serde_json::json;

use super::{charge, has, refund};
use crate::books::{Books, Database, event};

/// A charge tells only how much went back in all: which refunds that were, the gateway is asked.
#[rstest]
#[tokio::test]
async fn a_sum_that_we_do_not_know_is_asked_about(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (books, gateway) = Books::with_gateway(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let parts = [
        refund(&order, 1, 100, "succeeded"),
        refund(&order, 2, 150, "pending"),
    ];
    gateway.answers(
        "GET /v1/refunds",
        200,
        json!({ "object": "list", "data": parts }),
    );
    let counted = event("charge.refunded", &charge(&order, 250, None));
    books.deliver(&counted).await.unwrap();
    books.quiet().await;
    assert_eq!(
        books.refunds(&order).await,
        [("succeeded", 10, 0, 0), ("pending", 15, 0, 0)]
    );
    // Older versions of the API send the refunds along.
    let third = refund(&order, 3, 250, "succeeded");
    let all = [parts[0].clone(), parts[1].clone(), third];
    let named = event("charge.refunded", &charge(&order, 500, Some(&all)));
    books.deliver(&named).await.unwrap();
    assert_eq!(books.available(customer).await, 0);
    assert_eq!(gateway.asked("GET /v1/refunds").len(), 1);
    books.close().await;
}

/// A charge that counts what failed since is older news; the gateway is asked, and nothing follows.
#[rstest]
#[tokio::test]
async fn an_old_sum_changes_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (books, gateway) = Books::with_gateway(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let failed = refund(&order, 1, 500, "failed");
    gateway.answers("GET /v1/refunds", 200, json!({ "data": [failed] }));
    books
        .deliver(&event("refund.failed", &failed))
        .await
        .unwrap();
    let old = event("charge.refunded", &charge(&order, 500, None));
    books.deliver(&old).await.unwrap();
    books.quiet().await;
    assert_eq!(books.has(customer).await, has(50, 0, 0, &[50]));
    books.close().await;
}
