use serde_json::{Value, json};

use crate::support::{Receiver, Running, endpoint, start, start_with};

const DAY_S: i64 = 24 * 60 * 60;

async fn advance(running: &Running, by: Value) -> Value {
    let moved = running.control("/control/clock", by).await;
    assert_eq!(moved.status, 200, "{}", moved.body);
    moved.body
}

#[tokio::test]
async fn everything_follows_the_clock() {
    let running = start().await;
    let receiver = Receiver::start().await;
    endpoint(&running, &receiver, "*").await;
    let offset = running.sandbox.clock_offset();
    let before = jiff::Timestamp::now().as_second();
    let clock = advance(&running, json!({ "advance_s": 40 * DAY_S })).await;
    let now = clock["now"].as_i64().unwrap();
    assert!((now - before - 40 * DAY_S).abs() < 30, "{clock}");
    assert_eq!(
        clock["offset_s"],
        offset.load(std::sync::atomic::Ordering::Relaxed)
    );
    let intent = running.intent(&[]).await;
    assert!((intent["created"].as_i64().unwrap() - now).abs() < 30);
    let told = receiver.wait_for("payment_intent.created", 1).await;
    assert!((told[0].event["created"].as_i64().unwrap() - now).abs() < 30);
    let signed = told[0].signature.strip_prefix("t=").unwrap();
    let at: i64 = signed.split_once(',').unwrap().0.parse().unwrap();
    assert!((at - now).abs() < 30);
}

#[tokio::test]
async fn the_clock_only_goes_forward() {
    let running = start().await;
    let now = running.get("/control/clock").await.body["now"]
        .as_i64()
        .unwrap();
    for refused in [
        json!({ "advance_s": -1 }),
        json!({ "to": now - DAY_S }),
        json!({ "to": now + 90 * 366 * DAY_S }),
        json!({ "to": now + 60, "advance_s": 60 }),
        json!({ "advance": 60 }),
        json!({}),
    ] {
        let answer = running.control("/control/clock", refused).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
    }
    let moved = advance(&running, json!({ "to": now + DAY_S })).await;
    assert!((moved["now"].as_i64().unwrap() - now - DAY_S).abs() < 5);
}

#[tokio::test]
async fn the_clock_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.jsonl");
    let running = start_with(Some(journal.clone())).await;
    let moved = advance(&running, json!({ "advance_s": 3 * DAY_S })).await;
    running.sandbox.stop().await;
    for _ in 0..2 {
        let running = start_with(Some(journal.clone())).await;
        let clock = running.get("/control/clock").await.body;
        assert_eq!(clock["offset_s"], moved["offset_s"]);
        running.sandbox.stop().await;
    }
}

#[tokio::test]
async fn a_day_lets_idempotency_keys_expire() {
    let running = start().await;
    let fields = crate::support::INTENT;
    let first = running.keyed("k", "/v1/payment_intents", fields).await.body;
    advance(&running, json!({ "advance_s": DAY_S + 1 })).await;
    let second = running.keyed("k", "/v1/payment_intents", fields).await.body;
    assert_ne!(first["id"], second["id"]);
}
