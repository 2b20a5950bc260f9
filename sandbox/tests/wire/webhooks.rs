use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::{Received, Receiver, Running, data, endpoint, id, start};

/// What a careful receiver computes.
fn is_signed(received: &Received, secret: &Value) -> bool {
    let (at, given) = received.signature.split_once(",v1=").unwrap();
    let at = at.strip_prefix("t=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_str().unwrap().as_bytes()).unwrap();
    mac.update(format!("{at}.{}", received.body).as_bytes());
    let fresh = at.parse::<i64>().unwrap();
    hex::encode(mac.finalize().into_bytes()) == given
        && (jiff::Timestamp::now().as_second() - fresh).abs() < 60
}

async fn pay(running: &Running, transaction: &str) -> Value {
    let intent = running
        .intent(&[("metadata[transaction]", transaction)])
        .await;
    running.confirm(&intent, "pm_card_visa").await;
    intent
}

async fn fault(running: &Running, fault: Value) {
    let added = running.control("/control/webhook-faults", fault).await;
    assert_eq!(added.status, 200, "{}", added.body);
}

#[tokio::test]
async fn events_arrive_signed_at_those_who_want_them() {
    let running = start().await;
    let (all, some) = (Receiver::start().await, Receiver::start().await);
    let secret = endpoint(&running, &all, "*").await["secret"].clone();
    endpoint(&running, &some, "payment_intent.succeeded").await;
    let intent = pay(&running, "t1").await;
    for received in all.wait_for("*", 3).await {
        assert!(is_signed(&received, &secret));
        assert_eq!(received.event["api_version"], "2025-09-30.clover");
    }
    let paid = some.wait_for("payment_intent.succeeded", 1).await;
    assert_eq!(paid[0].event["data"]["object"]["id"], intent["id"]);
    assert_eq!(paid[0].event["pending_webhooks"], 2);
    assert_eq!(some.got().len(), 1);
    let event = format!("/v1/events/{}", id(&paid[0].event));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(running.get(&event).await.body["pending_webhooks"], 0);
}

#[tokio::test]
async fn a_refused_event_comes_again_signed_anew() {
    let running = start().await;
    let receiver = Receiver::start().await;
    let secret = endpoint(&running, &receiver, "payment_intent.succeeded").await["secret"].clone();
    receiver.answer_with(&[500, 301]);
    let intent = pay(&running, "t1").await;
    let got = receiver.wait_for("payment_intent.succeeded", 3).await;
    assert!(
        got.iter()
            .all(|one| is_signed(one, &secret) && one.event["id"] == got[0].event["id"])
    );
    assert!(got[1].at - got[0].at >= Duration::from_millis(450));
    let path = format!("/control/deliveries?payment_intent={}", id(&intent));
    tokio::time::sleep(Duration::from_millis(100)).await;
    let deliveries = running.get(&path).await.body;
    let statuses: Vec<_> = data(&deliveries)
        .iter()
        .map(|one| one["status"].clone())
        .collect();
    assert_eq!(statuses, [json!(200), json!(301), json!(500)]);
}

#[tokio::test]
async fn faults_keep_to_their_scope() {
    let running = start().await;
    let receiver = Receiver::start().await;
    endpoint(&running, &receiver, "payment_intent.succeeded").await;
    fault(
        &running,
        json!({"type": "payment_intent.succeeded", "fault": "drop",
        "metadata": {"transaction": "t1"}}),
    )
    .await;
    pay(&running, "t1").await;
    let other = pay(&running, "t2").await;
    let got = receiver.wait_for("*", 1).await;
    assert_eq!(got[0].event["data"]["object"]["id"], other["id"]);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(receiver.got().len(), 1);
    let dropped = running.get("/control/deliveries").await.body;
    assert!(data(&dropped).iter().any(|one| one["outcome"] == "dropped"));
    let undelivered =
        running.get("/v1/events?delivery_success=false&type=payment_intent.succeeded");
    assert_eq!(data(&undelivered.await.body).len(), 1);
}

#[tokio::test]
async fn delayed_doubled_and_resent() {
    let running = start().await;
    let receiver = Receiver::start().await;
    endpoint(&running, &receiver, "payment_intent.*").await;
    fault(
        &running,
        json!({"type": "payment_intent.created", "fault": "delay", "ms": 600, "times": 1}),
    )
    .await;
    fault(
        &running,
        json!({"type": "payment_intent.succeeded", "fault": "double", "copies": 50}),
    )
    .await;
    let intent = pay(&running, "t1").await;
    let paid = receiver.wait_for("payment_intent.succeeded", 50).await;
    assert!(
        paid.iter()
            .all(|one| one.event["id"] == paid[0].event["id"])
    );
    let created = receiver.wait_for("payment_intent.created", 1).await;
    assert!(created[0].at > paid[0].at);
    let faults = running.get("/control/faults").await.body;
    assert_eq!(faults["webhooks"].as_array().unwrap().len(), 1);
    running.delete("/control/faults").await;
    let path = format!("/control/events/{}/resend", id(&paid[0].event));
    assert_eq!(
        running
            .control(&path, json!({ "times": 1000 }))
            .await
            .status,
        200
    );
    receiver.wait_for("payment_intent.succeeded", 1050).await;
    assert_eq!(running.told(&intent).await.len(), 3);
}

#[tokio::test]
async fn reordered_events_change_places() {
    let running = start().await;
    let receiver = Receiver::start().await;
    endpoint(&running, &receiver, "payment_intent.*").await;
    fault(
        &running,
        json!({"type": "payment_intent.created", "fault": "reorder", "ms": 8000}),
    )
    .await;
    pay(&running, "t1").await;
    receiver.wait_for("*", 2).await;
    let kinds: Vec<_> = receiver
        .got()
        .iter()
        .map(|one| one.kind().to_owned())
        .collect();
    assert_eq!(
        kinds,
        ["payment_intent.succeeded", "payment_intent.created"]
    );
}

#[tokio::test]
async fn forgeries_do_not_verify() {
    for how in [
        "bad_signature",
        "wrong_secret",
        "tampered_body",
        "old_timestamp",
    ] {
        let running = start().await;
        let receiver = Receiver::start().await;
        let secret =
            endpoint(&running, &receiver, "payment_intent.created").await["secret"].clone();
        fault(&running, json!({"type": "*", "fault": "forge", "how": how})).await;
        running.intent(&[]).await;
        let got = receiver.wait_for("*", 1).await;
        assert!(!is_signed(&got[0], &secret), "{how}");
    }
}

#[tokio::test]
async fn endpoints_are_changed_and_deleted() {
    let running = start().await;
    let receiver = Receiver::start().await;
    let first = endpoint(&running, &receiver, "*").await;
    let second = endpoint(&running, &receiver, "*").await;
    assert_ne!(first["id"], second["id"]);
    let path = format!("/v1/webhook_endpoints/{}", id(&first));
    assert!(running.get(&path).await.body["secret"].is_null());
    let disabled = running.post(&path, &[("disabled", "true")]).await.body;
    assert_eq!(disabled["status"], "disabled");
    assert_eq!(running.delete(&path).await.body["deleted"], true);
    assert_eq!(running.get(&path).await.status, 404);
    running.intent(&[]).await;
    receiver.wait_for("payment_intent.created", 1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(receiver.got().len(), 1);
    let list = running.get("/v1/webhook_endpoints").await.body;
    assert_eq!(data(&list).len(), 1);
}
