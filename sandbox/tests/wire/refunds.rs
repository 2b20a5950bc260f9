use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Fields, Reply, Running, data, id, start};

async fn refund(running: &Running, intent: &Value, more: Fields<'_>) -> Reply {
    let fields = [&[("payment_intent", id(intent))], more].concat();
    running.post("/v1/refunds", &fields).await
}

async fn charge_of(running: &Running, intent: &Value) -> Value {
    let path = format!(
        "/v1/charges/{}?expand[]=refunds",
        intent["latest_charge"].as_str().unwrap()
    );
    running.get(&path).await.body
}

#[tokio::test]
async fn money_goes_back_in_parts_and_never_too_much() {
    let running = start().await;
    let intent = running.paid("pm_card_visa").await;
    let fields = [
        ("amount", "500"),
        ("reason", "requested_by_customer"),
        ("metadata[order]", "o1"),
    ];
    let first = refund(&running, &intent, &fields).await.body;
    assert_eq!(first["status"], "succeeded");
    assert_eq!(first["amount"], 500);
    assert_eq!(first["metadata"], json!({ "order": "o1" }));
    let charge = charge_of(&running, &intent).await;
    assert_eq!(charge["amount_refunded"], 500);
    assert_eq!(charge["refunded"], false);

    let too_much = refund(&running, &intent, &[("amount", "1401")]).await;
    assert_eq!(too_much.status, 400);
    assert_eq!(too_much.body["error"]["param"], "amount");
    let second = refund(&running, &intent, &[]).await.body;
    assert_eq!(second["amount"], 1400);
    let charge = charge_of(&running, &intent).await;
    assert_eq!(charge["refunded"], true);
    let shown: Vec<&str> = data(&charge["refunds"]).iter().map(id).collect();
    assert_eq!(shown, [id(&second), id(&first)]);
    let again = refund(&running, &intent, &[]).await;
    assert_eq!(again.body["error"]["code"], "charge_already_refunded");
    assert_eq!(running.fetch(&intent).await["status"], "succeeded");

    let list = format!("/v1/refunds?payment_intent={}", id(&intent));
    assert_eq!(data(&running.get(&list).await.body).len(), 2);
    let told = running
        .get("/control/events?type=charge.refunded")
        .await
        .body;
    let cumulative: Vec<_> = data(&told)
        .iter()
        .map(|event| event["data"]["object"]["amount_refunded"].clone())
        .collect();
    assert_eq!(cumulative, [1900, 500]);
    assert_eq!(running.told_of("refund.created").await.len(), 2);
}

#[tokio::test]
async fn a_refund_that_fails_leaves_the_charge_paid() {
    let running = start().await;
    let intent = running.paid("pm_card_visa").await;
    let made = refund(&running, &intent, &[]).await.body;
    let control = format!("/control/refunds/{}", id(&made));
    let failed = running
        .control(&control, json!({"status": "failed", "reason": "declined"}))
        .await
        .body;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["failure_reason"], "declined");
    let charge = charge_of(&running, &intent).await;
    assert_eq!(charge["amount_refunded"], 0);
    assert_eq!(charge["refunded"], false);
    assert_eq!(
        running.told_of("refund.*").await,
        ["refund.created", "refund.updated", "refund.failed"]
    );
    assert_eq!(running.told_of("charge.refund.updated").await.len(), 1);
    let twice = running.control(&control, json!({"status": "failed"})).await;
    assert_eq!(twice.status, 400);
    // What came back can be sent again.
    assert_eq!(refund(&running, &intent, &[]).await.status, 200);
}

#[tokio::test]
async fn only_a_refund_that_waits_is_canceled() {
    let running = start().await;
    let intent = running.paid("pm_card_visa").await;
    let made = refund(&running, &intent, &[]).await.body;
    let cancel = format!("/v1/refunds/{}/cancel", id(&made));
    assert_eq!(running.post(&cancel, &[]).await.status, 400);
    let control = format!("/control/refunds/{}", id(&made));
    let waits = json!({"status": "requires_action"});
    running.control(&control, waits).await;
    let canceled = running.post(&cancel, &[]).await.body;
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(charge_of(&running, &intent).await["amount_refunded"], 0);
}

#[tokio::test]
async fn what_was_only_held_is_not_refunded() {
    let running = start().await;
    let manual = [
        ("capture_method", "manual"),
        ("confirm", "true"),
        ("payment_method", "pm_card_visa"),
    ];
    let held = running.intent(&manual).await;
    assert_eq!(refund(&running, &held, &[]).await.status, 400);
    let capture = format!("/v1/payment_intents/{}/capture", id(&held));
    running
        .post(&capture, &[("amount_to_capture", "1000")])
        .await;
    let too_much = refund(&running, &held, &[("amount", "1001")]).await;
    assert_eq!(too_much.status, 400);
    let made = refund(&running, &held, &[]).await.body;
    assert_eq!(made["amount"], 1000);
}

#[rstest]
#[case(&[], "parameter_missing")]
#[case(&[("payment_intent", "pi_x")], "resource_missing")]
#[case(&[("charge", "ch_x")], "resource_missing")]
#[tokio::test]
async fn a_refund_names_what_it_refunds(#[case] fields: Fields<'static>, #[case] code: &str) {
    let running = start().await;
    let refused = running.post("/v1/refunds", fields).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["error"]["code"], code);
    let intent = running.paid("pm_card_visa").await;
    let unknown = refund(&running, &intent, &[("why", "x")]).await;
    assert_eq!(unknown.body["error"]["code"], "parameter_unknown");
    let nothing = refund(&running, &intent, &[("amount", "0")]).await;
    assert_eq!(nothing.body["error"]["param"], "amount");
}

#[rstest]
#[case("pm_card_refundFail", "succeeded", "failed")]
#[case("pm_card_pendingRefund", "pending", "succeeded")]
#[tokio::test]
async fn some_cards_decide_about_a_refund_later(
    #[case] card: &str,
    #[case] first: &str,
    #[case] later: &str,
) {
    let running = start().await;
    let intent = running.paid(card).await;
    let made = refund(&running, &intent, &[]).await.body;
    assert_eq!(made["status"], first);
    running
        .control("/control/clock", json!({ "advance_s": 10 }))
        .await;
    let path = format!("/v1/refunds/{}", id(&made));
    assert_eq!(running.get(&path).await.body["status"], later);
    let back = charge_of(&running, &intent).await["amount_refunded"].clone();
    assert_eq!(back, if later == "failed" { 0 } else { 1900 });
}
