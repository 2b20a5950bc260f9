//! A customer goes to the gateway's page and comes back, or does not.

use std::time::Duration;

use rstest::rstest;
use serde_json::json;

use super::{open, pay, pay_by_card, press, session, taken};
use crate::harness::{Database, Shop, eventually};

#[rstest]
#[tokio::test]
async fn the_customer_pays_and_comes_back(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    let made = session(&shop, &open.page).await;
    assert_eq!(made["amount_total"], 500);
    assert_eq!(made["client_reference_id"], open.transaction);
    assert_eq!(made["metadata"]["transaction"], open.transaction);
    assert!(made["customer"].is_string());
    let life = made["expires_at"].as_i64().unwrap() - made["created"].as_i64().unwrap();
    assert!((22 * 3600..=23 * 3600).contains(&life), "{life}");

    let back = pay_by_card(&shop, &open.page).await;
    assert_eq!(back, format!("/callback/stripe/{}", open.transaction));
    let shown = format!("/transactions/{}", open.transaction);
    // Twice, and from another browser where nobody is signed in.
    ann.get(&back).await.leads_to(&shown);
    ann.get(&back).await.leads_to(&shown);
    shop.visitor().get(&back).await.leads_to(&shown);
    let page = ann.get(&shown).await.is(200);
    assert!(page.text.contains("data-settled=\"true\""), "{}", page.text);
    assert_eq!(ann.credits().await, 50);
    let transaction = ann.transaction(&open.transaction, "").await;
    let intent = transaction["gateway"]["reference"].as_str().unwrap();
    let intent = shop.gateway.intent(intent).await;
    assert_eq!(intent["metadata"]["transaction"], open.transaction);
    assert_eq!(taken(&shop, &open.transaction).await, 1);
    shop.close().await;
}

#[rstest]
#[case::webhooks_tell(false)]
#[case::the_sweeper_asks(true)]
#[tokio::test]
async fn a_customer_who_never_comes_back_has_paid(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] webhooks_are_lost: bool,
) {
    let shop = Shop::open(database).await;
    if webhooks_are_lost {
        shop.gateway.lose_webhooks().await;
    }
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    pay_by_card(&shop, &open.page).await;
    if webhooks_are_lost {
        let billing = shop.server.billing();
        billing.clock().advance(Duration::from_secs(120));
        billing.sweep().await.unwrap();
    }
    eventually("the credits are there", || async {
        ann.credits().await == 50
    })
    .await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn the_bank_asks_on_the_page_and_another_card_may_pay(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    pay(&shop, &open.page, "pm_card_visa_chargeDeclined")
        .await
        .is(402);
    ann.until(&open.transaction, "failed").await;
    let checkout = ann.get(&format!("/checkout/{}", open.order)).await.is(200);
    assert!(checkout.text.contains("Your card was declined"));
    // It goes on where it was.
    assert_eq!(press(&shop, &ann, &open.order).await, open.page);
    let asked = pay(&shop, &open.page, "pm_card_threeDSecure2Required").await;
    let asked = asked.is(200).json();
    let secret = asked["client_secret"].as_str().unwrap();
    ann.until(&open.transaction, "requires_action").await;
    let (intent, _) = secret.split_once("_secret").unwrap();
    let answer = [("client_secret", secret), ("outcome", "complete")];
    let challenge = format!("/challenge/{intent}");
    shop.gateway.post(&challenge, &answer).await.is(200);
    ann.until(&open.transaction, "succeeded").await;
    assert_eq!(ann.credits().await, 50);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn coming_back_proves_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let bob = shop.customer("bob@shop.example").await;
    let open = open(&shop, &ann).await;
    let back = format!("/callback/stripe/{}", open.transaction);
    let shown = format!("/transactions/{}", open.transaction);
    // Nobody has paid.
    let said = format!("{back}?session_id=cs_forged&redirect_status=succeeded");
    ann.get(&said).await.leads_to(&shown);
    let transaction = ann.transaction(&open.transaction, "").await;
    assert_eq!(transaction["status"], "created");
    assert_eq!(ann.credits().await, 0);
    // Somebody else: they are led to a page that is not theirs.
    bob.get(&back).await.leads_to(&shown);
    bob.get(&shown).await.is(404);
    let asked = shop.visitor().get(&shown).await.is(303);
    assert!(asked.location().starts_with("/sign-in?next=/transactions/"));
    for forged in ["0199d6c2-6f0a-7c3e-8f57-3d9a4f1c2b60", "nonsense"] {
        let led = ann.get(&format!("/callback/stripe/{forged}")).await;
        let led = led.is(303);
        ann.get(led.location()).await.is(404);
    }
    // Nor may they open or leave what is not theirs.
    for verb in ["page", "page/leave"] {
        let path = format!("/orders/{}/{verb}", open.order);
        bob.post(&path, &[]).await.is(404);
    }
    assert_eq!(session(&shop, &open.page).await["status"], "open");
    shop.close().await;
}

/// The gateway does not say how it stands: the page waits, and does not ask for the money again.
#[rstest]
#[tokio::test]
async fn who_comes_back_while_the_gateway_is_silent_waits(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    let back = pay_by_card(&shop, &open.page).await;
    let silent = json!({ "fault": "fail" });
    let sessions = "/v1/checkout/sessions/*";
    shop.gateway.spoil_calls("GET", sessions, silent).await;
    let led = ann.get(&back).await.is(303);
    let page = ann.get(led.location()).await.is(200);
    assert!(
        page.text.contains("data-phase=\"confirming\""),
        "{}",
        page.text
    );
    shop.gateway.behave().await;
    ann.until(&open.transaction, "succeeded").await;
    shop.close().await;
}
