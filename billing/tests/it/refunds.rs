use std::time::Duration;

use billing::{
    claim::Spent,
    inbox::EventStatus,
    ledger::Reason,
    refund::{RefundError, State},
    transaction,
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    books::{Books, Database, event, paid},
    gateway::Gateway,
    returns::{charge, has, payment_of, refund, wish},
};

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

#[rstest]
#[tokio::test]
async fn a_refund_is_asked_for_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let gateway = Gateway::start().await;
    let books = Books::open_with(database, |settings| {
        settings.stripe.api_base = gateway.url.clone();
    })
    .await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    gateway.answers("POST /v1/refunds", 200, refund(&order, 1, 200, "succeeded"));

    let billing = &books.billing;
    let made = billing.refund(wish(&order, 200, "a")).await.unwrap();
    assert_eq!((made.state, made.held.taken.0), (State::Succeeded, 20));
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
    let gateway = Gateway::start().await;
    let books = Books::open_with(database, |settings| {
        settings.stripe.api_base = gateway.url.clone();
    })
    .await;
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
    let gateway = Gateway::start().await;
    let books = Books::open_with(database, |settings| {
        settings.stripe.api_base = gateway.url.clone();
    })
    .await;
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
    let gateway = Gateway::start().await;
    let books = Books::open_with(database, |settings| {
        settings.stripe.api_base = gateway.url.clone();
    })
    .await;
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

/// The event of our own refund may overtake the gateway's answer to us.
#[rstest]
#[tokio::test]
async fn an_event_may_overtake_the_answer(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let gateway = Gateway::start().await;
    let books = Books::open_with(database, |settings| {
        settings.stripe.api_base = gateway.url.clone();
    })
    .await;
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

/// A charge tells only how much went back in all: which refunds that were, the gateway is asked.
#[rstest]
#[tokio::test]
async fn a_sum_that_we_do_not_know_is_asked_about(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let gateway = Gateway::start().await;
    let books = Books::open_with(database, |settings| {
        settings.stripe.api_base = gateway.url.clone();
    })
    .await;
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

/// A refund may be heard of before its payment, which is then asked about.
#[rstest]
#[tokio::test]
async fn a_refund_may_come_before_its_payment(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let gateway = Gateway::start().await;
    let books = Books::open_with(database, |settings| {
        settings.stripe.api_base = gateway.url.clone();
    })
    .await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    let payment = format!("GET /v1/payment_intents/{}", payment_of(&order));
    gateway.answers(&payment, 200, paid(&order));
    let early = event("refund.created", &refund(&order, 1, 250, "succeeded"));
    books.deliver(&early).await.unwrap();
    books.quiet().await;
    books.until(&order, transaction::State::Succeeded).await;
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
