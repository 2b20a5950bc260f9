//! `/studio`: credits become pictures, once each, and running out leads to a pack.

use billing::{ledger::Spend, money::Credits, secret::Secret};
use rstest::rstest;

use crate::harness::{Browser, Database, Page, Shop};

const PRICE: i64 = app::studio::PRICE.0;
const STARTER: i64 = 50;

async fn buy_starter(shop: &Shop, customer: &Browser) {
    let purchase = customer.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    customer.until(&purchase.transaction, "succeeded").await;
}

async fn draw(customer: &Browser, words: &str, key: &str) -> Page {
    customer
        .post("/studio", &[("words", words), ("key", key)])
        .await
}

fn key() -> String {
    uuid::Uuid::new_v4().to_string()
}

#[rstest]
#[tokio::test]
async fn a_picture_costs_credits_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    buy_starter(&shop, &ann).await;
    let key = key();
    let drawn = draw(&ann, "a quiet lake", &key).await.is(303);
    let page = ann.get(drawn.location()).await.is(200);
    assert!(page.text.contains("a quiet lake"));
    let svg = ann.get(&format!("{}.svg", drawn.location())).await.is(200);
    assert_eq!(svg.header("content-type"), "image/svg+xml");
    assert!(svg.text.starts_with("<svg"), "{}", svg.text);

    // The same form sent again, even ten times at once, is the same picture.
    let again = (0..10).map(|_| draw(&ann, "a quiet lake", &key));
    for page in futures::future::join_all(again).await {
        page.leads_to(drawn.location());
    }
    assert_eq!(ann.credits().await, STARTER - PRICE);
    // The same key for other words is a mistake, and costs nothing.
    draw(&ann, "a loud city", &key).await.is(409);
    assert_eq!(ann.credits().await, STARTER - PRICE);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn running_out_names_the_cheapest_pack_that_helps(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    buy_starter(&shop, &ann).await;
    spend_all_but(&shop, &ann, PRICE - 1).await;
    let words = "the last \"picture\" & more";
    let page = draw(&ann, words, &key()).await.is(402);
    assert!(page.text.contains("Buy Starter"), "{}", page.text);
    assert!(page.text.contains("$5.00"), "{}", page.text);
    assert!(page.text.contains("name=\"pack\" value=\"starter\""));
    assert_eq!(ann.credits().await, PRICE - 1);

    // The pack leads back to the same words.
    let back = "/studio?words=the%20last";
    let order = [("pack", "starter"), ("return_to", back)];
    let placed = ann.post("/orders", &order).await.is(303);
    let id = placed.location().strip_prefix("/checkout/").unwrap();
    let begun = ann.begin_payment(id).await.is(200).json();
    let (intent, _) = begun["client_secret"]
        .as_str()
        .unwrap()
        .split_once("_secret")
        .unwrap();
    let transaction = shop.gateway.intent(intent).await["metadata"]["transaction"].clone();
    let transaction = transaction.as_str().unwrap();
    let paid = serde_json::json!({ "status": "succeeded" });
    shop.gateway.force(intent, paid).await;
    ann.until(transaction, "succeeded").await;
    let page = ann
        .get(&format!("/transactions/{transaction}"))
        .await
        .is(200);
    assert!(page.text.contains(back), "{}", page.text);
    draw(&ann, words, &key()).await.is(303);
    shop.close().await;
}

async fn spend_all_but(shop: &Shop, customer: &Browser, left: i64) {
    let billing = shop.server.billing();
    let cookie = customer.cookie().unwrap();
    let token = Secret::from(cookie.split_once('=').unwrap().1);
    let session = billing.session(&token).await.unwrap().unwrap();
    let spend = Spend {
        customer: session.person.customer.unwrap(),
        amount: Credits(customer.credits().await - left),
        note: "a large one".to_owned(),
        key: "test".to_owned(),
    };
    billing.spend(spend).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_picture_is_its_customers_alone(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let bob = shop.customer("bob@shop.example").await;
    buy_starter(&shop, &ann).await;
    let drawn = draw(&ann, "a secret garden", &key()).await.is(303);
    for path in [
        drawn.location().to_owned(),
        format!("{}.svg", drawn.location()),
    ] {
        ann.get(&path).await.is(200);
        let page = bob.get(&path).await.is(404);
        assert!(!page.text.contains("garden"));
        let page = shop.visitor().get(&path).await.is(303);
        assert!(page.location().starts_with("/sign-in"));
    }
    shop.close().await;
}

#[rstest]
#[case::nothing("")]
#[case::blanks("   ")]
#[case::too_much(
    "a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake a lake"
)]
#[case::control_characters("a\u{7}lake")]
#[tokio::test]
async fn words_that_cannot_be_drawn_cost_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] words: &str,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    buy_starter(&shop, &ann).await;
    let page = draw(&ann, words, &key()).await.is(422);
    assert!(page.text.contains("aria-invalid=\"true\""), "{}", page.text);
    draw(&ann, "a lake", "no key").await.is(422);
    assert_eq!(ann.credits().await, STARTER);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn words_are_only_words(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    buy_starter(&shop, &ann).await;
    let words = "\"></title><script>alert(1)</script>";
    let drawn = draw(&ann, words, &key()).await.is(303);
    for path in [
        drawn.location().to_owned(),
        format!("{}.svg", drawn.location()),
        "/studio".to_owned(),
        "/account".to_owned(),
    ] {
        let page = ann.get(&path).await.is(200);
        assert!(!page.text.contains("<script>alert"), "{path}");
    }
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn passers_by_are_asked_in(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let page = draw(&shop.visitor(), "a lake", &key()).await;
    page.leads_to("/sign-in?next=/studio");
    shop.close().await;
}
