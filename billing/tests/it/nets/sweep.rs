use billing::{
    customer::Naming,
    transaction::{GONE, NO_NEWS, State},
};
use rstest::rstest;
use serde_json::json;

use super::{DAY, HOUR, MINUTE, Shop};
use crate::books::Database;

#[rstest]
#[tokio::test]
async fn one_call_finds_a_payment_that_nobody_waits_for(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.books.customer("ann@shop.example").await;
    let (order, _) = shop.buy(ann, "starter").await;
    assert_eq!(shop.sweep().await, 0, "somebody may be waiting for it");
    shop.advance(MINUTE).await;
    assert_eq!(shop.sweep().await, 1);
    assert_eq!(shop.state(&order).await, State::Succeeded);
    shop.advance(DAY).await;
    assert_eq!(shop.sweep().await, 0);
    assert_eq!(shop.books.available(ann).await, 50);
    shop.close().await;
}

/// Asked about less and less often, and given up for good.
#[rstest]
#[tokio::test]
async fn an_order_that_nobody_pays_costs_few_questions(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.books.customer("ann@shop.example").await;
    let (order, _) = shop.order(ann, "starter").await;
    let mut asked = 0;
    for _ in 0..22 * 12 {
        shop.advance(5 * MINUTE).await;
        asked += shop.sweep().await;
    }
    assert!((5..=16).contains(&asked), "{asked}");
    assert_eq!(shop.state(&order).await, State::Created);
    shop.advance(2 * HOUR).await;
    assert!(shop.sweep().await <= 2);
    assert_eq!(shop.state(&order).await, State::Canceled);
    shop.advance(30 * DAY).await;
    assert_eq!(shop.sweep().await, 0);
    shop.close().await;
}

/// While the gateway is away, all that is due costs a few questions a round, and what needs no gateway
/// goes on. Afterwards nothing is left behind.
#[rstest]
#[tokio::test]
async fn a_gateway_that_is_down_for_a_day_is_waited_for(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let mut orders = Vec::new();
    for number in 0..20 {
        let email = format!("customer-{number}@shop.example");
        let customer = shop.books.customer(&email).await;
        let (order, payment) = shop.order(customer, "starter").await;
        if number % 2 == 0 {
            shop.pay(&payment, "pm_card_visa").await;
        }
        orders.push(order);
    }
    let down = json!({ "fault": "fail", "status": 503, "retry_after": 30 });
    shop.spoil("*", "/v1/**", down).await;
    for _ in 0..8 {
        shop.advance(3 * HOUR).await;
        let asked = shop.sweep().await;
        assert!((1..=24).contains(&asked), "{asked}");
        shop.books.billing.fill_gaps().await.unwrap_err();
    }

    shop.behave().await;
    shop.advance(10 * MINUTE).await;
    shop.sweep().await;
    for (number, order) in orders.iter().enumerate() {
        let expected = match number % 2 == 0 {
            true => State::Succeeded,
            false => State::Canceled,
        };
        assert_eq!(shop.state(order).await, expected, "{number}");
    }
    shop.advance(DAY).await;
    assert_eq!(shop.sweep().await, 0);
    shop.close().await;
}

/// The gateway fails for some payments whatever is asked of them: they keep nobody else from being asked
/// about, and are asked about less and less often.
#[rstest]
#[tokio::test]
async fn payments_that_always_fail_hold_nobody_up(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let mut orders = Vec::new();
    for number in 0..10 {
        let email = format!("customer-{number}@shop.example");
        let customer = shop.books.customer(&email).await;
        let (order, payment) = shop.order(customer, "starter").await;
        if number < 5 {
            for part in ["", "/cancel"] {
                let path = format!("/v1/payment_intents/{payment}{part}");
                let fault = json!({ "fault": "fail", "status": 500, "retry_after": 30 });
                shop.spoil("*", &path, fault).await;
            }
        }
        orders.push(order);
    }
    shop.advance(DAY).await;
    for _ in 0..2 {
        shop.sweep().await;
        shop.advance(MINUTE / 6).await;
    }
    for (number, order) in orders.iter().enumerate() {
        let is_stuck = number < 5;
        let state = shop.state(order).await;
        assert_eq!(state == State::Created, is_stuck, "{number}: {state}");
    }
    let mut asked = 0;
    for _ in 0..60 {
        shop.advance(MINUTE).await;
        asked += shop.sweep().await;
    }
    // Each of them ten times at most.
    assert!((5..=50).contains(&asked), "{asked}");
    shop.behave().await;
    shop.advance(10 * MINUTE).await;
    shop.sweep().await;
    for order in &orders {
        assert_eq!(shop.state(order).await, State::Canceled);
    }
    shop.close().await;
}

