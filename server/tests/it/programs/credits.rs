//! Credits that are spent, set aside and given.

use billing::api_key::Scope;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Product, text};
use crate::harness::{Database, Shop};

#[rstest]
#[tokio::test]
async fn a_wish_to_spend_is_done_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let customer = product.customer_with(10).await;
    let path = format!("{customer}/spend");
    let body = json!({"amount": 4, "reason": "render"});

    let spent = product
        .post_as("w1", &path, body.clone())
        .await
        .is(200)
        .json();
    assert_eq!(
        (&spent["amount"], &spent["balance"]),
        (&json!(-4), &json!(6))
    );
    let again = product.post_as("w1", &path, body).await.is(200).json();
    assert_eq!(spent, again);
    let other = json!({"amount": 5, "reason": "render"});
    product.post_as("w1", &path, other).await.is(409);
    assert_eq!(product.balance(&customer).await, (6, 0));

    let short = json!({"amount": 7, "reason": "render"});
    let refused = product.post_as("w2", &path, short.clone()).await.is(402);
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let problem = refused.json();
    assert_eq!(
        (&problem["available"], &problem["required"]),
        (&json!(6), &json!(7))
    );
    let site = shop.server.public_url();
    assert_eq!(
        text(&problem["purchase_url"]),
        format!("{site}/buy/starter")
    );
    // A refusal did nothing, so the same wish may come true later.
    let gift = json!({"amount": 1, "reason": "Sorry"});
    product
        .post(&format!("{customer}/grants"), gift)
        .await
        .is(201);
    product.post_as("w2", &path, short).await.is(200);
    assert_eq!(product.balance(&customer).await, (0, 0));
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_grant_may_start_later(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let customer = product.customer_with(10).await;
    let grants = format!("{customer}/grants");
    let mut body = json!({
        "amount": 5, "reason": "Next year", "starts_at": "2099-01-01T00:00:00Z",
        "expires_at": "2098-01-01T00:00:00Z",
    });
    let refused = product.post(&grants, body.clone()).await.is(422).json();
    assert!(
        text(&refused["detail"]).starts_with("expires_at: "),
        "{refused}"
    );
    body["expires_at"] = json!("2100-01-01T00:00:00Z");
    let grant = product.post(&grants, body).await.is(201).json();
    assert_eq!(grant["starts_at"], "2099-01-01T00:00:00Z");
    assert_eq!(grant["balance"], 10);
    let balance = product.get(&format!("{customer}/balance")).await;
    let balance = balance.is(200).json();
    assert_eq!(balance["available"], 10);
    assert_eq!(balance["upcoming"][0]["id"], grant["lot"]);
    assert_eq!(balance["upcoming"][0]["remaining"], 5);
    let why = product.get(&format!("{customer}/explanation")).await;
    assert_eq!(why.is(200).json()["upcoming"], 5);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_hold_is_used_in_part_and_the_rest_goes_back(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let customer = product.customer_with(10).await;
    let holds = format!("{customer}/holds");
    let body = json!({"amount": 8, "reason": "film"});

    let hold = product
        .post_as("h1", &holds, body.clone())
        .await
        .is(201)
        .json();
    assert_eq!(
        (&hold["status"], &hold["balance"]),
        (&json!("open"), &json!(2))
    );
    assert_eq!(product.balance(&customer).await, (2, 8));
    let short = json!({"amount": 3, "reason": "render"});
    product
        .post(&format!("{customer}/spend"), short)
        .await
        .is(402);

    let path = format!("/v1/holds/{}", text(&hold["id"]));
    let too_much = json!({"amount": 9});
    product
        .post(&format!("{path}/capture"), too_much)
        .await
        .is(422);
    let used = json!({"amount": 5});
    let captured = product.post(&format!("{path}/capture"), used.clone()).await;
    let captured = captured.is(200).json();
    assert_eq!(
        (&captured["status"], &captured["captured"]),
        (&json!("captured"), &json!(5))
    );
    assert_eq!(product.balance(&customer).await, (5, 0));

    // Repeated, both answer as they did; what contradicts is refused.
    let again = product.post(&format!("{path}/capture"), used).await.is(200);
    assert_eq!(again.json(), captured);
    let first = product.post_as("h1", &holds, body).await.is(201);
    assert_eq!(first.json(), hold);
    product
        .post(&format!("{path}/release"), Value::Null)
        .await
        .is(409);
    assert_eq!(product.get(&path).await.is(200).json(), captured);

    let hold = product
        .post(&holds, json!({"amount": 5, "reason": "b"}))
        .await;
    let path = format!("/v1/holds/{}", text(&hold.is(201).json()["id"]));
    product
        .post(&format!("{path}/release"), Value::Null)
        .await
        .is(200);
    product
        .post(&format!("{path}/release"), Value::Null)
        .await
        .is(200);
    assert_eq!(product.balance(&customer).await, (5, 0));

    let request = product
        .http
        .request(Method::POST, &format!("{path}/capture"));
    let without_body = product.http.send(request.bearer_auth(&product.key)).await;
    without_body.is(409);
    shop.close().await;
}

/// Twenty times the same wish at once: done once, and all hear the same.
#[rstest]
#[tokio::test]
async fn a_wish_that_comes_many_times_at_once_is_one(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let customer = product.customer_with(10).await;
    for (what, amount, status) in [("spend", 2, 200), ("grants", 1, 201), ("holds", 4, 201)] {
        let path = format!("{customer}/{what}");
        let body = json!({"amount": amount, "reason": "film"});
        let answers = (0..20).map(|_| product.post_as("one", &path, body.clone()));
        let answers: Vec<_> = futures::future::join_all(answers)
            .await
            .into_iter()
            .map(|answer| answer.is(status).json())
            .collect();
        assert!(
            answers.iter().all(|answer| *answer == answers[0]),
            "{answers:?}"
        );
    }
    assert_eq!(product.balance(&customer).await, (5, 4));

    // Two products want the last credits: one gets them.
    let path = format!("{customer}/spend");
    let body = json!({"amount": 5, "reason": "film"});
    let (one, two) = tokio::join!(product.post(&path, body.clone()), product.post(&path, body));
    let mut answers = [one.status, two.status];
    answers.sort_unstable();
    assert_eq!(answers, [200, 402]);
    assert_eq!(product.balance(&customer).await, (0, 4));
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn what_nobody_ends_ends_by_itself(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let product = Product::of(&shop, Scope::Write).await;
    let customer = product.customer_with(10).await;
    let billing = shop.server.billing().clone();
    let in_an_hour = billing
        .clock()
        .now()
        .plus(std::time::Duration::from_secs(3600));
    let gift = json!({"amount": 5, "reason": "Today", "expires_at": in_an_hour.to_string()});
    product
        .post(&format!("{customer}/grants"), gift)
        .await
        .is(201);

    // What runs out sooner is taken first, also when it is only set aside.
    let hold = json!({"amount": 7, "reason": "film", "expires_in": 600});
    let hold = product
        .post(&format!("{customer}/holds"), hold)
        .await
        .is(201)
        .json();
    assert_eq!(product.balance(&customer).await, (8, 7));
    shop.advance(std::time::Duration::from_secs(601)).await;
    billing.sweep().await.unwrap();
    let path = format!("/v1/holds/{}", text(&hold["id"]));
    assert_eq!(product.get(&path).await.json()["status"], "expired");
    product
        .post(&format!("{path}/capture"), json!({}))
        .await
        .is(409);
    assert_eq!(product.balance(&customer).await, (15, 0));

    let spend = json!({"amount": 1, "reason": "render"});
    product
        .post(&format!("{customer}/spend"), spend.clone())
        .await
        .is(200);
    shop.advance(std::time::Duration::from_secs(3600)).await;
    // Gone at that moment, before anybody has booked it.
    assert_eq!(product.balance(&customer).await, (10, 0));
    product
        .post(&format!("{customer}/spend"), spend)
        .await
        .is(200);
    assert_eq!(product.balance(&customer).await, (9, 0));
    let page = product
        .get(&format!("{customer}/entries?limit=2"))
        .await
        .is(200)
        .json();
    let kinds: Vec<_> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| text(&e["kind"]))
        .collect();
    assert_eq!(kinds, ["spend", "expiry"]);
    shop.close().await;
}
