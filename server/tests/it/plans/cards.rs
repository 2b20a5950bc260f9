//! The card that a plan is paid with: a saved one or another, and the one that renewals are charged to.

use rstest::rstest;
use serde_json::json;

use super::{BASIC, customer_of, pass_renewal, subscribed};
use crate::harness::{Browser, Database, Shop, eventually};

const VISA: &str = "Visa ending in 4242";
const MASTERCARD: &str = "Mastercard ending in 4444";
/// Its bank asks each time, also when it knows the card.
const ALWAYS_ASKS: &str = "pm_card_authenticationRequired";

/// Saves a card: its id at the gateway.
async fn save(shop: &Shop, ann: &Browser, card: &str) -> String {
    let purchase = ann.begin_card().await;
    let paid = shop.gateway.confirm(&purchase, card).await.is(200).json();
    if paid["status"] == "requires_action" {
        shop.gateway.answer_challenge(&purchase, "complete").await;
    }
    ann.until(&purchase.transaction, "succeeded").await;
    let intent = shop.gateway.intent(&purchase.intent).await;
    intent["payment_method"].as_str().unwrap().to_owned()
}

/// Waits until the gateway charges renewals to this card, and the account shows these.
async fn is_paid_with(shop: &Shop, ann: &Browser, method: &str, shown: &[&str]) {
    eventually("the plan is paid with it", || async {
        let plans = shop.gateway.list("subscriptions").await;
        let customers = shop.gateway.customers().await;
        let usual = &customers[0]["invoice_settings"]["default_payment_method"];
        plans[0]["default_payment_method"] == *method && *usual == *method
    })
    .await;
    eventually("the account shows it first", || async {
        ann.cards().await == shown
    })
    .await;
}

#[rstest]
#[case::asks_nothing("pm_card_mastercard", MASTERCARD)]
#[case::the_bank_asks(ALWAYS_ASKS, "Visa ending in 3184")]
#[tokio::test]
async fn a_saved_card_begins_a_plan(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] card: &str,
    #[case] name: &str,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    save(&shop, &ann, "pm_card_visa").await;
    let other = save(&shop, &ann, card).await;
    assert_eq!(ann.cards().await[0], VISA);

    let purchase = ann.subscribe("basic").await;
    let checkout = ann.get(&format!("/checkout/{}", purchase.order)).await;
    assert!(checkout.text.contains(&other), "it is offered");
    let paid = shop.gateway.confirm(&purchase, &other).await.is(200);
    if paid.json()["status"] == "requires_action" {
        shop.gateway.answer_challenge(&purchase, "complete").await;
    }
    ann.until(&purchase.transaction, "succeeded").await;
    assert_eq!(ann.credits().await, BASIC);
    is_paid_with(&shop, &ann, &other, &[name, VISA]).await;
    shop.quiet().await;
    shop.close().await;
}

/// Without a webhook, too.
#[rstest]
#[tokio::test]
async fn the_card_that_begins_a_plan_is_kept(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = subscribed(&shop, &ann, "basic", "pm_card_visa").await;
    eventually("the card is there", || async {
        ann.cards().await == [VISA]
    })
    .await;

    // The plan needs it: it goes only once there is another.
    let visa = ann.card_ids().await.remove(0);
    let remove = format!("/account/cards/{visa}/remove");
    let refused = ann.post(&remove, &[]).await.is(409);
    assert!(refused.text.contains("Your plan is paid with this card"));
    assert_eq!(ann.cards().await, [VISA]);
    let mastercard = save(&shop, &ann, "pm_card_mastercard").await;
    ann.post(&remove, &[]).await.leads_to("/account#cards");
    is_paid_with(&shop, &ann, &mastercard, &[MASTERCARD]).await;

    shop.gateway.behave().await;
    let customer = customer_of(&ann, &purchase.transaction).await;
    pass_renewal(&shop, customer).await;
    eventually("it pays the renewal", || async {
        let charges = shop.gateway.list("charges").await;
        charges[0]["payment_method"] == *mastercard && charges[0]["paid"] == true
    })
    .await;
    shop.quiet().await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn another_default_pays_the_next_renewals(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    subscribed(&shop, &ann, "basic", "pm_card_visa").await;
    let mastercard = save(&shop, &ann, "pm_card_mastercard").await;
    eventually("both are there", || async { ann.cards().await.len() == 2 }).await;
    let ids = ann.card_ids().await;
    let default = format!("/account/cards/{}/default", ids[1]);
    ann.post(&default, &[]).await.leads_to("/account#cards");
    is_paid_with(&shop, &ann, &mastercard, &[MASTERCARD, VISA]).await;
    shop.quiet().await;
    shop.close().await;
}

/// A plan may end at the gateway before its new card is told there.
#[rstest]
#[tokio::test]
async fn a_plan_that_has_ended_needs_no_card(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    subscribed(&shop, &ann, "basic", "pm_card_visa").await;
    let mastercard = save(&shop, &ann, "pm_card_mastercard").await;
    eventually("both are there", || async { ann.cards().await.len() == 2 }).await;
    shop.quiet().await;
    shop.gateway.lose_webhooks().await;
    let plans = shop.gateway.list("subscriptions").await;
    let plan = plans[0]["id"].as_str().unwrap();
    shop.gateway.end_subscription(plan).await;
    let ids = ann.card_ids().await;
    let default = format!("/account/cards/{}/default", ids[1]);
    ann.post(&default, &[]).await.leads_to("/account#cards");
    eventually("the gateway knows the new default", || async {
        let customers = shop.gateway.customers().await;
        customers[0]["invoice_settings"]["default_payment_method"] == json!(mastercard)
    })
    .await;
    let billing = shop.server.billing();
    eventually("nothing is owed to the gateway", || async {
        billing.attention().await.unwrap().duties.is_empty()
    })
    .await;
    shop.close().await;
}
