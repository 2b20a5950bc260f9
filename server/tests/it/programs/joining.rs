//! Who was named by a product before they had an account, and the account: they become one when the
//! address is verified, and nothing is lost or done twice.

use billing::api_key::Scope;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Product, text};
use crate::harness::{Browser, Database, PASSWORD, Shop};

const ANN: &str = "ann@shop.example";
const USER: &str = "/v1/customers/external:user-7";

/// A customer without a person, who was given 30, spent 5 and has 10 set aside: their id and the hold's.
async fn named(product: &Product) -> (String, String) {
    let body = json!({"external_id": "user-7", "email": "Ann@Shop.example"});
    let made = product.post("/v1/customers", body).await.is(201).json();
    assert_eq!(made["has_account"], false);
    let (given, spent, held) = wishes(product).await;
    assert_eq!(
        (&given["balance"], &spent["balance"]),
        (&json!(30), &json!(25))
    );
    (text(&made["id"]).to_owned(), text(&held["id"]).to_owned())
}

/// The same wishes under the same keys.
async fn wishes(product: &Product) -> (Value, Value, Value) {
    let gift = json!({"amount": 30, "reason": "Welcome", "expires_at": "2099-01-01T00:00:00Z"});
    let given = product.post_as("w1", &format!("{USER}/grants"), gift).await;
    let spend = json!({"amount": 5, "reason": "Picture"});
    let spent = product.post_as("w1", &format!("{USER}/spend"), spend).await;
    let hold = json!({"amount": 10, "reason": "Film"});
    let held = product.post_as("w1", &format!("{USER}/holds"), hold).await;
    (
        given.is(201).json(),
        spent.is(200).json(),
        held.is(201).json(),
    )
}

async fn customer(product: &Product, path: &str) -> Value {
    product.get(path).await.is(200).json()
}

async fn buy(shop: &Shop, browser: &Browser) {
    let purchase = browser.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    browser.until(&purchase.transaction, "succeeded").await;
}

