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

/// Somebody pays the list price while a code is put on: it is taken off again, its use is given back,
/// and nobody waits for a person.
#[rstest]
#[case::unheard_of(&[])]
#[case::after_a_challenge(&["requires_action", "processing"])]
#[tokio::test]
async fn a_list_price_that_was_paid_takes_the_code_off(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] before: &[&str],
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    let order = books.order(ann, "studio").await;
    let lowered = apply(&books, &order, "studio10").await;
    for status in before {
        let kind = format!("payment_intent.{status}");
        let told = event(&kind, &intent(&lowered, status));
        books.deliver(&told).await.unwrap();
    }
    let full = event("payment_intent.succeeded", &paid(&order));
    for _ in 0..2 {
        books.deliver(&full).await.unwrap();
    }
    let settled = books.until(&order, State::Succeeded).await.transaction;
    books.quiet().await;
    assert_eq!(settled.amount, order.offer.price);
    assert_eq!(again(&books, &order).await.redemption, None);
    assert_eq!(books.available(ann).await, 1000);
    assert_eq!(books.billing.attention().await.unwrap().reviews, []);
    // It can be used once, and was not.
    let next = books.order(ann, "studio").await;
    apply(&books, &next, "studio10").await;
    books.hold().await;
    books.close().await;
}

/// What fits neither price is not kept silently, and the code stays as it is.
#[rstest]
#[tokio::test]
async fn another_price_than_the_two_goes_to_review(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    let order = books.order(ann, "starter").await;
    let lowered = apply(&books, &order, "spring20").await;
    let mut odd = paid(&order);
    odd["amount_received"] = json!(450);
    books
        .deliver(&event("payment_intent.succeeded", &odd))
        .await
        .unwrap();
    books.quiet().await;
    let reviews = books.billing.attention().await.unwrap().reviews;
    assert_eq!(
        reviews[0].review.as_deref(),
        Some("$4.50 were received instead of $4.00")
    );
    assert_eq!(reviews[0].reference.as_deref(), odd["id"].as_str());
    let order = again(&books, &order).await;
    assert_eq!(order.redemption, lowered.redemption);
    says(
        books.billing.apply_coupon(&order, "friend").await,
        "no longer be changed",
    );
    assert_eq!(books.available(ann).await, 0);
    books.close().await;
}
