use serde_json::{Value, json};

use crate::support::{data, id, path, start};

fn nets(list: &Value) -> Vec<i64> {
    let lines = data(list).iter().rev();
    lines.map(|line| line["net"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn every_movement_is_a_line_with_its_fee() {
    let running = start().await;
    let intent = running.paid("pm_card_visa").await;
    let charge = format!(
        "/v1/charges/{}?expand[]=balance_transaction",
        intent["latest_charge"].as_str().unwrap()
    );
    let line = running.get(&charge).await.body["balance_transaction"].clone();
    assert_eq!(line["amount"], 1900);
    assert_eq!(line["fee"], 85);
    assert_eq!(line["net"], 1815);
    assert_eq!(line["type"], "charge");
    assert_eq!(line["source"], intent["latest_charge"]);
    let fields = [("payment_intent", id(&intent)), ("amount", "900")];
    let refund = running.post("/v1/refunds", &fields).await.body;
    let taken = format!(
        "/v1/balance_transactions/{}",
        refund["balance_transaction"].as_str().unwrap()
    );
    assert_eq!(running.get(&taken).await.body["net"], -900);
    let failed = json!({ "status": "failed" });
    let control = format!("/control/refunds/{}", id(&refund));
    running.control(&control, failed).await;
    running
        .control("/control/disputes", json!({"payment_intent": id(&intent)}))
        .await;
    let all = running.get("/v1/balance_transactions").await.body;
    assert_eq!(nets(&all), [1815, -900, 900, -1900 - 1500]);
    let refunds = running.get("/v1/balance_transactions?type=refund").await;
    assert_eq!(nets(&refunds.body), [-900]);
    let of_source = format!("/v1/balance_transactions?source={}", id(&refund));
    assert_eq!(nets(&running.get(&of_source).await.body), [-900, 900]);
}

#[tokio::test]
async fn a_hold_moves_nothing_until_it_is_captured() {
    let running = start().await;
    let manual = [
        ("capture_method", "manual"),
        ("confirm", "true"),
        ("payment_method", "pm_card_visa"),
    ];
    let held = running.intent(&manual).await;
    let list = "/v1/balance_transactions";
    assert!(nets(&running.get(list).await.body).is_empty());
    let capture = format!("{}/capture", path(&held));
    running
        .post(&capture, &[("amount_to_capture", "1000")])
        .await;
    assert_eq!(nets(&running.get(list).await.body), [1000 - 59]);
}

#[tokio::test]
async fn lines_become_available() {
    let running = start().await;
    running.paid("pm_card_visa").await;
    let first = async || running.get("/v1/balance_transactions").await.body["data"][0].clone();
    assert_eq!(first().await["status"], "pending");
    let days = json!({ "advance_s": 2 * 24 * 60 * 60 });
    running.control("/control/clock", days).await;
    assert_eq!(first().await["status"], "available");
}

#[tokio::test]
async fn a_payout_names_what_it_pays() {
    let running = start().await;
    running.paid("pm_card_visa").await;
    running.paid("pm_card_visa").await;
    let payout = running.control("/control/payouts", json!({})).await.body;
    assert_eq!(payout["status"], "paid");
    assert_eq!(payout["amount"], 2 * 1815);
    assert_eq!(running.get(&path(&payout)).await.body, payout);
    let contained = format!("/v1/balance_transactions?payout={}", id(&payout));
    assert_eq!(
        nets(&running.get(&contained).await.body),
        [1815, 1815, -3630]
    );
    let empty = running.control("/control/payouts", json!({})).await;
    assert_eq!(empty.status, 400);

    running.paid("pm_card_visa").await;
    let failing = json!({ "status": "failed", "currency": "usd" });
    let failed = running.control("/control/payouts", failing).await.body;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["failure_code"], "account_closed");
    // The money came back, so the next payout takes it.
    let next = running
        .control("/control/payouts", json!({"status": "in_transit"}))
        .await
        .body;
    assert_eq!(next["amount"], 1815);
    let control = format!("/control/payouts/{}", id(&next));
    let paid = running.control(&control, json!({"status": "paid"})).await;
    assert_eq!(paid.body["status"], "paid");
    assert_eq!(
        running.told_of("payout.*").await,
        [
            "payout.created",
            "payout.paid",
            "payout.created",
            "payout.failed",
            "payout.created",
            "payout.paid",
        ]
    );
    let list = running.get("/v1/payouts?status=paid").await.body;
    assert_eq!(data(&list).len(), 2);
}

#[tokio::test]
async fn the_account_can_be_restricted() {
    let running = start().await;
    let before = running.get("/v1/account").await.body;
    assert_eq!(before["charges_enabled"], true);
    let restricted = json!({ "charges_enabled": false, "payouts_enabled": false });
    running.control("/control/account", restricted).await;
    let after = running.get("/v1/account").await.body;
    assert_eq!(after["id"], before["id"]);
    assert_eq!(after["charges_enabled"], false);
    let told = running
        .get("/control/events?type=account.updated")
        .await
        .body;
    let previous = &data(&told)[0]["data"]["previous_attributes"];
    assert_eq!(previous["charges_enabled"], true);
    let unknown = running
        .control("/control/account", json!({"mood": 1}))
        .await;
    assert_eq!(unknown.status, 400);
}
