//! Money that goes back, and what becomes of its credits.

use billing::{
    id::TransactionId,
    money::{Currency, Money},
    people::Role,
    refund::{Reason, Refund, State, Wish},
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::harness::{Browser, Database, Purchase, Shop, eventually};

/// The credits of the starter pack, and its price.
const STARTER: i64 = 50;
const PRICE: i64 = 500;
/// What a form of the studio sends along, so that a double click draws once.
const KEY: &str = "0b8ad7a6-4d6f-4f0e-8d38-7f8f8b6f6d11";

async fn bought(shop: &Shop, customer: &Browser, card: &str) -> Purchase {
    let purchase = customer.checkout("starter").await;
    shop.gateway.confirm(&purchase, card).await.is(200);
    customer.until(&purchase.transaction, "succeeded").await;
    purchase
}

async fn refund(shop: &Shop, purchase: &Purchase, amount: i64) -> Refund {
    let wish = Wish {
        transaction: purchase.transaction.parse().unwrap(),
        amount: Money {
            value: amount,
            currency: Currency::USD,
        },
        reason: Reason::RequestedByCustomer,
        key: format!("{amount}"),
    };
    shop.server.billing().refund(wish).await.unwrap()
}

/// What a customer reads on their account page.
async fn reads(customer: &Browser, words: &str) {
    let account = customer.get("/account").await.is(200);
    assert!(account.text.contains(words), "{words}: {}", account.text);
}

async fn has(customer: &Browser, credits: i64) {
    eventually(&format!("{credits} credits"), || async {
        customer.credits().await == credits
    })
    .await;
}

#[rstest]
#[tokio::test]
async fn a_refund_in_parts_takes_all_in_the_end(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = bought(&shop, &ann, "pm_card_visa").await;
    let part = refund(&shop, &purchase, 120).await;
    assert_eq!((part.state, part.held.taken.0), (State::Succeeded, 12));
    assert_eq!(ann.credits().await, 38);
    // The rest goes back at the gateway's own dashboard.
    let fields = [("payment_intent", purchase.intent.as_str())];
    shop.gateway.post("/v1/refunds", &fields).await.is(200);
    has(&ann, 0).await;
    shop.quiet().await;
    let id: TransactionId = purchase.transaction.parse().unwrap();
    let refunds = shop.server.billing().refunds(id).await.unwrap();
    let refunds: Vec<_> = refunds
        .iter()
        .map(|refund| (refund.amount.value, refund.state, refund.held.taken.0))
        .collect();
    assert_eq!(
        refunds,
        [
            (120, State::Succeeded, 12),
            (PRICE - 120, State::Succeeded, 38)
        ]
    );
    reads(&ann, "Refund of Starter pack").await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn spent_credits_are_owed_and_the_next_purchase_pays_them(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = bought(&shop, &ann, "pm_card_visa").await;
    let painted = [("words", "a harbour at dusk"), ("key", KEY)];
    ann.post("/studio", &painted).await.is(303);
    let spent = STARTER - ann.credits().await;
    assert!(spent > 0);
    refund(&shop, &purchase, PRICE).await;
    assert_eq!(ann.credits().await, 0);
    reads(&ann, &format!("You owe {spent} credits")).await;
    bought(&shop, &ann, "pm_card_visa").await;
    assert_eq!(ann.credits().await, STARTER - spent);
    reads(&ann, "Owed credits paid from Starter pack").await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn spent_credits_can_be_written_off(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open_with(database, &[("TENDER_SPENT_REFUNDS", "write-off")]).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = bought(&shop, &ann, "pm_card_visa").await;
    let painted = [("words", "a harbour at dusk"), ("key", KEY)];
    ann.post("/studio", &painted).await.is(303);
    refund(&shop, &purchase, PRICE).await;
    let account = ann.get("/account").await.is(200);
    assert!(!account.text.contains("You owe"), "{}", account.text);
    shop.close().await;
}

/// The bank sends the money back some time after it had been refunded.
#[rstest]
#[tokio::test]
async fn a_refund_that_fails_later_gives_the_credits_back(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = bought(&shop, &ann, "pm_card_refundFail").await;
    let made = refund(&shop, &purchase, PRICE).await;
    assert_eq!(made.state, State::Succeeded);
    let later = json!({ "advance_s": 10 });
    shop.gateway.control("/clock", later).await;
    has(&ann, STARTER).await;
    reads(&ann, "Given back: refund of Starter pack").await;
    shop.quiet().await;
    let desk = shop
        .staff(Role::Owner)
        .await
        .get("/admin/attention")
        .await
        .is(200);
    assert!(desk.text.contains("Refunds that failed"), "{}", desk.text);
    shop.close().await;
}

#[rstest]
#[case::won("won", STARTER)]
#[case::lost("lost", 0)]
#[tokio::test]
async fn a_disputed_payment_freezes_its_credits(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] outcome: &str,
    #[case] left: i64,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = bought(&shop, &ann, "pm_card_createDispute").await;
    has(&ann, 0).await;
    reads(&ann, "50 credits frozen").await;
    let staff = shop.staff(Role::Owner).await;
    let desk = staff.get("/admin/attention").await.is(200);
    assert!(desk.text.contains("Open disputes"), "{}", desk.text);

    let disputes: Value = shop.gateway.get("/v1/disputes").await;
    let dispute = disputes["data"][0]["id"].as_str().unwrap();
    let path = format!("/disputes/{dispute}");
    shop.gateway
        .control(&path, json!({ "status": outcome }))
        .await;
    shop.quiet().await;
    eventually("the dispute is decided", || async {
        !staff
            .get("/admin/attention")
            .await
            .text
            .contains("Open disputes")
    })
    .await;
    assert_eq!(ann.credits().await, left);
    assert_eq!(disputes["data"][0]["payment_intent"], purchase.intent);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_warning_of_fraud_stands_on_the_desk(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = bought(&shop, &ann, "pm_card_visa").await;
    let about = json!({ "payment_intent": purchase.intent });
    shop.gateway.control("/fraud-warnings", about).await;
    let staff = shop.staff(Role::Owner).await;
    eventually("the desk shows it", || async {
        let desk = staff.get("/admin/attention").await;
        desk.text.contains("unauthorized use of card")
    })
    .await;
    refund(&shop, &purchase, PRICE).await;
    let desk = staff.get("/admin/attention").await.is(200);
    assert!(
        desk.text.contains("Nothing needs attention"),
        "{}",
        desk.text
    );
    shop.close().await;
}

/// A plan is paid by an invoice, and refunds and disputes only know its payment.
#[rstest]
#[case::by_us(true)]
#[case::at_the_gateway(false)]
#[tokio::test]
async fn a_plan_is_refunded_like_anything_else(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] by_us: bool,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.subscribe("basic").await;
    shop.gateway.pay(&purchase).await;
    let paid = ann.until(&purchase.transaction, "succeeded").await;
    if by_us {
        let price = paid["amount"]["value"].as_i64().unwrap();
        let made = refund(&shop, &purchase, price).await;
        assert_eq!(made.state, State::Succeeded);
    } else {
        let fields = [("payment_intent", purchase.intent.as_str())];
        shop.gateway.post("/v1/refunds", &fields).await.is(200);
    }
    has(&ann, 0).await;
    reads(&ann, "Refund of Basic plan").await;
    shop.close().await;
}
