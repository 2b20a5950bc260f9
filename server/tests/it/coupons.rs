//! Codes on the account page and at the checkout: what they bring, what they take off, and what is
//! said when they do not.

use rstest::rstest;
use serde_json::json;

use crate::harness::{Browser, Database, Page, Shop, between};

async fn apply(customer: &Browser, order: &str, code: &str) -> Page {
    let fields = [("code", code)];
    customer.post(&format!("/checkout/{order}"), &fields).await
}

async fn applied(customer: &Browser, order: &str, code: &str) {
    let checkout = format!("/checkout/{order}");
    apply(customer, order, code).await.leads_to(&checkout);
}

/// The form came back with what was typed, marked as wrong, and this is said at it.
#[track_caller]
fn marks(page: &Page, typed: &str, said: &str) {
    let (_, field) = page.text.split_once("<input id=\"code\"").unwrap();
    let field = field.split('>').next().unwrap();
    assert!(field.contains(&format!("value=\"{typed}\"")), "{field}");
    assert!(field.contains("aria-invalid=\"true\""), "{field}");
    assert!(field.contains("code-error"), "{field}");
    let problem = between(&page.text, "id=\"code-error\"", "</p>").unwrap();
    assert!(problem.contains(said), "{problem}");
}

#[rstest]
#[tokio::test]
async fn a_code_lowers_what_is_paid(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (order, transaction) = ann.order("starter").await;
    let checkout = format!("/checkout/{order}");
    let plain = ann.get(&checkout).await.is(200);
    assert!(plain.text.contains("Have a code?"), "{}", plain.text);
    applied(&ann, &order, " spring20 ").await;

    let page = ann.get(&checkout).await.is(200);
    for shown in ["$5.00", "Spring, 20 % off", "\u{2212}$1.00", "Pay $4.00"] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    let purchase = ann.checkout("starter").await;
    assert_eq!(purchase.transaction, transaction);
    assert_eq!(shop.gateway.intent(&purchase.intent).await["amount"], 400);
    shop.gateway.pay(&purchase).await;
    let paid = ann.until(&transaction, "succeeded").await;
    assert_eq!(paid["amount"]["value"], 400);
    assert_eq!(ann.credits().await, 50);
    shop.close().await;
}

/// A second tab has opened the payment already: it asks for the new price before it can be made.
#[rstest]
#[tokio::test]
async fn an_open_payment_follows_the_price(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    applied(&ann, &purchase.order, "SPRING20").await;
    assert_eq!(shop.gateway.intent(&purchase.intent).await["amount"], 400);
    let remove = format!("/orders/{}/coupon/remove", purchase.order);
    let checkout = format!("/checkout/{}", purchase.order);
    ann.post(&remove, &[]).await.leads_to(&checkout);
    assert_eq!(shop.gateway.intent(&purchase.intent).await["amount"], 500);
    ann.post(&remove, &[]).await.leads_to(&checkout);

    // A card that was refused keeps the code, and the next one pays the lower price.
    applied(&ann, &purchase.order, "SPRING20").await;
    let card = "pm_card_visa_chargeDeclined";
    shop.gateway.confirm(&purchase, card).await.is(402);
    ann.until(&purchase.transaction, "failed").await;
    shop.gateway.pay(&purchase).await;
    let paid = ann.until(&purchase.transaction, "succeeded").await;
    assert_eq!(paid["amount"]["value"], 400);
    let intents = shop.gateway.intents_of(&purchase.transaction).await;
    assert_eq!(intents.len(), 1);
    assert_eq!(intents[0]["amount_received"], 400);
    assert_eq!(ann.credits().await, 50);
    shop.close().await;
}