/// However many they are, and although their turn comes first.
#[rstest]
#[tokio::test]
async fn a_hundred_payments_that_fail_hold_nobody_up(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let mut orders = Vec::new();
    for number in 0..101 {
        let name = number.to_string();
        let naming = Naming {
            external_id: name.clone(),
            email: None,
            key: name,
        };
        let customer = shop.books.billing.name_customer(naming).await.unwrap();
        orders.push(shop.order(customer.id, "starter").await.0);
    }
    let last = orders.pop().unwrap();
    shop.advance(DAY).await;
    let refused = json!({ "fault": "fail", "status": 400 });
    shop.spoil("*", "/v1/payment_intents/**", refused).await;
    shop.books.billing.sweep().await.unwrap();
    shop.behave().await;
    assert_eq!(shop.state(&last).await, State::Created);
    shop.books.billing.sweep().await.unwrap();
    assert_eq!(shop.state(&last).await, State::Canceled);
    shop.close().await;
}

/// A person is told after a month; should it arrive after all, it is settled by itself.
#[rstest]
#[tokio::test]
async fn money_that_stays_on_its_way_is_put_before_a_person(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[values("succeeded", "requires_payment_method")] news: &str,
) {
    let shop = Shop::open(database).await;
    let ann = shop.books.customer("ann@shop.example").await;
    let (order, payment) = shop.order(ann, "starter").await;
    let force = format!("/payment_intents/{payment}");
    shop.control(&force, json!({ "status": "processing" }))
        .await;
    shop.advance(MINUTE).await;
    shop.sweep().await;
    let mut asked = 0;
    for _ in 0..29 {
        shop.advance(DAY).await;
        asked += shop.sweep().await;
    }
    assert!(asked <= 29, "{asked}");
    assert_eq!(shop.transaction(&order).await.review, None);
    shop.advance(2 * DAY).await;
    shop.sweep().await;
    let waiting = shop.transaction(&order).await;
    assert_eq!(waiting.state, State::Processing);
    assert_eq!(waiting.review.as_deref(), Some(NO_NEWS));
    assert!(!waiting.is_held_back(), "nobody knows that it was paid");
    let reviews = shop.books.billing.attention().await.unwrap().reviews;
    assert_eq!(reviews, [waiting]);

    shop.control(&force, json!({ "status": news })).await;
    shop.advance(DAY).await;
    shop.sweep().await;
    let settled = shop.transaction(&order).await;
    assert_eq!(settled.review, None);
    match news {
        "succeeded" => assert_eq!(shop.books.available(ann).await, 50),
        _ => assert_eq!(settled.state, State::Failed),
    }
    shop.close().await;
}

/// The gateway lost it, or its key leads to another account.
#[rstest]
#[tokio::test]
async fn a_payment_that_the_gateway_no_longer_knows_ends_with_a_reason(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.books.customer("ann@shop.example").await;
    let bob = shop.books.customer("bob@shop.example").await;
    let (unpaid, _) = shop.order(ann, "starter").await;
    let (on_its_way, payment) = shop.order(bob, "starter").await;
    let force = format!("/payment_intents/{payment}");
    shop.control(&force, json!({ "status": "processing" }))
        .await;
    shop.advance(MINUTE).await;
    shop.sweep().await;
    shop.books
        .execute("update transactions set reference = 'pi_gone_' || state")
        .await;

    shop.advance(DAY).await;
    shop.sweep().await;
    assert_eq!(shop.state(&unpaid).await, State::Canceled);
    let lost = shop.transaction(&on_its_way).await;
    assert_eq!(lost.review.as_deref(), Some(GONE));
    shop.close().await;
}
