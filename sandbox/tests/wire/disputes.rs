use serde_json::{Value, json};

use crate::support::{Running, data, id, path, start};

/// A dispute of a new payment, opened by the control API.
async fn disputed(running: &Running, inquiry: bool) -> Value {
    let intent = running.paid("pm_card_visa").await;
    let about = json!({"payment_intent": id(&intent), "inquiry": inquiry});
    let opened = running.control("/control/disputes", about).await;
    assert_eq!(opened.status, 200, "{}", opened.body);
    opened.body
}

async fn decide(running: &Running, dispute: &Value, status: &str) -> crate::support::Reply {
    let path = format!("/control/disputes/{}", id(dispute));
    running.control(&path, json!({ "status": status })).await
}

#[tokio::test]
async fn a_card_disputes_what_it_paid() {
    let running = start().await;
    let intent = running.paid("pm_card_createDispute").await;
    let list = format!("/v1/disputes?payment_intent={}", id(&intent));
    let dispute = running.get(&list).await.body["data"][0].clone();
    assert_eq!(dispute["status"], "needs_response");
    assert_eq!(dispute["amount"], 1900);
    assert_eq!(dispute["reason"], "fraudulent");
    assert_eq!(dispute["balance_transactions"][0]["net"], -1900 - 1500);
    assert_eq!(running.get(&path(&dispute)).await.body, dispute);
    assert_eq!(
        running.told(&intent).await[3..],
        ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    );
    let charge = format!("/v1/charges/{}", intent["latest_charge"].as_str().unwrap());
    assert_eq!(running.get(&charge).await.body["disputed"], true);
    let refund = [("payment_intent", id(&intent))];
    let refused = running.post("/v1/refunds", &refund).await;
    assert_eq!(refused.body["error"]["code"], "charge_disputed");
}

#[tokio::test]
async fn evidence_is_staged_and_then_sent() {
    let running = start().await;
    let dispute = disputed(&running, false).await;
    let fields = [
        ("evidence[customer_name]", "Ada"),
        ("submit", "false"),
        ("metadata[order]", "o1"),
    ];
    let staged = running.post(&path(&dispute), &fields).await.body;
    assert_eq!(staged["status"], "needs_response");
    assert_eq!(staged["evidence"]["customer_name"], "Ada");
    assert_eq!(staged["evidence_details"]["has_evidence"], true);
    let sent = running
        .post(&path(&dispute), &[("submit", "true")])
        .await
        .body;
    assert_eq!(sent["status"], "under_review");
    assert_eq!(sent["evidence_details"]["submission_count"], 1);
    let won = decide(&running, &dispute, "won").await.body;
    assert_eq!(won["status"], "won");
    let net: i64 = data(&json!({ "data": won["balance_transactions"] }))
        .iter()
        .map(|line| line["net"].as_i64().unwrap())
        .sum();
    assert_eq!(net, -1500, "a win costs the fee");
    assert_eq!(
        running.told_of("charge.dispute.*").await,
        [
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.updated",
            "charge.dispute.updated",
            "charge.dispute.funds_reinstated",
            "charge.dispute.closed",
        ]
    );
    let late = [("evidence[customer_name]", "Eve")];
    assert_eq!(running.post(&path(&dispute), &late).await.status, 400);
    assert_eq!(decide(&running, &dispute, "lost").await.status, 400);
}

#[tokio::test]
async fn words_of_evidence_decide() {
    let running = start().await;
    for (words, outcome) in [("winning_evidence", "won"), ("losing_evidence", "lost")] {
        let dispute = disputed(&running, false).await;
        let fields = [("evidence[uncategorized_text]", words)];
        let decided = running.post(&path(&dispute), &fields).await.body;
        assert_eq!(decided["status"], outcome);
    }
    let unknown = disputed(&running, false).await;
    let fields = [("evidence[mood]", "bad")];
    let refused = running.post(&path(&unknown), &fields).await;
    assert_eq!(refused.body["error"]["param"], "evidence[mood]");
}

#[tokio::test]
async fn who_gives_in_has_lost() {
    let running = start().await;
    let dispute = disputed(&running, false).await;
    let close = format!("{}/close", path(&dispute));
    assert_eq!(running.post(&close, &[]).await.body["status"], "lost");
    assert_eq!(running.told_of("charge.dispute.closed").await.len(), 1);
    assert!(
        running
            .told_of("charge.dispute.funds_reinstated")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn an_inquiry_takes_nothing() {
    let running = start().await;
    let dispute = disputed(&running, true).await;
    assert_eq!(dispute["status"], "warning_needs_response");
    assert_eq!(dispute["is_charge_refundable"], true);
    assert_eq!(dispute["balance_transactions"], json!([]));
    assert_eq!(decide(&running, &dispute, "won").await.status, 400);
    let closed = decide(&running, &dispute, "warning_closed").await.body;
    assert_eq!(closed["status"], "warning_closed");
    assert_eq!(
        running.told_of("charge.dispute.*").await,
        ["charge.dispute.created", "charge.dispute.closed"]
    );
    let refund = [(
        "payment_intent",
        dispute["payment_intent"].as_str().unwrap(),
    )];
    assert_eq!(running.post("/v1/refunds", &refund).await.status, 200);
}

#[tokio::test]
async fn a_charge_is_disputed_once_and_for_what_is_left() {
    let running = start().await;
    let intent = running.paid("pm_card_visa").await;
    let refund = [("payment_intent", id(&intent)), ("amount", "1000")];
    running.post("/v1/refunds", &refund).await;
    let charge = intent["latest_charge"].as_str().unwrap();
    let open = async |amount: Value| {
        let about = json!({"charge": charge, "amount": amount, "reason": "duplicate"});
        running.control("/control/disputes", about).await
    };
    assert_eq!(open(json!(901)).await.status, 400);
    assert_eq!(open(Value::Null).await.body["amount"], 900);
    assert_eq!(open(Value::Null).await.status, 400);
    let nothing = running.control("/control/disputes", json!({"charge": "ch_x"}));
    assert_eq!(nothing.await.status, 404);
}

#[tokio::test]
async fn a_bank_warns_of_fraud() {
    let running = start().await;
    let early = running.paid("pm_card_createIssuerFraudRecord").await;
    let late = running.paid("pm_card_visa").await;
    let about = json!({"payment_intent": id(&late), "fraud_type": "misc"});
    let warning = running.control("/control/fraud-warnings", about).await.body;
    assert_eq!(warning["actionable"], true);
    assert_eq!(running.get(&path(&warning)).await.body, warning);
    let list = running.get("/v1/radar/early_fraud_warnings").await.body;
    assert_eq!(data(&list).len(), 2);
    let list = format!(
        "/v1/radar/early_fraud_warnings?payment_intent={}",
        id(&early)
    );
    assert_eq!(data(&running.get(&list).await.body).len(), 1);
    running
        .post("/v1/refunds", &[("payment_intent", id(&late))])
        .await;
    assert_eq!(running.get(&path(&warning)).await.body["actionable"], false);
    assert_eq!(
        running.told_of("radar.*").await,
        [
            "radar.early_fraud_warning.created",
            "radar.early_fraud_warning.created",
            "radar.early_fraud_warning.updated",
        ]
    );
}
