use std::time::Duration;

use billing::{Error, gateway::GatewayError, store::backup, transaction::State};
use rstest::rstest;
use serde_json::json;

use super::{DAY, HOUR, MINUTE, Shop};
use crate::books::{Database, deliver};

/// So old an event is no longer expected as a webhook.
const OLD_ENOUGH: Duration = Duration::from_secs(30);

#[rstest]
#[tokio::test]
async fn one_question_finds_all_that_was_lost(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let billing = &shop.books.billing;
    let ann = shop.books.customer("ann@shop.example").await;
    let bob = shop.books.customer("bob@shop.example").await;
    let (first, _) = shop.buy(ann, "starter").await;
    shop.buy(bob, "starter").await;
    assert_eq!(billing.fill_gaps().await.unwrap(), 0, "both may still come");

    shop.books.clock.advance(OLD_ENOUGH);
    let before = shop.calls().await;
    assert!(billing.fill_gaps().await.unwrap() >= 2);
    assert_eq!(shop.calls().await - before, 1);
    assert_eq!(shop.state(&first).await, State::Succeeded);
    assert_eq!(shop.books.available(ann).await, 50);
    assert_eq!(shop.books.available(bob).await, 50);
    // Each says how it came.
    let unsaid = "select count(*) from inbox where witness <> 'listing'";
    assert_eq!(shop.books.number(unsaid).await, 0);
    let witnessed = "select count(*) from transaction_changes
                     where state = 'succeeded' and witness = 'listing'";
    assert_eq!(shop.books.number(witnessed).await, 2);

    assert_eq!(billing.fill_gaps().await.unwrap(), 0);
    shop.close().await;
}