#[rstest]
#[tokio::test]
async fn a_new_account_takes_over_who_was_named(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let (id, hold) = named(&product).await;
    let before = wishes(&product).await;
    let ann = shop.customer(ANN).await;
    assert_eq!(ann.credits().await, 0);
    assert_eq!(customer(&product, USER).await["has_account"], false);

    shop.verify_address(ANN).await;
    let one = customer(&product, USER).await;
    assert_eq!(
        (&one["id"], &one["has_account"]),
        (&json!(id), &json!(true))
    );
    assert_eq!(ann.credits().await, 15);
    assert_eq!(wishes(&product).await, before);
    let capture = json!({"amount": 4});
    let ended = product
        .post(&format!("/v1/holds/{hold}/capture"), capture)
        .await;
    ended.is(200);
    assert_eq!(ann.credits().await, 21);
    let account = ann.get("/account").await.is(200).text;
    assert!(
        account.contains("Picture") && account.contains("Welcome"),
        "{account}"
    );
    buy(&shop, &ann).await;
    assert_eq!(product.balance(USER).await, (71, 0));
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn who_has_credits_already_is_joined_by_transfers(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let ann = shop.customer(ANN).await;
    buy(&shop, &ann).await;
    let (id, hold) = named(&product).await;
    let before = wishes(&product).await;

    shop.verify_address(ANN).await;
    let one = customer(&product, USER).await;
    assert_ne!(one["id"], id);
    assert_eq!(
        (&one["external_id"], &one["has_account"]),
        (&json!("user-7"), &json!(true))
    );
    let account = format!("/v1/customers/{}", text(&one["id"]));
    assert_eq!(customer(&product, &account).await, one);
    assert_eq!(
        customer(&product, &format!("/v1/customers/{id}")).await,
        one
    );
    assert_eq!(product.balance(USER).await, (65, 0));
    assert_eq!(wishes(&product).await, before);

    // What is not needed of the hold follows.
    let capture = json!({"amount": 4});
    let ended = product
        .post(&format!("/v1/holds/{hold}/capture"), capture)
        .await;
    ended.is(200);
    assert_eq!(ann.credits().await, 71);
    let spend = json!({"amount": 71, "reason": "All of it"});
    product.post(&format!("{USER}/spend"), spend).await.is(200);
    let gift = json!({"amount": 3, "reason": "More"});
    product
        .post(&format!("/v1/customers/{id}/grants"), gift)
        .await
        .is(201);
    assert_eq!(product.balance(&account).await, (3, 0));

    let lines = product.get(&format!("{USER}/entries")).await.is(200).json();
    let lines = lines["data"].as_array().unwrap().iter();
    let lines = lines.map(|line| (text(&line["kind"]), line["amount"].as_i64().unwrap()));
    let expected = [
        ("gift", 3),
        ("spend", -71),
        ("joined", 6),
        ("joined", 15),
        ("purchase", 50),
    ];
    assert_eq!(lines.collect::<Vec<_>>(), expected);
    // A lot stays what it was, and a line of before can be looked at.
    let why = product
        .get(&format!("{USER}/explanation"))
        .await
        .is(200)
        .json();
    assert_eq!(why["available"], 3);
    let line = format!("{USER}/entries/{}", text(&before.1["id"]));
    assert_eq!(product.get(&line).await.is(200).json()["amount"], -5);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn who_verified_first_is_joined_when_they_are_named(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let ann = shop.customer(ANN).await;
    shop.verify_address(ANN).await;
    let unnamed = json!({"external_id": "user-7"});
    product.post("/v1/customers", unnamed).await.is(201);
    wishes(&product).await;
    let addressed = json!({"external_id": "user-7", "email": ANN});
    let one = product
        .post("/v1/customers", addressed.clone())
        .await
        .is(200)
        .json();
    assert_eq!(one["has_account"], true);
    assert_eq!(ann.credits().await, 15);
    product.post("/v1/customers", addressed).await.is(200);
    let other = json!({"external_id": "user-8", "email": ANN});
    product.post("/v1/customers", other).await.is(409);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn only_who_verifies_the_last_address_is_joined(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    named(&product).await;
    let taken = json!({"external_id": "user-8", "email": ANN});
    product.post("/v1/customers", taken).await.is(409);
    let moved = json!({"external_id": "user-7", "email": "bob@shop.example"});
    product.post("/v1/customers", moved).await.is(200);
    let ann = shop.customer(ANN).await;
    shop.verify_address(ANN).await;
    assert_eq!(ann.credits().await, 0);
    let bob = shop.customer("bob@shop.example").await;
    assert_eq!(bob.credits().await, 0);
    shop.verify_address("bob@shop.example").await;
    assert_eq!(bob.credits().await, 15);
    // Theirs for good: nobody else joins them.
    let back = json!({"external_id": "user-7", "email": ANN});
    product.post("/v1/customers", back).await.is(409);
    assert_eq!((ann.credits().await, bob.credits().await), (0, 15));
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn whatever_happens_at_that_moment_nothing_is_lost(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[values(false, true)] has_bought: bool,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let ann = shop.customer(ANN).await;
    if has_bought {
        buy(&shop, &ann).await;
    }
    named(&product).await;
    let (grants, spends) = (format!("{USER}/grants"), format!("{USER}/spend"));
    let one = json!({"amount": 1, "reason": "One"});
    let given = futures::future::join_all((0..20).map(|_| product.post(&grants, one.clone())));
    let spent = futures::future::join_all((0..20).map(|_| product.post(&spends, one.clone())));
    let order = ann.post("/orders", &[("pack", "starter")]);
    let (given, spent, order, ()) = tokio::join!(given, spent, order, shop.verify_address(ANN));
    given.into_iter().for_each(|given| drop(given.is(201)));
    let spent = spent.iter().filter(|spent| spent.status == 200).count();
    let has_ordered = order.status == 303;
    let left = i64::try_from(35 - spent).unwrap() + 50 * i64::from(has_bought);
    assert_eq!(product.balance(USER).await.0, left);
    assert_eq!(ann.credits().await, left);
    // An order that came too late was refused, and can be placed now.
    if !has_ordered {
        ann.post("/orders", &[("pack", "starter")]).await.is(303);
    }
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn who_leaves_takes_both_names_along(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let ann = shop.customer(ANN).await;
    let code = [("code", "WELCOME")];
    ann.post("/account", &code).await;
    let (id, hold) = named(&product).await;
    shop.verify_address(ANN).await;
    product
        .post(&format!("/v1/holds/{hold}/release"), Value::Null)
        .await
        .is(200);
    let told = ann.get("/account/export").await.is(200).json();
    let names = [&told["customer"], &told["joined"][0]].map(|one| &one["id"]);
    assert!(
        names.contains(&&json!(id)) && told["joined"].as_array().unwrap().len() == 1,
        "{told}"
    );

    let typed = [("password", PASSWORD), ("confirm", "yes")];
    ann.post("/account/close", &typed)
        .await
        .leads_to("/sign-in?done=closed");
    product.get(USER).await.is(404);
    let again = json!({"external_id": "user-7", "email": ANN});
    let again = product.post("/v1/customers", again).await.is(201).json();
    assert_ne!(again["id"], id);
    assert_eq!(again["has_account"], false);
    shop.close().await;
}
