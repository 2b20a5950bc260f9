//! What cannot be taken is refused as a problem that names it, and nothing is written.

use billing::api_key::Scope;
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use super::{Product, text};
use crate::harness::{Database, Page, Shop};

#[rstest]
#[tokio::test]
async fn what_cannot_be_taken_is_named(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let customer = product.customer_with(10).await;
    for what in ["spend", "grants", "holds"] {
        for (body, names) in [
            (json!({"amount": 0, "reason": "x"}), "amount"),
            (json!({"amount": -1, "reason": "x"}), "amount"),
            (json!({"amount": "1", "reason": "x"}), "amount"),
            (json!({"amount": 1.5, "reason": "x"}), "amount"),
            (json!({"amount": i64::MAX, "reason": "x"}), "amount"),
            (json!({"reason": "x"}), "amount"),
            (json!({"amount": 1}), "reason"),
            (json!({"amount": 1, "reason": " "}), "reason"),
            (json!({"amount": 1, "reason": "two\nlines"}), "reason"),
            (json!({"amount": 1, "reason": "x".repeat(201)}), "reason"),
            (json!({"amount": 1, "reason": "x", "note": "y"}), "note"),
        ] {
            let path = format!("{customer}/{what}");
            is_named(&product.post(&path, body).await, 422, names);
        }
    }
    for (what, body, names) in [
        (
            "grants",
            json!({"expires_at": "2020-01-01T00:00:00Z"}),
            "expires_at",
        ),
        ("grants", json!({"expires_at": "tomorrow"}), "expires_at"),
        ("grants", json!({"priority": 101}), "priority"),
        ("holds", json!({"expires_in": 0}), "expires_in"),
        ("holds", json!({"expires_in": -1}), "expires_in"),
        ("holds", json!({"expires_in": 604_801}), "expires_in"),
    ] {
        let mut whole = json!({"amount": 1, "reason": "x"});
        whole
            .as_object_mut()
            .unwrap()
            .extend(body.as_object().unwrap().clone());
        let path = format!("{customer}/{what}");
        is_named(&product.post(&path, whole).await, 422, names);
    }
    let spend = format!("{customer}/spend");
    let send = async |kind: &str, body: &str, key: &str| {
        let request = product.http.request(Method::POST, &spend);
        let request = request.bearer_auth(&product.key).body(body.to_owned());
        let request = request
            .header("content-type", kind)
            .header("idempotency-key", key);
        product.http.send(request).await
    };
    let good = r#"{"amount": 1, "reason": "x"}"#;
    is_named(&send("application/json", "{", "k").await, 400, "JSON");
    is_named(
        &send("text/plain", good, "k").await,
        415,
        "application/json",
    );
    let long = format!("{good}{}", " ".repeat(70_000));
    is_named(&send("application/json", &long, "k").await, 413, "limit");
    let key = "k".repeat(256);
    is_named(
        &send("application/json", good, &key).await,
        400,
        "Idempotency-Key",
    );
    is_named(
        &send("application/json", good, "").await,
        400,
        "Idempotency-Key",
    );

    for (path, status, names) in [
        ("/v1/customers/7", 400, "id"),
        ("/v1/customers/%FF", 400, "id"),
        ("/v1/customers/external:nobody", 404, "external:nobody"),
        ("/v1/holds/7", 400, "id"),
        (
            "/v1/holds/0191c3a0-0000-7000-8000-000000000000",
            404,
            "hold",
        ),
        ("/v1/orders?limit=0", 400, "limit"),
        ("/v1/orders?limit=many", 400, "limit"),
        ("/v1/orders?cursor=x", 400, "cursor"),
        ("/v1/orders?status=paid", 400, "status"),
        ("/v1/transactions?customer=x", 400, "customer"),
        ("/v1/nothing/here", 404, "/v1/nothing/here"),
        (spend.as_str(), 405, "GET"),
    ] {
        is_named(&product.get(path).await, status, names);
    }
    assert_eq!(shop.database.count("transfers").await, 1);
    assert_eq!(shop.database.count("holds").await, 0);
    shop.close().await;
}

#[track_caller]
fn is_named(answer: &Page, status: u16, names: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["status"], status);
    assert!(text(&problem["type"]).starts_with("/problems/"));
    assert!(
        text(&problem["detail"]).contains(names),
        "{names}: {problem}"
    );
}
