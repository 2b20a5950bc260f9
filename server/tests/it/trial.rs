//! `/trial`: credits for nothing, once for each customer and each card.

use std::time::Duration;

use rstest::rstest;
use serde_json::json;

use crate::harness::{Browser, Database, Purchase, Shop, eventually};

/// The credits of the demo's trial.
const TRIAL: i64 = 25;
const ALWAYS_ASKS: &str = "pm_card_authenticationRequired";

async fn is_released(shop: &Shop, trial: &Purchase) {
    eventually("what was set aside is given back", || async {
        shop.gateway.intent(&trial.intent).await["status"] == "canceled"
    })
    .await;
}

async fn open(shop: &Shop, customer: &Browser, card: &str) -> Purchase {
    let trial = customer.begin_trial().await;
    let asked = shop.gateway.confirm(&trial, card).await.is(200).json();
    if asked["status"] == "requires_action" {
        shop.gateway.answer_challenge(&trial, "complete").await;
    }
    trial
}

#[rstest]
#[case::asks_nothing("pm_card_visa", true)]
#[case::asks(ALWAYS_ASKS, true)]
#[case::without_webhooks(ALWAYS_ASKS, false)]
#[tokio::test]
async fn a_card_that_works_opens_a_trial(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] card: &str,
    #[case] webhooks: bool,
) {
    let shop = Shop::open(database).await;
    if !webhooks {
        shop.gateway.lose_webhooks().await;
    }
    let visitor = shop.visitor().get("/").await.is(200);
    assert!(visitor.text.contains("Start free: 25 credits"));
    let ann = shop.customer("ann@shop.example").await;
    assert!(ann.get("/").await.text.contains("href=\"/trial\""));
    let trial = open(&shop, &ann, card).await;
    let done = ann.until(&trial.transaction, "succeeded").await;
    assert_eq!(done["kind"], "card_validation");
    assert_eq!(done["settled"], true);
    assert_eq!(ann.credits().await, TRIAL);
    let customer = shop.server.billing();
    let page = ann.get("/account").await.is(200);
    assert!(page.text.contains("Trial"), "the lot says where it is from");
    assert_eq!(ann.cards().await.len(), 1);

    is_released(&shop, &trial).await;
    customer.do_duties().await.unwrap();
    shop.quiet().await;
    // That the amount was given back is no failure.
    assert_eq!(ann.transaction(&trial.transaction, "").await, done);
    assert_eq!(ann.credits().await, TRIAL);
    assert!(!ann.get("/").await.text.contains("Start free"));
    assert!(
        ann.get("/trial")
            .await
            .text
            .contains("You have had the trial")
    );
    ann.call("begin_trial", json!({})).await.is(409);
    shop.close().await;
}

#[rstest]
#[case::declined("pm_card_visa_chargeDeclined")]
#[case::not_confirmed(ALWAYS_ASKS)]
#[case::confirmed_and_declined("pm_card_threeDSecureRequiredChargeDeclined")]
#[tokio::test]
async fn after_a_refusal_another_card_opens_the_trial(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] card: &str,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let trial = ann.begin_trial().await;
    let tried = shop.gateway.confirm(&trial, card).await;
    if tried.status == 200 {
        let answer = if card == ALWAYS_ASKS {
            "fail"
        } else {
            "complete"
        };
        shop.gateway.answer_challenge(&trial, answer).await;
    }
    let failed = ann.until(&trial.transaction, "failed").await;
    assert!(failed["failure"]["message"].is_string());
    assert_eq!(ann.credits().await, 0);

    let again = ann.begin_trial().await;
    assert_eq!(again.client_secret, trial.client_secret);
    shop.gateway.confirm(&again, "pm_card_visa").await.is(200);
    ann.until(&trial.transaction, "succeeded").await;
    assert_eq!(ann.credits().await, TRIAL);
    is_released(&shop, &trial).await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn one_card_opens_one_trial(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let bob = shop.customer("bob@shop.example").await;
    let first = open(&shop, &ann, "pm_card_visa").await;
    ann.until(&first.transaction, "succeeded").await;

    let second = open(&shop, &bob, "pm_card_visa").await;
    let refused = bob.until(&second.transaction, "canceled").await;
    assert_eq!(refused["failure"]["code"], "trial_card_used");
    assert_eq!(bob.credits().await, 0);
    let page = bob
        .get(&format!("/transactions/{}", second.transaction))
        .await;
    assert!(page.text.contains("This card has been used for a trial"));
    is_released(&shop, &second).await;
    shop.quiet().await;

    // Another card is another try.
    let third = open(&shop, &bob, "pm_card_mastercard").await;
    assert_ne!(third.transaction, second.transaction);
    bob.until(&third.transaction, "succeeded").await;
    assert_eq!((ann.credits().await, bob.credits().await), (TRIAL, TRIAL));
    assert_eq!(shop.database.count("trials").await, 2);
    is_released(&shop, &third).await;
    shop.close().await;
}