#[rstest]
#[case::before_its_payment(false)]
#[case::after_its_payment_was_opened(true)]
#[tokio::test]
async fn with_nothing_due_no_gateway_is_needed(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] opened: bool,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (order, transaction) = ann.order("starter").await;
    if opened {
        ann.begin_payment(&order).await.is(200);
    }
    applied(&ann, &order, "friend").await;
    let checkout = ann.get(&format!("/checkout/{order}")).await;
    let path = format!("/transactions/{transaction}");
    assert!(checkout.location().ends_with(&path), "{checkout:?}");
    let page = ann.get(&path).await.is(200);
    assert!(page.text.contains("data-settled=\"true\""), "{}", page.text);
    assert!(page.text.contains("nothing to pay"), "{}", page.text);

    let settled = ann.until(&transaction, "succeeded").await;
    assert_eq!(settled["amount"]["value"], 0);
    assert_eq!(ann.credits().await, 50);
    ann.begin_payment(&order).await.is(409);
    let intents = shop.gateway.intents_of(&transaction).await;
    match opened {
        true => assert_eq!(intents[0]["status"], "canceled"),
        false => {
            assert_eq!(settled["gateway"], json!(null));
            assert!(intents.is_empty());
        }
    }
    shop.quiet().await;
    assert_eq!(ann.credits().await, 50);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_code_brings_credits_at_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let account = ann.get("/account").await.is(200);
    let (_, form) = account.text.split_once("Redeem a code").unwrap();
    let key = between(form, "name=\"key\" value=\"", "\"").unwrap();
    let typed = [("code", "welcome"), ("key", key)];
    let redeemed = ann.post("/account", &typed).await.is(303);
    let page = ann.get(redeemed.location()).await.is(200);
    assert!(
        page.text.contains("20 credits are in your account"),
        "{}",
        page.text
    );
    let id = redeemed.location().strip_prefix("/transactions/").unwrap();
    let gift = ann.transaction(id, "").await;
    assert_eq!(gift["kind"], "coupon");
    assert_eq!(gift["settled"], true);
    assert_eq!(gift["gateway"], json!(null));
    assert_eq!(gift["order"], json!(null));
    let account = ann.get("/account").await.is(200);
    assert!(account.text.contains("Welcome gift"), "{}", account.text);

    // A double click finds the same gift; a new form is another try.
    let again = ann.post("/account", &typed).await;
    again.leads_to(redeemed.location());
    let page = ann.post("/account", &[("code", "welcome")]).await.is(422);
    marks(&page, "welcome", "used this code already");
    assert_eq!(ann.credits().await, 20);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_wrong_code_is_said_at_its_field(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (order, _) = ann.order("starter").await;
    for (code, said) in [
        ("", "no such code"),
        ("nothing", "no such code"),
        ("welcome", "brings credits"),
        ("studio10", "not for the Starter pack"),
    ] {
        let page = apply(&ann, &order, code).await.is(422);
        marks(&page, code, said);
        let policy = page.header("content-security-policy");
        assert!(policy.contains("frame-src"), "it can still be paid");
    }
    let page = ann.post("/account", &[("code", "spring20")]).await;
    marks(&page.is(422), "spring20", "lowers a price");
    let key = "c0ffee00-0000-4000-8000-000000000000";
    let typed = [("code", "\"><script>alert(1)</script>"), ("key", key)];
    let page = ann.post("/account", &typed).await.is(422);
    assert!(!page.text.contains("<script>alert"), "{}", page.text);
    assert!(page.text.contains(key), "the form keeps its key");
    ann.post("/account", &[("key", "no key")]).await.is(422);
    ann.post(&format!("/checkout/{order}"), &[]).await.is(422);
    assert_eq!(shop.database.count("redemptions").await, 0);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn nobody_tries_all_codes(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    for _ in 0..20 {
        ann.post("/account", &[("code", "guess")]).await.is(422);
    }
    let page = ann.post("/account", &[("code", "welcome")]).await.is(429);
    marks(&page, "welcome", "too often");
    let (order, _) = ann.order("starter").await;
    let page = apply(&ann, &order, "spring20").await.is(429);
    marks(&page, "spring20", "too often");
    // Others are not held up by it.
    let bob = shop.customer("bob@shop.example").await;
    bob.post("/account", &[("code", "welcome")]).await.is(303);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_canceled_order_gives_its_code_back(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    for _ in 0..2 {
        let purchase = ann.checkout("studio").await;
        applied(&ann, &purchase.order, "studio10").await;
        let cancel = format!("/orders/{}/cancel", purchase.order);
        ann.post(&cancel, &[]).await.is(303);
        ann.until(&purchase.transaction, "canceled").await;
    }
    let purchase = ann.checkout("studio").await;
    applied(&ann, &purchase.order, "studio10").await;
    shop.gateway.pay(&purchase).await;
    ann.until(&purchase.transaction, "succeeded").await;
    let (order, _) = ann.order("studio").await;
    let page = apply(&ann, &order, "studio10").await.is(422);
    marks(&page, "studio10", "used this code already");
    shop.close().await;
}

/// The gateway does not hear of the new price: nobody is given the means to pay until it has.
#[rstest]
#[tokio::test]
async fn a_gateway_that_missed_the_price_is_told_before_the_payment(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let fault = json!({ "fault": "fail", "status": 500 });
    let update = format!("/v1/payment_intents/{}", purchase.intent);
    shop.gateway.spoil_calls("POST", &update, fault).await;
    applied(&ann, &purchase.order, "SPRING20").await;
    assert_eq!(shop.gateway.intent(&purchase.intent).await["amount"], 500);
    ann.begin_payment(&purchase.order).await.is(502);

    shop.gateway.behave().await;
    ann.begin_payment(&purchase.order).await.is(200);
    assert_eq!(shop.gateway.intent(&purchase.intent).await["amount"], 400);
    shop.gateway.pay(&purchase).await;
    ann.until(&purchase.transaction, "succeeded").await;
    shop.close().await;
}

/// The answer to the making of the payment is lost, and then a code lowers its price: the same
/// payment is found again, and lowered.
#[rstest]
#[tokio::test]
async fn a_lost_payment_is_found_at_its_lower_price(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (order, transaction) = ann.order("starter").await;
    let fault = json!({ "fault": "timeout" });
    shop.gateway
        .spoil_calls("POST", "/v1/payment_intents", fault)
        .await;
    ann.begin_payment(&order).await.is(502);
    shop.gateway.behave().await;
    applied(&ann, &order, "SPRING20").await;
    ann.begin_payment(&order).await.is(200);
    let intents = shop.gateway.intents_of(&transaction).await;
    assert_eq!(intents.len(), 1);
    assert_eq!(intents[0]["amount"], 400);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_price_that_was_paid_does_not_change(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    // The payment is settled first, and its checkout leads to it.
    applied(&ann, &purchase.order, "SPRING20").await;
    let transaction = ann.transaction(&purchase.transaction, "").await;
    assert_eq!(transaction["status"], "succeeded");
    assert_eq!(transaction["amount"]["value"], 500);
    assert_eq!(ann.credits().await, 50);
    assert_eq!(shop.database.count("redemptions").await, 0);

    let asked = ann.checkout("standard").await;
    let card = "pm_card_authenticationRequired";
    shop.gateway.confirm(&asked, card).await.is(200);
    let page = apply(&ann, &asked.order, "SPRING20").await.is(422);
    marks(&page, "SPRING20", "Your bank");
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_code_is_for_ones_own_order(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let bob = shop.customer("bob@shop.example").await;
    let (order, _) = ann.order("starter").await;
    apply(&bob, &order, "spring20").await.is(404);
    let remove = format!("/orders/{order}/coupon/remove");
    bob.post(&remove, &[]).await.is(404);
    let nobody = shop.visitor();
    let asked = apply(&nobody, &order, "spring20").await.is(303);
    assert!(asked.location().starts_with("/sign-in"), "{asked:?}");
    let asked = nobody.post("/account", &[("code", "welcome")]).await;
    assert!(asked.is(303).location().starts_with("/sign-in"));
    ann.post("/checkout/1", &[("code", "a")]).await.is(400);
    assert_eq!(shop.database.count("redemptions").await, 0);
    shop.close().await;
}
