//! What others are told of a plan.

use billing::events::EventType;
use rstest::rstest;
use serde_json::json;

use super::Theirs;
use crate::books::{Books, Database, event};

/// Each once, however often its cause is told.
#[rstest]
#[tokio::test]
async fn a_plan_is_told_from_its_start_to_its_end(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let theirs = Theirs::order(&books, "ann@shop.example", "pro").await;
    let mut ending = theirs.subscription(2, "active");
    ending["cancel_at_period_end"] = json!(true);
    let story = [
        theirs.told(1),
        vec![
            // A period that begins before it is paid tells nothing.
            event("customer.subscription.updated", &ending),
            event(
                "customer.subscription.deleted",
                &theirs.subscription(2, "canceled"),
            ),
        ],
    ]
    .concat();
    for event in story.iter().chain(&story) {
        books.deliver(event).await.unwrap();
        books.quiet().await;
    }
    assert_eq!(
        books.told_types(theirs.customer).await,
        [
            "order.paid",
            "credits.granted",
            "subscription.started",
            "credits.granted",
            "subscription.renewed",
            "subscription.changed",
            "subscription.ended",
        ]
    );
    let told = async |kind| {
        let mut told = books.told_of(theirs.customer, kind).await;
        told.remove(0).data
    };
    let started = told(EventType::SubscriptionStarted).await;
    assert_eq!(started["id"], json!(theirs.plan.id));
    assert_eq!(
        (&started["offer"], &started["status"]),
        (&json!("pro"), &json!("active"))
    );
    assert_eq!(started["price"], json!(theirs.order.offer.price));
    let changed = told(EventType::SubscriptionChanged).await;
    assert_eq!(changed["cancel_at_end"], json!(true));
    let ended = told(EventType::SubscriptionEnded).await;
    assert_eq!(ended["status"], json!("ended"));
    assert!(ended["ended_at"].is_string());
    books.close().await;
}
