//! `/v1/customers`: whom a product knows.

use billing::api_key::Scope;
use rstest::rstest;
use serde_json::json;

use super::{Product, text};
use crate::harness::{Database, Shop};

#[rstest]
#[tokio::test]
async fn a_customer_is_made_once_and_found_by_both_names(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let body = json!({"external_id": "user 7"});
    let made = product.post_as("c1", "/v1/customers", body.clone()).await;
    let made = made.is(201).json();
    let again = product.post_as("c1", "/v1/customers", body.clone()).await;
    assert_eq!(made, again.is(201).json());
    let again = product.post("/v1/customers", body).await.is(200).json();
    assert_eq!(made, again);
    let other = json!({"external_id": "user 8"});
    product.post_as("c1", "/v1/customers", other).await.is(409);
    assert_eq!(made["has_account"], false);

    let found = product.get("/v1/customers/external:user%207").await.is(200);
    assert_eq!(found.json(), made);
    let by_id = format!("/v1/customers/{}", text(&made["id"]));
    assert_eq!(product.get(&by_id).await.is(200).json(), made);

    for (body, status, names) in [
        (json!({}), 422, "external_id"),
        (json!({"external_id": " "}), 422, "external_id"),
        (json!({"external_id": 7}), 422, "external_id"),
        (json!({"external_id": "a", "emial": "x"}), 422, "emial"),
        (json!({"external_id": "a", "email": "nobody"}), 422, "email"),
    ] {
        let problem = product.post("/v1/customers", body).await.is(status).json();
        assert!(text(&problem["detail"]).contains(names), "{problem}");
    }
    assert_eq!(shop.database.count("customers").await, 1);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn who_has_an_account_here_is_named_by_their_verified_address(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let ann = shop.customer("ann@shop.example").await;
    let body = json!({"external_id": "ann", "email": "Ann@shop.example"});
    shop.verify_address("ann@shop.example").await;
    let linked = product
        .post("/v1/customers", body.clone())
        .await
        .is(201)
        .json();
    assert_eq!(linked["has_account"], true);
    product.post("/v1/customers", body).await.is(200);
    let other = json!({"external_id": "other", "email": "ann@shop.example"});
    product.post("/v1/customers", other).await.is(409);

    let gift = json!({"amount": 30, "reason": "Welcome"});
    product
        .post("/v1/customers/external:ann/grants", gift)
        .await
        .is(201);
    assert_eq!(ann.credits().await, 30);
    shop.close().await;
}
