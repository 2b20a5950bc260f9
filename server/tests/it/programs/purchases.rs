//! `/v1/orders` and `/v1/transactions`: a product waits for what its customer buys.

use billing::api_key::Scope;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Product, text};
use crate::harness::{Database, Shop};

#[rstest]
#[tokio::test]
async fn a_product_waits_for_a_purchase_and_lists_it(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Read).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let path = format!(
        "/v1/transactions/{}?awaitStatus=succeeded&timeout=20",
        purchase.transaction
    );
    let (told, ()) = tokio::join!(product.get(&path), async {
        shop.gateway.pay(&purchase).await;
    });
    let told = told.is(200).json();
    assert_eq!(
        (&told["settled"], &told["timed_out"]),
        (&json!(true), &json!(false))
    );

    let listed = product.get("/v1/transactions").await.is(200).json();
    assert_eq!(listed["data"][0]["id"], told["id"]);
    assert_eq!(listed["next_cursor"], Value::Null);
    let orders = product
        .get(&format!("/v1/orders?customer={}", text(&told["customer"])))
        .await
        .is(200)
        .json();
    assert_eq!(orders["data"][0]["status"], "paid");
    assert_eq!(orders["data"][0]["transaction"], told["id"]);
    shop.close().await;
}
