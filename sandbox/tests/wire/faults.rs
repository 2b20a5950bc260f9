use std::time::{Duration, Instant};

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{INTENT, Receiver, Running, endpoint, id, reply, start};

const INTENTS: &str = "/v1/payment_intents";

async fn fault(running: &Running, fault: Value) {
    let added = running.control("/control/api-faults", fault).await;
    assert_eq!(added.status, 200, "{}", added.body);
}

#[tokio::test]
async fn work_is_done_though_the_answer_is_lost() {
    let running = start().await;
    fault(
        &running,
        json!({"method": "POST", "path": INTENTS, "fault": "timeout", "ms": 50, "times": 1}),
    )
    .await;
    let request = running.request(Method::POST, INTENTS).form(INTENT);
    let lost = request.header("idempotency-key", "k").send().await;
    assert!(lost.is_err());
    let retried = running.keyed("k", INTENTS, INTENT).await;
    assert_eq!(retried.headers["idempotent-replayed"], "true");
    let list = running.get(INTENTS).await.body;
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(list["data"][0]["id"], retried.body["id"]);
}

#[tokio::test]
async fn work_goes_on_when_the_client_hangs_up() {
    let running = start().await;
    fault(
        &running,
        json!({"path": INTENTS, "fault": "hang", "ms": 300, "times": 1}),
    )
    .await;
    let request = running.request(Method::POST, INTENTS).form(INTENT);
    let impatient = request.timeout(Duration::from_millis(100)).send().await;
    assert!(impatient.is_err());
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(
        running.get(INTENTS).await.body["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn failures_keep_to_their_scope_and_count() {
    let running = start().await;
    fault(
        &running,
        json!({"path": "/v1/payment_intents/*/confirm", "fault": "fail", "status": 503,
        "times": 1, "metadata": {"customer": "c1"}}),
    )
    .await;
    let other = running.intent(&[("metadata[customer]", "c2")]).await;
    assert_eq!(running.confirm(&other, "pm_card_visa").await.status, 200);
    let meant = running.intent(&[("metadata[customer]", "c1")]).await;
    assert_eq!(running.confirm(&meant, "pm_card_visa").await.status, 503);
    assert_eq!(running.confirm(&meant, "pm_card_visa").await.status, 200);

    fault(
        &running,
        json!({"path": "/v1/**", "fault": "malformed", "times": 1}),
    )
    .await;
    let answer = running.request(Method::GET, INTENTS).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.json::<Value>().await.is_err());

    fault(
        &running,
        json!({"path": "/v1/**", "fault": "fail", "status": 429, "retry_after": 7,
        "payment_intent": id(&meant)}),
    )
    .await;
    assert_eq!(running.get(INTENTS).await.status, 200);
    let limited = running.get(&format!("{INTENTS}/{}", id(&meant))).await;
    assert_eq!(limited.status, 429);
    assert_eq!(limited.headers["retry-after"], "7");
}

#[tokio::test]
async fn intents_are_forced_into_any_state() {
    let running = start().await;
    let receiver = Receiver::start().await;
    endpoint(&running, &receiver, "*").await;
    let intent = running.intent(&[]).await;
    let path = format!("/control/payment_intents/{}", id(&intent));
    let processing = running
        .control(&path, json!({"status": "processing"}))
        .await
        .body;
    assert_eq!(processing["status"], "processing");
    receiver.wait_for("payment_intent.processing", 1).await;
    running
        .control(&path, json!({"status": "succeeded", "amount_received": 1, "currency": "eur", "after_ms": 100}))
        .await;
    let paid = receiver.wait_for("payment_intent.succeeded", 1).await;
    let object = &paid[0].event["data"]["object"];
    assert_eq!(
        (&object["amount_received"], &object["currency"]),
        (&json!(1), &json!("eur"))
    );

    let late = json!({"type": "payment_intent.payment_failed", "payment_intent": id(&intent),
        "object": {"status": "requires_payment_method"}, "created": 5});
    running.control("/control/events", late).await;
    let late = receiver.wait_for("payment_intent.payment_failed", 1).await;
    assert_eq!(late[0].event["created"], 5);
    assert_eq!(running.fetch(&intent).await["status"], "succeeded");

    let silent = running.intent(&[]).await;
    let path = format!("/control/payment_intents/{}", id(&silent));
    running
        .control(&path, json!({"status": "succeeded", "emit": false}))
        .await;
    assert_eq!(running.fetch(&silent).await["status"], "succeeded");
    assert_eq!(running.told(&silent).await, ["payment_intent.created"]);
}

#[tokio::test]
async fn the_control_api_is_for_this_machine_and_reads_closely() {
    let running = start().await;
    let foreign = running
        .request(Method::GET, "/control/faults")
        .header(header::ORIGIN, "https://example.com");
    assert_eq!(reply(foreign).await.status, 403);
    let rebound = running
        .request(Method::GET, "/control/faults")
        .header(header::HOST, "example.com");
    assert_eq!(reply(rebound).await.status, 403);
    for (path, body) in [
        (
            "/control/webhook-faults",
            json!({"type": "*", "fault": "explode"}),
        ),
        (
            "/control/webhook-faults",
            json!({"type": "*", "fault": "drop", "metdata": {}}),
        ),
        ("/control/webhook-faults", json!([])),
        ("/control/api-faults", json!({"fault": "fail"})),
        (
            "/control/events",
            json!({"type": "x", "payment_intent": "pi_x"}),
        ),
    ] {
        assert_eq!(running.control(path, body).await.status, 400);
    }
    assert_eq!(
        running
            .control("/control/payment_intents/pi_x", json!({}))
            .await
            .status,
        404
    );
    assert_eq!(
        running
            .control("/control/events/evt_x/resend", json!({}))
            .await
            .status,
        404
    );
    assert_eq!(running.delete("/control/faults/fault_9").await.status, 404);
}

#[tokio::test]
async fn a_stop_cuts_what_hangs_and_finishes_what_runs() {
    let running = start().await;
    fault(
        &running,
        json!({"path": INTENTS, "fault": "hang", "ms": 60_000}),
    )
    .await;
    let request = running.request(Method::POST, INTENTS).form(INTENT);
    let pending = tokio::spawn(reply(request));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let started = Instant::now();
    running.sandbox.stop().await;
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(pending.await.unwrap().status, 200);
}

#[tokio::test]
async fn a_fault_keeps_to_the_metadata_of_any_object() {
    let running = start().await;
    let spoilt = running.setup(&[("metadata[order]", "o1")]).await;
    let spared = running.setup(&[("metadata[order]", "o2")]).await;
    fault(
        &running,
        json!({"path": "/v1/setup_intents/*", "fault": "fail", "metadata": {"order": "o1"}}),
    )
    .await;
    let get = async |intent| running.get(&crate::support::path(intent)).await.status;
    assert_eq!(get(&spoilt).await, 500);
    assert_eq!(get(&spared).await, 200);
}
