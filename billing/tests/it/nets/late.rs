use billing::transaction::State;
use rstest::rstest;
use serde_json::{Value, json};

use super::{DAY, Shop};
use crate::books::{Database, deliver};

/// In which order late events come.
#[derive(Clone, Copy, Debug)]
enum Order {
    AsMade,
    Reversed,
    /// Every other one, and then the rest backwards.
    Shuffled,
}

impl Order {
    fn of(self, made: &[Value]) -> Vec<Value> {
        let mut events = made.to_vec();
        match self {
            Self::AsMade => {}
            Self::Reversed => events.reverse(),
            Self::Shuffled => {
                let odd = made.iter().skip(1).step_by(2).rev();
                events = made.iter().step_by(2).chain(odd).cloned().collect();
            }
        }
        events
    }
}

/// Nobody looked for three days, and nobody was told. Then all comes at once, every event twice.
#[rstest]
#[tokio::test]
async fn events_that_come_three_days_late_leave_the_same(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[values(Order::AsMade, Order::Reversed, Order::Shuffled)] order: Order,
) {
    let shop = Shop::open(database).await;
    let mut customers = Vec::new();
    for name in ["ann", "bob", "carl", "dora"] {
        let email = format!("{name}@shop.example");
        customers.push(shop.books.customer(&email).await);
    }
    let [ann, bob, carl, dora] = customers[..] else {
        panic!()
    };
    shop.buy(ann, "starter").await;
    let (_, refunded) = shop.buy(bob, "starter").await;
    let half = [("payment_intent", refunded.as_str()), ("amount", "250")];
    shop.post("/v1/refunds", &half).await;
    let (_, disputed) = shop.buy(carl, "starter").await;
    shop.control("/disputes", json!({ "payment_intent": disputed }))
        .await;
    let (late, declined) = shop.order(dora, "starter").await;
    shop.pay(&declined, "pm_card_chargeDeclined").await;
    shop.pay(&declined, "pm_card_visa").await;

    shop.advance(3 * DAY).await;
    let listed = shop.request(reqwest::Method::GET, "/v1/events?limit=100");
    let listed: Value = listed.send().await.unwrap().json().await.unwrap();
    let mut made = listed["data"].as_array().unwrap().clone();
    made.reverse();
    for event in order.of(&made).iter().flat_map(|event| [event, event]) {
        deliver(&shop.books.billing, &shop.books.clock, event)
            .await
            .unwrap();
    }
    // What an event alone does not tell is asked by a server with workers.
    let server = shop.another_server().await;
    shop.books.quiet().await;
    server.stop().await;
    let mut credits = Vec::new();
    for customer in customers {
        credits.push(shop.books.available(customer).await);
    }
    assert_eq!(credits, [50, 25, 0, 50]);
    assert_eq!(shop.state(&late).await, State::Succeeded);
    shop.close().await;
}
