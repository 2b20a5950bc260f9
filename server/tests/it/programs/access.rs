//! Who is let in: keys, what they may do, and when they are taken back.

use billing::{api_key::Scope, staff::audit_log::Actor};
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use super::Product;
use crate::harness::{Database, Shop};

#[rstest]
#[tokio::test]
async fn nobody_without_a_valid_key_is_let_in(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let customer = product.customer_with(10).await;
    let spend = format!("{customer}/spend");
    let body = json!({"amount": 1, "reason": "render"});

    let nobody = shop.visitor();
    let refused = nobody.get(&customer).await.is(401);
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    assert_eq!(refused.header("content-type"), "application/problem+json");
    for value in [
        "Bearer tender_key_guessed",
        "Basic YTpi",
        "nonsense",
        "Bearer",
    ] {
        let request = nobody.request(Method::POST, &spend).json(&body);
        nobody
            .send(request.header("authorization", value))
            .await
            .is(401);
    }

    let reader = Product::of(&shop, Scope::Read).await;
    reader.get(&customer).await.is(200);
    reader.post(&spend, body.clone()).await.is(403);

    let keys = shop.server.billing().api_keys().await.unwrap();
    let (billing, by) = (shop.server.billing(), Actor::command_line());
    let revoked = billing.revoke_api_key(keys[1].id, "lost", &by).await;
    assert!(revoked.unwrap());
    product.post(&spend, body).await.is(401);
    assert_eq!(reader.balance(&customer).await, (10, 0));

    // What is stored opens nothing.
    let stored = "select lower(hex(secret_hash)) from api_keys";
    let stored = match database {
        Database::Sqlite => stored.to_owned(),
        Database::Postgres => {
            stored.replace("lower(hex(secret_hash))", "encode(secret_hash, 'hex')")
        }
    };
    for hash in shop.database.texts(&stored).await {
        assert!(!reader.key.contains(&hash) && !product.key.contains(&hash));
        let request = nobody.request(Method::GET, &customer);
        nobody
            .send(request.bearer_auth(format!("tender_key_{hash}")))
            .await
            .is(401);
    }
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_program_is_told_how_often_it_may_ask(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let customer = product.customer_with(10).await;
    let page = product.get(&customer).await.is(200);
    assert_eq!(page.header("ratelimit-policy"), "\"key\";q=20000;w=2");
    let left = page.header("ratelimit");
    assert!(left.starts_with("\"key\";r=19"), "{left}");
    shop.close().await;
}
