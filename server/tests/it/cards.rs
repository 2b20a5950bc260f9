//! Who a customer is at the gateway, and the cards they keep there.

use std::time::Duration;

use rstest::rstest;
use serde_json::json;

use crate::harness::{Browser, Database, Shop, eventually};

const ALWAYS_ASKS: &str = "pm_card_authenticationRequired";

/// Adds a card: the gateway's id of it.
async fn add(shop: &Shop, customer: &Browser, card: &str) -> String {
    let setup = customer.begin_card().await;
    let asked = shop.gateway.confirm(&setup, card).await.is(200).json();
    if asked["status"] == "requires_action" {
        customer.until(&setup.transaction, "requires_action").await;
        shop.gateway.answer_challenge(&setup, "complete").await;
    }
    let done = customer.until(&setup.transaction, "succeeded").await;
    assert_eq!(done["kind"], "card_validation");
    assert_eq!(done["amount"]["value"], 0);
    let setup = shop.gateway.intent(&setup.intent).await;
    setup["payment_method"].as_str().unwrap().to_owned()
}

/// Tabs, orders and restarts: at the gateway a customer is one.
#[rstest]
#[tokio::test]
async fn a_customer_is_made_once_at_the_gateway(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    assert!(shop.gateway.customers().await.is_empty(), "none too early");
    let (starter, first) = ann.order("starter").await;
    let (standard, second) = ann.order("standard").await;
    let tabs = [&starter, &standard, &starter, &standard].map(|order| ann.begin_payment(order));
    for payment in futures::future::join_all(tabs).await {
        payment.is(200);
    }
    let shop = shop.restart().await;
    let ann = ann.moved_to(&shop.site());
    let third = ann.checkout("studio").await.transaction;

    let customers = shop.gateway.customers().await;
    assert_eq!(customers.len(), 1);
    assert_eq!(customers[0]["email"], "ann@shop.example");
    for transaction in [first, second, third] {
        let intents = shop.gateway.intents_of(&transaction).await;
        assert_eq!(intents[0]["customer"], customers[0]["id"]);
        assert_eq!(
            intents[0]["metadata"]["customer"],
            customers[0]["metadata"]["customer"]
        );
    }
    shop.close().await;
}

#[rstest]
#[case::asks_nothing("pm_card_visa", true)]
#[case::asks("pm_card_authenticationRequired", true)]
#[case::without_webhooks("pm_card_authenticationRequiredOnSetup", false)]
#[tokio::test]
async fn a_card_is_added_once_its_bank_agrees(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] card: &str,
    #[case] webhooks: bool,
) {
    let shop = Shop::open(database).await;
    if !webhooks {
        shop.gateway.lose_webhooks().await;
    }
    let ann = shop.customer("ann@shop.example").await;
    assert!(ann.cards().await.is_empty());
    let method = add(&shop, &ann, card).await;
    let cards = ann.cards().await;
    assert_eq!(cards.len(), 1, "{cards:?}");
    assert!(cards[0].starts_with("Visa ending in "), "{cards:?}");
    assert_eq!(ann.credits().await, 0);
    eventually("the gateway knows the default", || async {
        let customers = shop.gateway.customers().await;
        customers[0]["invoice_settings"]["default_payment_method"] == *method
    })
    .await;
    // The next one is another setup, and does not push the first one aside.
    add(&shop, &ann, "pm_card_mastercard").await;
    let cards = ann.cards().await;
    assert_eq!(cards[1], "Mastercard ending in 4444");
    shop.close().await;
}

#[rstest]
#[case::declined("pm_card_visa_chargeDeclined", "generic_decline")]
#[case::not_confirmed(ALWAYS_ASKS, "setup_intent_authentication_failure")]
#[tokio::test]
async fn after_a_refusal_another_card_is_added(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] card: &str,
    #[case] code: &str,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let setup = ann.begin_card().await;
    let tried = shop.gateway.confirm(&setup, card).await;
    if tried.status == 200 {
        shop.gateway.answer_challenge(&setup, "fail").await;
    }
    let failed = ann.until(&setup.transaction, "failed").await;
    assert_eq!(failed["failure"]["code"], code);
    assert!(ann.cards().await.is_empty());

    let again = ann.begin_card().await;
    assert_eq!(again.client_secret, setup.client_secret);
    shop.gateway.confirm(&again, "pm_card_visa").await.is(200);
    ann.until(&setup.transaction, "succeeded").await;
    assert_eq!(ann.cards().await, ["Visa ending in 4242"]);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn two_tabs_add_one_card(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let tabs = futures::future::join_all((0..6).map(|_| ann.begin_card())).await;
    for tab in &tabs {
        assert_eq!(tab.client_secret, tabs[0].client_secret);
    }
    shop.gateway.confirm(&tabs[0], "pm_card_visa").await.is(200);
    ann.until(&tabs[0].transaction, "succeeded").await;
    // The same card once more takes its own place.
    add(&shop, &ann, "pm_card_visa").await;
    assert_eq!(ann.cards().await, ["Visa ending in 4242"]);
    shop.close().await;
}

