//! What goes wrong while something is done about a finding.

use billing::reconcile::{ActError, Action, Class, FindingState};
use rstest::rstest;
use serde_json::json;

use super::shop::Shop;
use crate::books::Database::{self, Postgres, Sqlite};

#[rstest]
#[tokio::test]
async fn a_refund_whose_answer_is_lost_is_made_once(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let (order, _) = shop.bought("ann@shop.example", "starter").await;
    shop.pay_directly(500, Some(order.transaction.id.to_string()))
        .await;
    // It is made, and the connection closes without an answer, again and again.
    let fault = json!({ "method": "POST", "path": "/v1/refunds", "fault": "timeout", "times": 3 });
    shop.control("/api-faults", fault).await;
    let run = shop.reconcile(true).await;
    let found = shop.found(&run, Class::DuplicatePayment).await;
    assert_eq!(found.state, FindingState::Open, "{found:?}");
    assert!(found.trouble.unwrap().contains("does not answer"));
    assert_eq!(shop.refunds().await, [500]);
    let done = shop
        .billing()
        .act_on_finding(found.id, Action::Refund, "test")
        .await
        .unwrap();
    assert_eq!((done.state, done.trouble), (FindingState::Done, None));
    assert_eq!(shop.refunds().await, [500]);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn what_makes_no_sense_is_refused(#[values(Sqlite, Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    shop.pay_directly(500, None).await;
    let run = shop.reconcile(false).await;
    let found = shop.found(&run, Class::PaymentWithoutOrder).await;
    let refused = shop
        .billing()
        .act_on_finding(found.id, Action::Reverse, "test")
        .await;
    assert!(
        matches!(refused, Err(ActError::NotPossible(..))),
        "{refused:?}"
    );
    let left = shop
        .billing()
        .act_on_finding(found.id, Action::Leave, "test")
        .await
        .unwrap();
    assert_eq!(left.state, FindingState::Done);
    let again = shop
        .billing()
        .act_on_finding(found.id, Action::Refund, "test")
        .await
        .unwrap();
    assert_eq!((again, shop.refunds().await), (left, vec![]));
    shop.close().await;
}
