use std::time::Duration;

use billing::{clock::Clock, inbox::Refused, transaction::State, turn::Job};
use rstest::rstest;
use serde_json::Value;

use super::{MINUTE, Shop};
use crate::books::{Database, deliver};

impl Shop {
    /// Sends everything that happened, as the gateway does by its own clock, and answers how many the
    /// door refused.
    async fn send_all(&self) -> usize {
        let listed = self.request(reqwest::Method::GET, "/v1/events?limit=100");
        let listed: Value = listed.send().await.unwrap().json().await.unwrap();
        let mut refused = 0;
        for event in listed["data"].as_array().unwrap() {
            match deliver(&self.books.billing, &Clock::default(), event).await {
                Ok(()) => {}
                Err(Refused::Signature(_)) => refused += 1,
                Err(error) => panic!("{error}"),
            }
        }
        refused
    }
}

/// Our clock jumps by ten minutes and is set right later. Webhooks are refused meanwhile, because they
/// seem to be old or not made yet; the payments are found all the same, and nothing else minds.
#[rstest]
#[tokio::test]
async fn a_clock_that_jumps_breaks_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[values(false, true)] is_ahead: bool,
) {
    let shop = Shop::open(database).await;
    let (books, billing) = (&shop.books, &shop.books.billing);
    let ann = books.customer("ann@shop.example").await;
    assert!(billing.take_turn(Job::Sweep).await.unwrap());
    let (before, _) = shop.buy(ann, "starter").await;
    assert_eq!(shop.send_all().await, 0);
    assert_eq!(shop.state(&before).await, State::Succeeded);

    let jump = |there: bool| match there == is_ahead {
        true => books.clock.advance(10 * MINUTE),
        false => books.clock.set_back(10 * MINUTE),
    };
    jump(true);
    let (wrong, _) = shop.buy(ann, "starter").await;
    assert!(shop.send_all().await > 0);
    assert_eq!(shop.state(&wrong).await, State::Created);
    billing.fill_gaps().await.unwrap();
    assert_eq!(shop.state(&wrong).await, State::Succeeded);
    books.spend(ann, 30).await;
    billing.sweep().await.unwrap();
    assert!(billing.take_turn(Job::Sweep).await.unwrap());
    shop.books.hold().await;

    jump(false);
    let (after, _) = shop.buy(ann, "starter").await;
    assert_eq!(shop.send_all().await, 0);
    assert_eq!(shop.state(&after).await, State::Succeeded);
    books.spend(ann, 30).await;
    billing.sweep().await.unwrap();
    assert!(billing.take_turn(Job::Sweep).await.unwrap());
    books.clock.advance(Duration::from_secs(30));
    billing.fill_gaps().await.unwrap();
    assert_eq!(books.available(ann).await, 3 * 50 - 2 * 30);
    shop.close().await;
}
