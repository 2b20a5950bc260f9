//! `tender endpoints …` and `/v1/events`: an operator's system hears of what happens, and reads it
//! again.

use std::{
    process::Output,
    sync::{Arc, Mutex},
};

use axum::{Router, extract::State, routing::post};
use billing::api_key::Scope;
use http::HeaderMap;
use rstest::rstest;
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::{Product, text};
use crate::{
    commands::{self, run},
    harness::{Database, Gateway, Shop, TestDatabase, eventually},
};

type Received = Arc<Mutex<Vec<(HeaderMap, String)>>>;

/// Where the events go of this test.
async fn receiver() -> (String, Received) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    let received = Received::default();
    let hooks = async |State(received): State<Received>, headers: HeaderMap, body: String| {
        received.lock().unwrap().push((headers, body));
    };
    let service = Router::new()
        .route("/hooks", post(hooks))
        .with_state(received.clone());
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    (url, received)
}

fn line(output: &Output, name: &str) -> String {
    assert!(output.status.success(), "{output:?}");
    let mut lines = commands::text(&output.stdout).lines();
    let value = lines.find_map(|line| line.strip_prefix(name)).unwrap();
    value.trim().to_owned()
}

#[rstest]
#[tokio::test]
async fn an_operator_hears_of_a_purchase_and_reads_it_again(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let database = TestDatabase::fresh(database).await;
    let (url, folder) = (database.url.clone(), tempfile::tempdir().unwrap());
    let endpoints = async |arguments: &[&str]| {
        let arguments = [&["endpoints"], arguments].concat();
        run(&arguments, &[("DATABASE_URL", url.as_str())], folder.path()).await
    };
    let (hooks, received) = receiver().await;
    let added = endpoints(&["add", &hooks, "--events", "order.paid,refund.failed"]).await;
    let (id, secret) = (line(&added, "Id:"), line(&added, "Secret:"));
    assert!(secret.starts_with("whsec_"), "{secret}");
    let listed = endpoints(&["list"]).await;
    let told = commands::text(&listed.stdout);
    for part in [&id, &hooks, "enabled", "order.paid,refund.failed"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains(&secret), "{told}");

    let shop = Shop::open_on(database, Gateway::start().await, &[]).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    eventually("the purchase is told", || async {
        !received.lock().unwrap().is_empty()
    })
    .await;
    let (headers, body) = received.lock().unwrap()[0].clone();
    let webhook = Webhook::new(&secret).unwrap();
    webhook.verify(body.as_bytes(), &headers).unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["data"]["transaction"], json!(purchase.transaction));

    let product = Product::of(&shop, Scope::Read).await;
    let list = async |query: &str| {
        let answer = product.get(&format!("/v1/events?{query}")).await;
        answer.is(200).json()
    };
    let paid = &list("type=order.paid").await["data"][0];
    assert_eq!(text(&paid["id"]), headers["webhook-id"]);
    for name in ["type", "data"] {
        assert_eq!(paid[name], body[name]);
    }
    let newest = list(&format!("limit=1&customer={}", text(&paid["customer"]))).await;
    assert_eq!(newest["data"][0]["type"], "credits.granted");
    let rest = list(&format!("cursor={}", text(&newest["next_cursor"]))).await;
    assert_eq!(rest["data"], json!([paid]));
    for (query, named) in [
        ("type=order.lost", "type"),
        ("limit=0", "limit"),
        ("a=b", "`a`"),
    ] {
        let refused = product.get(&format!("/v1/events?{query}")).await.is(400);
        assert!(refused.text.contains(named), "{refused:?}");
    }

    let replayed = endpoints(&["replay", &id, "--since", "2000-01-01T00:00:00Z"]).await;
    assert!(
        commands::text(&replayed.stdout).contains("1 event "),
        "{replayed:?}"
    );
    eventually("the purchase is told once more", || async {
        let received = received.lock().unwrap();
        received.len() == 2 && received[1].0["webhook-id"] == headers["webhook-id"]
    })
    .await;

    assert!(endpoints(&["disable", &id]).await.status.success());
    let listed = endpoints(&["list"]).await;
    assert!(
        commands::text(&listed.stdout).contains("disabled"),
        "{listed:?}"
    );
    for (wrong, named) in [
        (vec!["disable", id.as_str()], "ID"),
        (vec!["replay", &id, "--since", "2000-01-01T00:00:00Z"], "ID"),
        (vec!["replay", &id, "--since", "yesterday"], "--since"),
        (vec!["add", "http://shop.example/hooks"], "URL"),
        (vec!["add", &hooks, "--events", "order.lost"], "--events"),
    ] {
        let refused = endpoints(&wrong).await;
        assert!(!refused.status.success(), "{refused:?}");
        assert!(
            commands::text(&refused.stderr).contains(named),
            "{refused:?}"
        );
    }
    shop.close().await;
}
