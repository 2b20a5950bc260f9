use std::time::Duration;

use serde_json::json;

use crate::support::{INTENT, id, start};

const INTENTS: &str = "/v1/payment_intents";

#[tokio::test]
async fn the_first_answer_is_replayed() {
    let running = start().await;
    let first = running.keyed("k", INTENTS, INTENT).await;
    assert!(!first.headers.contains_key("idempotent-replayed"));
    let second = running.keyed("k", INTENTS, INTENT).await;
    assert_eq!(second.body, first.body);
    assert_eq!(second.headers["idempotent-replayed"], "true");

    let other = running
        .keyed("k", INTENTS, &[("amount", "1"), ("currency", "usd")])
        .await;
    assert_eq!(other.status, 400);
    assert_eq!(other.body["error"]["type"], "idempotency_error");
    let elsewhere = running.keyed("k", "/v1/customers", INTENT).await;
    assert_eq!(elsewhere.body["error"]["type"], "idempotency_error");

    running.control("/control/forget-keys", json!({})).await;
    let later = running.keyed("k", INTENTS, INTENT).await;
    assert_ne!(id(&later.body), id(&first.body));
}

#[tokio::test]
async fn a_failure_and_a_decline_are_replayed_too() {
    let running = start().await;
    let fault =
        json!({"method": "POST", "path": INTENTS, "fault": "fail", "status": 500, "times": 1});
    running.control("/control/api-faults", fault).await;
    for _ in 0..2 {
        assert_eq!(running.keyed("broken", INTENTS, INTENT).await.status, 500);
    }
    assert_eq!(running.keyed("other", INTENTS, INTENT).await.status, 200);

    let intent = running.intent(&[]).await;
    let path = format!("{INTENTS}/{}/confirm", id(&intent));
    let card = [("payment_method", "pm_card_visa_chargeDeclined")];
    running.keyed("declined", &path, &card).await;
    let replayed = running.keyed("declined", &path, &card).await;
    assert_eq!(replayed.status, 402);
    assert_eq!(replayed.headers["idempotent-replayed"], "true");
}

#[tokio::test]
async fn refusals_before_any_work_free_the_key() {
    let running = start().await;
    assert_eq!(
        running.keyed("k", INTENTS, &[("amount", "x")]).await.status,
        400
    );
    for fault in [
        json!({"path": INTENTS, "fault": "fail", "status": 429, "retry_after": 3, "times": 1}),
        json!({"path": INTENTS, "fault": "fail", "status": 503, "stored": false, "times": 1}),
    ] {
        running.control("/control/api-faults", fault.clone()).await;
        let refused = running.keyed("k", INTENTS, INTENT).await;
        assert_eq!(u64::from(refused.status), fault["status"]);
    }
    assert_eq!(running.keyed("k", INTENTS, INTENT).await.status, 200);
    let long = "k".repeat(256);
    assert_eq!(running.keyed(&long, INTENTS, INTENT).await.status, 400);
}

#[tokio::test]
async fn two_at_once_conflict() {
    let running = start().await;
    let fault = json!({"path": INTENTS, "fault": "hang", "ms": 500, "times": 1});
    running.control("/control/api-faults", fault).await;
    let later = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        running.keyed("k", INTENTS, INTENT).await
    };
    let (first, second) = tokio::join!(running.keyed("k", INTENTS, INTENT), later);
    assert_eq!(first.status, 200);
    assert_eq!(second.status, 409);
    assert_eq!(second.body["error"]["code"], "idempotency_key_in_use");
}
