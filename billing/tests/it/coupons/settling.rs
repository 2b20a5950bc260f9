//! What the gateway tells of a lower price.

use billing::transaction::State;
use rstest::rstest;
use serde_json::json;

use super::{again, apply, says};
use crate::{
    books::{Books, Database, declined, event, intent, paid},
    settle::permutations,
};

/// What the gateway says of the lower price settles the same in every order; a failure keeps the
/// coupon, and so does a second card.
#[rstest]
#[tokio::test]
async fn events_settle_a_lower_price_the_same_in_every_order(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    for (number, places) in permutations(&[0, 1, 2, 3]).into_iter().enumerate() {
        let customer = books.customer(&format!("c{number}@shop.example")).await;
        let order = books.order(customer, "studio").await;
        let order = apply(&books, &order, "studio10").await;
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
        for place in places {
            books.deliver(&events[place]).await.unwrap();
        }
        let settled = books.until(&order, State::Succeeded).await.transaction;
        assert_eq!(settled.amount.value, 5000);
        assert_eq!(again(&books, &order).await.redemption, order.redemption);
        assert_eq!(books.available(customer).await, 1000);
    }
    books.close().await;
}

/// A cancellation gives the use back once, whatever comes before, after and again.
#[rstest]
#[tokio::test]
async fn a_canceled_payment_gives_the_use_back_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    for places in permutations(&[0, 1, 2]) {
        // With one use for each customer, a use that is not given back would fail the next round.
        let order = books.order(customer, "studio").await;
        let order = apply(&books, &order, "studio10").await;
        let events = [
            event(
                "payment_intent.payment_failed",
                &declined(&order, "generic_decline"),
            ),
            event("payment_intent.canceled", &intent(&order, "canceled")),
            event("payment_intent.canceled", &intent(&order, "canceled")),
        ];
        for place in places {
            books.deliver(&events[place]).await.unwrap();
        }
        books.until(&order, State::Canceled).await;
        assert_eq!(again(&books, &order).await.redemption, None);
    }
    books.close().await;
}

/// A full price that was paid before the coupon was known to the gateway is not kept silently.
#[rstest]
#[tokio::test]
async fn the_old_price_paid_after_a_coupon_goes_to_review(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    let order = books.order(ann, "starter").await;
    apply(&books, &order, "spring20").await;
    let mut full = paid(&order);
    full["amount_received"] = json!(500);
    books
        .deliver(&event("payment_intent.succeeded", &full))
        .await
        .unwrap();
    books.quiet().await;
    let reviews = books.billing.attention().await.unwrap().reviews;
    assert_eq!(
        reviews[0].review.as_deref(),
        Some("$5.00 were received instead of $4.00")
    );
    assert_eq!(reviews[0].reference.as_deref(), full["id"].as_str());
    let order = again(&books, &order).await;
    says(
        books.billing.apply_coupon(&order, "friend").await,
        "no longer be changed",
    );
    assert_eq!(books.available(ann).await, 0);
    books.close().await;
}