/// Long before it asks about single payments.
#[rstest]
#[tokio::test]
async fn a_server_that_starts_looks_for_gaps_at_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.books.customer("ann@shop.example").await;
    let (order, _) = shop.buy(ann, "starter").await;
    shop.books.clock.advance(OLD_ENOUGH);
    let server = shop.another_server().await;
    let found = async {
        while shop.state(&order).await != State::Succeeded {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let patience = Duration::from_secs(10);
    tokio::time::timeout(patience, found)
        .await
        .expect("nobody looked");
    server.stop().await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn what_came_before_is_not_written_again(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.books.customer("ann@shop.example").await;
    shop.buy(ann, "starter").await;
    let listed = shop.request(reqwest::Method::GET, "/v1/events?limit=100");
    let listed: serde_json::Value = listed.send().await.unwrap().json().await.unwrap();
    for event in listed["data"].as_array().unwrap() {
        deliver(&shop.books.billing, &shop.books.clock, event)
            .await
            .unwrap();
    }
    shop.books.clock.advance(OLD_ENOUGH);
    let jobs = async || {
        let mut metrics = String::new();
        shop.books
            .billing
            .write_metrics(&mut metrics)
            .await
            .unwrap();
        let line = metrics
            .lines()
            .find_map(|line| line.strip_prefix("tender_commit_jobs_sum "));
        line.unwrap().parse::<f64>().unwrap()
    };
    let before = jobs().await;
    assert_eq!(shop.books.billing.fill_gaps().await.unwrap(), 0);
    assert_eq!(jobs().await - before, 1.0, "the cursor, and nothing else");
    let found = "select count(*) from inbox where witness = 'listing'";
    assert_eq!(shop.books.number(found).await, 0);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_day_without_webhooks_is_repaired_by_one_run(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let mut customers = Vec::new();
    for name in ["ann", "bob", "carl", "dora", "eve", "fred"] {
        let email = format!("{name}@shop.example");
        customers.push(shop.books.customer(&email).await);
    }
    let [ann, bob, carl, dora, eve, fred] = customers[..] else {
        panic!()
    };
    shop.buy(ann, "starter").await;
    let (_, refunded) = shop.buy(bob, "starter").await;
    shop.advance(5 * HOUR).await;
    let (_, disputed) = shop.buy(carl, "starter").await;
    let (_, declined) = shop.order(dora, "starter").await;
    shop.pay(&declined, "pm_card_chargeDeclined").await;
    shop.advance(5 * HOUR).await;
    shop.post("/v1/refunds", &[("payment_intent", &refunded)])
        .await;
    let (unpaid, _) = shop.order(eve, "starter").await;
    shop.advance(5 * HOUR).await;
    shop.control("/disputes", json!({ "payment_intent": disputed }))
        .await;
    shop.pay(&declined, "pm_card_visa").await;
    let (plan, first) = shop.order_plan(fred, "basic").await;
    shop.pay(&first, "pm_card_visa").await;
    shop.advance(8 * HOUR).await;
    for customer in &customers {
        assert_eq!(shop.books.available(*customer).await, 0);
    }

    assert!(shop.books.billing.fill_gaps().await.unwrap() > 10);
    let mut credits = Vec::new();
    for customer in &customers {
        credits.push(shop.books.available(*customer).await);
    }
    assert_eq!(credits, [50, 0, 0, 50, 0, plan.transaction.credits.0]);
    assert_eq!(shop.state(&unpaid).await, State::Created);
    let frozen = shop.books.billing.balance(carl).await.unwrap().frozen;
    assert_eq!(frozen.0, 50);
    shop.close().await;
}

/// The disk was lost, and the copy is of before the payment: what happened since then comes by itself.
#[tokio::test]
async fn a_restored_copy_catches_up() {
    let shop = Shop::open(Database::Sqlite).await;
    let ann = shop.books.customer("ann@shop.example").await;
    shop.books.billing.fill_gaps().await.unwrap();
    let (order, payment) = shop.order(ann, "starter").await;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    backup(&shop.books.location, &copy).await.unwrap();
    shop.pay(&payment, "pm_card_visa").await;
    let (unknown, _) = shop.buy(ann, "standard").await;
    shop.advance(2 * DAY).await;

    let restored = shop.restored(copy).await;
    assert!(restored.billing.fill_gaps().await.unwrap() >= 2);
    assert_eq!(restored.available(ann).await, 50);
    let id = order.transaction.id;
    let settled = restored.billing.transaction(ann, id).await.unwrap();
    assert_eq!(settled.unwrap().state, State::Succeeded);
    let id = unknown.transaction.id;
    assert_eq!(restored.billing.transaction(ann, id).await.unwrap(), None);
    assert!(restored.billing.inbox_depth().await.unwrap() >= 1);
    restored.close().await;
    shop.close().await;
}

/// More than is held in memory at once, and more than the gateway remembers.
#[rstest]
#[tokio::test]
async fn a_long_list_is_read_in_spans(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let billing = &shop.books.billing;
    assert_eq!(billing.fill_gaps().await.unwrap(), 0);
    shop.advance(40 * DAY).await;
    let since = shop.books.clock.now().minus(HOUR).unix();
    for number in 0..1200 {
        let event = json!({
            "type": "payment_intent.succeeded",
            "created": since + number,
            "object": {
                "id": format!("pi_{number}"), "object": "payment_intent", "status": "succeeded",
                "amount": 1, "amount_received": 1, "currency": "usd", "metadata": {},
            },
        });
        shop.control("/events", event).await;
    }
    assert_eq!(billing.fill_gaps().await.unwrap(), 1200);
    let cursor = billing.event_cursor().await.unwrap().unwrap();
    assert_eq!(cursor.upto.unix(), since + 1199);
    assert_eq!(shop.books.number("select count(*) from inbox").await, 1200);
    assert_eq!(billing.fill_gaps().await.unwrap(), 0);
    shop.close().await;
}

/// What the gateway asks for is told to whoever would ask it again, and what was compared stays so.
#[rstest]
#[tokio::test]
async fn a_gateway_that_wants_a_pause_is_believed(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let billing = &shop.books.billing;
    billing.fill_gaps().await.unwrap();
    let compared = billing.event_cursor().await.unwrap();
    let ann = shop.books.customer("ann@shop.example").await;
    shop.buy(ann, "starter").await;
    shop.books.clock.advance(OLD_ENOUGH);
    let fault = json!({ "fault": "fail", "status": 429, "retry_after": 90 });
    shop.spoil("GET", "/v1/events", fault).await;
    let before = shop.calls().await;
    let refused = billing.fill_gaps().await.unwrap_err();
    let Error::Gateway(GatewayError::NotNow { pause, .. }) = refused else {
        panic!("{refused}");
    };
    assert_eq!(pause, Duration::from_secs(90));
    assert_eq!(shop.calls().await - before, 1, "it was asked again at once");
    assert_eq!(billing.event_cursor().await.unwrap(), compared);

    shop.behave().await;
    assert!(billing.fill_gaps().await.unwrap() > 0);
    assert_eq!(shop.books.available(ann).await, 50);
    shop.close().await;
}

/// Our clock is wrong by ten minutes in either direction, and is set right: nothing is passed over.
#[rstest]
#[tokio::test]
async fn a_clock_that_is_wrong_loses_no_event(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[values(false, true)] is_ahead: bool,
) {
    let shop = Shop::open(database).await;
    let billing = &shop.books.billing;
    let (ann, bob) = (
        shop.books.customer("ann@shop.example").await,
        shop.books.customer("bob@shop.example").await,
    );
    // Ahead: ours goes first, and the gateway's follows later. Behind: the other way round.
    let clock = json!({ "advance_s": 600 });
    match is_ahead {
        true => shop.books.clock.advance(10 * MINUTE),
        false => drop(shop.control("/clock", clock.clone()).await),
    }
    shop.buy(ann, "starter").await;
    billing.fill_gaps().await.unwrap();
    match is_ahead {
        true => drop(shop.control("/clock", clock).await),
        false => shop.books.clock.advance(10 * MINUTE),
    }
    shop.buy(bob, "starter").await;
    shop.books.clock.advance(OLD_ENOUGH);
    billing.fill_gaps().await.unwrap();
    assert_eq!(shop.books.available(ann).await, 50);
    assert_eq!(shop.books.available(bob).await, 50);
    shop.close().await;
}