#[rstest]
#[case::asks_nothing("pm_card_visa")]
#[case::asks(ALWAYS_ASKS)]
#[tokio::test]
async fn a_saved_card_pays(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] card: &str,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let method = add(&shop, &ann, card).await;
    let purchase = ann.checkout("starter").await;
    let checkout = ann.get(&format!("/checkout/{}", purchase.order)).await;
    assert!(checkout.text.contains(&method), "it is offered");
    let asked = shop.gateway.confirm(&purchase, &method).await.is(200);
    if card == ALWAYS_ASKS {
        assert_eq!(asked.json()["status"], "requires_action");
        shop.gateway.answer_challenge(&purchase, "complete").await;
    }
    ann.until(&purchase.transaction, "succeeded").await;
    assert_eq!(ann.credits().await, 50);
    assert_eq!(ann.cards().await.len(), 1);
    shop.close().await;
}

#[rstest]
#[case::with_webhooks(true)]
#[case::without_webhooks(false)]
#[tokio::test]
async fn a_card_that_pays_is_kept_when_that_is_wanted(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] webhooks: bool,
) {
    let shop = Shop::open(database).await;
    if !webhooks {
        shop.gateway.lose_webhooks().await;
    }
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    ann.until(&purchase.transaction, "succeeded").await;
    assert!(ann.cards().await.is_empty(), "nobody asked to keep it");

    let purchase = ann.checkout("starter").await;
    let keep = [("setup_future_usage", "off_session")];
    let card = "pm_card_visa";
    let paid = shop.gateway.confirm_with(&purchase, card, &keep).await;
    paid.is(200);
    ann.until(&purchase.transaction, "succeeded").await;
    eventually("the card is there", || async {
        ann.cards().await == ["Visa ending in 4242"]
    })
    .await;
    assert_eq!(ann.credits().await, 100);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn cards_are_put_in_order_and_removed(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let bob = shop.customer("bob@shop.example").await;
    let visa = add(&shop, &ann, "pm_card_visa").await;
    let mastercard = add(&shop, &ann, "pm_card_mastercard").await;
    let ids = ann.card_ids().await;
    let default = format!("/account/cards/{}/default", ids[1]);
    bob.post(&default, &[]).await.is(404);
    ann.post(&default, &[]).await.leads_to("/account#cards");
    let names = ["Mastercard ending in 4444", "Visa ending in 4242"];
    assert_eq!(ann.cards().await, names);
    eventually("the gateway knows the new default", || async {
        let customers = shop.gateway.customers().await;
        customers[0]["invoice_settings"]["default_payment_method"] == *mastercard
    })
    .await;

    let remove = format!("/account/cards/{}/remove", ids[1]);
    bob.get(&remove).await.is(404);
    bob.post(&remove, &[]).await.leads_to("/account#cards");
    let asked = ann.get(&remove).await.is(200);
    assert!(asked.text.contains("Remove Mastercard ending in 4444?"));
    for _click in 0..2 {
        ann.post(&remove, &[]).await.leads_to("/account#cards");
    }
    ann.get(&remove).await.is(404);
    assert_eq!(ann.cards().await, ["Visa ending in 4242"]);
    eventually("the gateway has let go of it", || async {
        let method = shop.gateway.method(&mastercard).await;
        let customers = shop.gateway.customers().await;
        let default = &customers[0]["invoice_settings"]["default_payment_method"];
        method["customer"].is_null() && *default == *visa
    })
    .await;
    shop.quiet().await;
    assert_eq!(ann.cards().await, ["Visa ending in 4242"]);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn what_happens_to_a_card_at_the_gateway_is_seen(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let visa = add(&shop, &ann, "pm_card_visa").await;
    let date = [("card[exp_month]", "7"), ("card[exp_year]", "2041")];
    shop.gateway.change_method(&visa, &date).await;
    eventually("the new date is there", || async {
        ann.get("/account").await.text.contains("Expires 07/41")
    })
    .await;
    let detach = format!("{visa}/detach");
    shop.gateway.change_method(&detach, &[]).await;
    eventually("the card is gone", || async {
        ann.cards().await.is_empty()
    })
    .await;
    shop.close().await;
}

/// The gateway does not answer: the card is off the list at once, and is taken from the customer
/// there as soon as that is possible.
#[rstest]
#[tokio::test]
async fn a_removal_is_repeated_until_the_gateway_has_heard(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let visa = add(&shop, &ann, "pm_card_visa").await;
    let fail = json!({ "fault": "fail", "status": 500 });
    let path = "/v1/payment_methods/*/detach";
    shop.gateway.spoil_calls("POST", path, fail).await;
    let ids = ann.card_ids().await;
    let remove = format!("/account/cards/{}/remove", ids[0]);
    ann.post(&remove, &[]).await.leads_to("/account#cards");
    assert!(ann.cards().await.is_empty());
    let billing = shop.server.billing();
    eventually("staff see it", || async {
        let duties = billing.attention().await.unwrap().duties;
        duties.iter().any(|duty| duty.subject == visa)
    })
    .await;
    assert!(!shop.gateway.method(&visa).await["customer"].is_null());

    shop.gateway.behave().await;
    shop.gateway.lose_webhooks().await;
    billing.clock().advance(Duration::from_secs(60));
    billing.do_duties().await.unwrap();
    eventually("the gateway has heard", || async {
        shop.gateway.method(&visa).await["customer"].is_null()
            && billing.attention().await.unwrap().duties.is_empty()
    })
    .await;
    shop.close().await;
}
