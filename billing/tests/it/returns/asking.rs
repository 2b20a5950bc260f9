//! Refunds that we ask the gateway for.

use std::time::Duration;

use billing::refund::{RefundError, State};
use rstest::rstest;
use serde_json::json;

use super::{has, payment_of, refund, wish};
use crate::books::{Books, Database, event};

#[rstest]
#[tokio::test]
async fn a_refund_is_asked_for_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (books, gateway) = Books::with_gateway(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    gateway.answers("POST /v1/refunds", 200, refund(&order, 1, 200, "succeeded"));

    let billing = &books.billing;
    let made = billing.refund(wish(&order, 200, "a")).await.unwrap();
    assert_eq!((made.state, made.held.taken.0), (State::Succeeded, 20));
    let house = billing.books(None, books.clock.now().into()).await.unwrap();
    let sums = house.standing;
    let sums = (sums.paid.0, sums.clawed_back.0, sums.outstanding.0);
    assert_eq!(sums, (50, 20, 30));
    let again = billing.refund(wish(&order, 200, "a")).await.unwrap();
    assert_eq!(again, made);
    let asked = gateway.asked("POST /v1/refunds");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].0, format!("{}:1", made.id));
    for part in [
        format!("payment_intent={}", payment_of(&order)),
        "amount=200".to_owned(),
        "reason=requested_by_customer".to_owned(),
        format!("metadata%5Brefund%5D={}", made.id),
    ] {
        assert!(asked[0].1.contains(&part), "{}", asked[0].1);
    }
    // The event says the same.
    let event = event("refund.created", &refund(&order, 1, 200, "succeeded"));
    books.deliver(&event).await.unwrap();
    assert_eq!(books.refunds(&order).await, [("succeeded", 20, 0, 0)]);

    let refused = billing.refund(wish(&order, 201, "a")).await.unwrap_err();
    assert!(matches!(refused, RefundError::KeyReused), "{refused}");
    let refused = billing.refund(wish(&order, 301, "b")).await.unwrap_err();
    assert_eq!(refused.to_string(), "only $3.00 is left to be refunded");
    let refused = billing.refund(wish(&order, 0, "b")).await.unwrap_err();
    assert!(matches!(refused, RefundError::Amount), "{refused}");
    let open = books.order(customer, "starter").await;
    let refused = billing.refund(wish(&open, 100, "c")).await.unwrap_err();
    assert!(matches!(refused, RefundError::NotPaid), "{refused}");
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn a_refund_that_is_refused_gives_back_at_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (books, gateway) = Books::with_gateway(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let no =
        json!({ "error": { "code": "charge_disputed", "message": "It has been charged back." } });
    gateway.answers("POST /v1/refunds", 400, no);
    let refund = books.billing.refund(wish(&order, 500, "a")).await.unwrap();
    assert_eq!(refund.state, State::Failed);
    assert_eq!(refund.failure.as_deref(), Some("It has been charged back."));
    assert_eq!(books.has(customer).await, has(50, 0, 0, &[50]));
    books.close().await;
}

/// While the gateway is away the credits are taken, and the sweeper asks again under the same key.
#[rstest]
#[tokio::test]
async fn a_refund_waits_for_the_gateway(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (books, gateway) = Books::with_gateway(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    gateway.answers("POST /v1/refunds", 500, json!({}));
    let waiting = books.billing.refund(wish(&order, 500, "a")).await.unwrap();
    assert_eq!(waiting.state, State::Pending);
    assert_eq!(books.has(customer).await, has(0, 0, 0, &[]));

    gateway.answers("POST /v1/refunds", 200, refund(&order, 1, 500, "pending"));
    gateway.answers("GET /v1/refunds", 200, json!({ "data": [] }));
    books.clock.advance(Duration::from_secs(61));
    books.billing.sweep().await.unwrap();
    let keys: Vec<_> = gateway
        .asked("POST /v1/refunds")
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(books.refunds(&order).await, [("pending", 50, 0, 0)]);

    // Its event is lost; the sweeper asks what became of it.
    let reference = refund(&order, 1, 500, "failed")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    gateway.answers(
        &format!("GET /v1/refunds/{reference}"),
        200,
        refund(&order, 1, 500, "failed"),
    );
    books.clock.advance(Duration::from_secs(3600));
    books.billing.sweep().await.unwrap();
    assert_eq!(books.refunds(&order).await, [("failed", 0, 0, 0)]);
    assert_eq!(books.has(customer).await, has(50, 0, 0, &[50]));
    books.close().await;
}

/// After a day the gateway forgets keys: it is looked up, never sent again.
#[rstest]
#[case::it_arrived(true)]
#[case::it_never_arrived(false)]
#[tokio::test]
async fn an_old_refund_is_looked_up(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] arrived: bool,
) {
    let (books, gateway) = Books::with_gateway(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    gateway.answers("POST /v1/refunds", 500, json!({}));
    let waiting = books.billing.refund(wish(&order, 500, "a")).await.unwrap();
    let tries = gateway.asked("POST /v1/refunds").len();

    let mut there = refund(&order, 1, 500, "succeeded");
    there["metadata"] = json!({ "refund": waiting.id });
    let all = if arrived { vec![there] } else { Vec::new() };
    gateway.answers(
        "GET /v1/refunds",
        200,
        json!({ "object": "list", "data": all }),
    );
    books.clock.advance(Duration::from_secs(24 * 3600));
    books.billing.sweep().await.unwrap();
    assert_eq!(gateway.asked("POST /v1/refunds").len(), tries);
    let expected = if arrived {
        ("succeeded", 50, 0, 0)
    } else {
        ("failed", 0, 0, 0)
    };
    assert_eq!(books.refunds(&order).await, [expected]);
    books.close().await;
}

/// A request may be so slow that it is given up before it gets there: then the money has gone back.
#[rstest]
#[tokio::test]
async fn a_refund_that_got_there_after_all_is_believed(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (books, gateway) = Books::with_gateway(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    gateway.answers("POST /v1/refunds", 500, json!({}));
    let waiting = books.billing.refund(wish(&order, 500, "a")).await.unwrap();
    let nothing = json!({ "object": "list", "data": [] });
    gateway.answers("GET /v1/refunds", 200, nothing);
    books.clock.advance(Duration::from_secs(24 * 3600));
    books.billing.sweep().await.unwrap();
    assert_eq!(books.refunds(&order).await, [("failed", 0, 0, 0)]);

    let mut ours = refund(&order, 1, 500, "succeeded");
    ours["metadata"] = json!({ "refund": waiting.id });
    books
        .deliver(&event("refund.updated", &ours))
        .await
        .unwrap();
    assert_eq!(books.refunds(&order).await, [("succeeded", 50, 0, 0)]);
    books.close().await;
}

/// The event of our own refund may overtake the gateway's answer to us.
#[rstest]
#[tokio::test]
async fn an_event_may_overtake_the_answer(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (books, gateway) = Books::with_gateway(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    gateway.answers("POST /v1/refunds", 500, json!({}));
    let waiting = books.billing.refund(wish(&order, 500, "a")).await.unwrap();
    let mut ours = refund(&order, 1, 500, "succeeded");
    ours["metadata"] = json!({ "refund": waiting.id });
    books
        .deliver(&event("refund.created", &ours))
        .await
        .unwrap();
    gateway.answers("POST /v1/refunds", 200, ours);
    let again = books.billing.refund(wish(&order, 500, "a")).await.unwrap();
    assert_eq!((again.id, again.state), (waiting.id, State::Succeeded));
    assert_eq!(books.refunds(&order).await, [("succeeded", 50, 0, 0)]);
    books.close().await;
}
