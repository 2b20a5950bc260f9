//! What became of credits: a statement in pages, a balance explained, an entry undone.

use std::time::Duration;

use billing::api_key::Scope;
use rstest::rstest;
use serde_json::json;

use super::{Product, text};
use crate::harness::{Database, Shop};

#[rstest]
#[tokio::test]
async fn pages_of_a_statement_follow_each_other(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let customer = product.customer_with(10).await;
    for n in 1..=4 {
        let body = json!({"amount": n % 2 + 1, "reason": format!("picture {n}")});
        product
            .post(&format!("{customer}/spend"), body)
            .await
            .is(200);
    }
    let mut reasons = Vec::new();
    let mut path = format!("{customer}/entries?limit=2");
    loop {
        let page = product.get(&path).await.is(200).json();
        let lines = page["data"].as_array().unwrap();
        reasons.extend(lines.iter().map(|line| text(&line["reason"]).to_owned()));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{customer}/entries?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    let expected = [
        "picture 4",
        "picture 3",
        "picture 2",
        "picture 1",
        "Welcome",
    ];
    assert_eq!(reasons, expected);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_balance_is_explained(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Read).await;
    let writer = Product::of(&shop, Scope::Write).await;
    let customer = writer.customer_with(10).await;
    let before = shop.server.billing().clock().now();
    shop.server
        .billing()
        .clock()
        .advance(Duration::from_secs(60));
    let render = json!({"amount": 4, "reason": "render"});
    let spent = writer.post(&format!("{customer}/spend"), render).await;
    let spent = spent.is(200).json();

    let why = product.get(&format!("{customer}/explanation")).await;
    let why = why.is(200).json();
    assert_eq!(why["available"], 6);
    let because = json!([{"kind": "gift", "amount": 10}, {"kind": "spend", "amount": -4}]);
    assert_eq!(why["because"], because);
    let lot = &why["lots"][0];
    assert_eq!(
        (&lot["source"], &lot["remaining"]),
        (&json!("Welcome"), &json!(6))
    );
    assert_eq!(lot["used"], json!([{"kind": "spend", "amount": 4}]));

    let at = serde_json::to_value(before).unwrap();
    let then = product
        .get(&format!("{customer}/explanation?at={}", text(&at)))
        .await;
    assert_eq!(then.is(200).json()["available"], 10);
    let wrong = product
        .get(&format!("{customer}/explanation?at=noon"))
        .await;
    let problem = wrong.is(400).json();
    assert!(text(&problem["detail"]).contains("at"), "{problem}");

    let entry = format!("{customer}/entries/{}", text(&spent["id"]));
    let entry = product.get(&entry).await.is(200).json();
    assert_eq!(entry["amount"], -4);
    let lots = json!([{"lot": lot["id"], "source": "Welcome", "amount": 4}]);
    assert_eq!(entry["lots"], lots);
    let none = format!("{customer}/entries/{}", text(&lot["id"]));
    product.get(&none).await.is(404);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn what_went_wrong_is_undone_by_an_entry_of_its_own(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let customer = product.customer_with(50).await;
    let spend = json!({"amount": 20, "reason": "Picture: a harbour"});
    let spent = product.post(&format!("{customer}/spend"), spend).await;
    let spent = spent.is(200).json();
    let path = format!("{customer}/entries/{}/reverse", text(&spent["id"]));
    let why = json!({"reason": "It came out blurred"});
    let undone = product.post(&path, why.clone()).await.is(200).json();
    assert_eq!(undone["kind"], "reversal");
    assert_eq!(undone["reverses"], spent["id"]);
    let note = "Given back: Picture: a harbour (It came out blurred)";
    assert_eq!(undone["reason"], note);
    assert_eq!(product.post(&path, why).await.is(200).json(), undone);
    let other = json!({"reason": "It came too late"});
    let problem = product.post(&path, other).await.is(409).json();
    assert!(
        text(&problem["detail"]).contains("another reason"),
        "{problem}"
    );
    assert_eq!(product.balance(&customer).await, (50, 0));

    let entry = format!("{customer}/entries/{}", text(&undone["id"]));
    let entry = product.get(&entry).await.is(200).json();
    assert_eq!(entry["lots"][0]["amount"], -20);
    let path = format!("{customer}/entries/{}/reverse", text(&undone["id"]));
    let why = json!({"reason": "No"});
    product.post(&path, why.clone()).await.is(409);
    let path = format!("{customer}/entries/nothing/reverse");
    product.post(&path, why).await.is(404);
    let nothing = json!({"reason": " "});
    product
        .post(&path.replace("nothing", text(&spent["id"])), nothing)
        .await
        .is(422);
    let events = product
        .get("/v1/events?type=credits.reversed")
        .await
        .is(200)
        .json();
    assert_eq!(events["data"][0]["data"]["reverses"]["id"], spent["id"]);
    shop.close().await;
}