/// Five customers, one card, one moment.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_card_opens_one_trial_in_a_race(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let mut customers = Vec::new();
    for number in 0..5 {
        customers.push(shop.customer(&format!("c{number}@shop.example")).await);
    }
    let trials = customers
        .iter()
        .map(|customer| open(&shop, customer, "pm_card_visa"));
    let trials = futures::future::join_all(trials).await;
    let ends = customers
        .iter()
        .zip(&trials)
        .map(async |(customer, trial)| {
            let query = "awaitStatus=settled&timeout=30";
            let end = customer.transaction(&trial.transaction, query).await;
            is_released(&shop, trial).await;
            (
                end["status"].as_str().unwrap().to_owned(),
                customer.credits().await,
            )
        });
    let mut ends = futures::future::join_all(ends).await;
    ends.sort();
    let canceled = ("canceled".to_owned(), 0);
    let mut expected = vec![canceled; 4];
    expected.push(("succeeded".to_owned(), TRIAL));
    assert_eq!(ends, expected);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn the_release_is_repeated_until_it_is_done(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let fail = json!({ "fault": "fail", "status": 500 });
    let path = "/v1/payment_intents/*/cancel";
    shop.gateway.spoil_calls("POST", path, fail).await;
    let ann = shop.customer("ann@shop.example").await;
    let trial = open(&shop, &ann, "pm_card_visa").await;
    ann.until(&trial.transaction, "succeeded").await;
    assert_eq!(
        ann.credits().await,
        TRIAL,
        "the customer does not wait for it"
    );
    let billing = shop.server.billing();
    eventually("staff see it", || async {
        let duties = billing.attention().await.unwrap().duties;
        duties.iter().any(|duty| duty.subject == trial.intent)
    })
    .await;

    // The server goes down and comes back, and still owes it.
    let shop = shop.restart().await;
    shop.gateway.behave().await;
    shop.gateway.lose_webhooks().await;
    let billing = shop.server.billing();
    billing.clock().advance(Duration::from_secs(60));
    billing.do_duties().await.unwrap();
    is_released(&shop, &trial).await;
    eventually("nothing is owed", || async {
        billing.attention().await.unwrap().duties.is_empty()
    })
    .await;
    shop.close().await;
}

/// All that is heard of a card that worked is that its amount was given back.
#[rstest]
#[tokio::test]
async fn an_authorization_that_was_given_back_still_counts(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let trial = open(&shop, &ann, "pm_card_visa").await;
    shop.gateway.cancel(&trial.intent).await;
    shop.gateway.behave().await;
    let kind = "payment_intent.canceled";
    let event = &shop.gateway.events(&trial.intent, kind).await[0];
    shop.gateway.resend(event, 3).await;
    ann.until(&trial.transaction, "succeeded").await;
    shop.quiet().await;
    assert_eq!(ann.credits().await, TRIAL);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_trial_that_nobody_finishes_expires(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let trial = ann.begin_trial().await;
    let card = ann.begin_card().await;
    shop.gateway.lose_webhooks().await;
    let billing = shop.server.billing();
    billing.clock().advance(billing::order::LIFETIME);
    billing.sweep().await.unwrap();
    for begun in [&trial, &card] {
        let transaction = ann.transaction(&begun.transaction, "").await;
        assert_eq!(transaction["status"], "canceled");
        let intent = shop.gateway.intent(&begun.intent).await;
        assert_eq!(intent["status"], "canceled");
    }
    assert_eq!(ann.credits().await, 0);
    let again = ann.begin_trial().await;
    assert_ne!(again.transaction, trial.transaction);
    shop.close().await;
}

/// The customer went away, and their bank agreed: it is not thrown away with what expires.
#[rstest]
#[tokio::test]
async fn a_trial_that_worked_unseen_does_not_expire(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let trial = open(&shop, &ann, "pm_card_visa").await;
    let billing = shop.server.billing();
    billing.clock().advance(billing::order::LIFETIME);
    billing.sweep().await.unwrap();
    let transaction = ann.transaction(&trial.transaction, "").await;
    assert_eq!(transaction["status"], "succeeded");
    assert_eq!(ann.credits().await, TRIAL);
    is_released(&shop, &trial).await;
    shop.close().await;
}

/// Money that was taken instead of given back is for a person to look at.
#[rstest]
#[tokio::test]
async fn a_captured_amount_is_reviewed(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let trial = ann.begin_trial().await;
    let wanted = json!({ "status": "succeeded" });
    shop.gateway.force(&trial.intent, wanted).await;
    ann.until(&trial.transaction, "processing").await;
    shop.quiet().await;
    assert_eq!(ann.credits().await, 0);
    let attention = shop.server.billing().attention().await.unwrap();
    assert_eq!(attention.reviews.len(), 1);
    shop.close().await;
}
