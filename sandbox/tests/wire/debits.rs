use rstest::rstest;
use serde_json::json;

use crate::support::{Fields, id, start};

const DAY_S: i64 = 24 * 60 * 60;

#[rstest]
#[case("pm_usBankAccount_success", "succeeded", "charge.succeeded")]
#[case(
    "pm_usBankAccount_accountClosed",
    "requires_payment_method",
    "charge.failed"
)]
#[tokio::test]
async fn a_bank_takes_a_day(#[case] method: &str, #[case] status: &str, #[case] event: &str) {
    let running = start().await;
    let intent = running.intent(&[]).await;
    let waiting = running.confirm(&intent, method).await.body;
    assert_eq!(waiting["status"], "processing");
    let path = format!("/v1/charges/{}", waiting["latest_charge"].as_str().unwrap());
    let charge = running.get(&path).await.body;
    assert_eq!(charge["status"], "pending");
    assert_eq!(
        charge["payment_method_details"]["us_bank_account"]["last4"]
            .as_str()
            .unwrap()
            .len(),
        4
    );
    assert!(charge["balance_transaction"].is_null());

    running
        .control("/control/clock", json!({ "advance_s": DAY_S }))
        .await;
    let after = running.fetch(&intent).await;
    assert_eq!(after["status"], status);
    assert_eq!(after["latest_charge"], charge["id"], "it is one charge");
    assert_eq!(
        running.told(&intent).await[1..4],
        ["charge.pending", "payment_intent.processing", event]
    );
    if status == "requires_payment_method" {
        assert_eq!(after["last_payment_error"]["code"], "account_closed");
    }
}

#[tokio::test]
async fn a_test_decides_sooner() {
    let running = start().await;
    let intent = running.intent(&[]).await;
    running
        .confirm(&intent, "pm_usBankAccount_processing")
        .await;
    let control = format!("/control/payment_intents/{}", id(&intent));
    running
        .control(&control, json!({"status": "succeeded"}))
        .await;
    running
        .control("/control/clock", json!({ "advance_s": DAY_S }))
        .await;
    let told = running.told_of("payment_intent.succeeded").await;
    assert_eq!(told.len(), 1);
    assert_eq!(running.told_of("charge.*").await.len(), 2);
}

#[rstest]
#[case(&[("us_bank_account[account_number]", "000123456789")], 200)]
#[case(&[("us_bank_account[account_number]", "12345678")], 400)]
#[tokio::test]
async fn only_test_accounts_are_taken(#[case] fields: Fields<'static>, #[case] status: u16) {
    let running = start().await;
    let rest = [
        ("type", "us_bank_account"),
        ("us_bank_account[routing_number]", "110000000"),
        ("us_bank_account[account_holder_type]", "individual"),
        ("billing_details[name]", "Ada"),
    ];
    let made = running
        .post("/v1/payment_methods", &[fields, &rest].concat())
        .await;
    assert_eq!(made.status, status, "{}", made.body);
    if status == 200 {
        let customer = running.customer().await;
        let attach = format!("/v1/payment_methods/{}/attach", id(&made.body));
        let attached = running.post(&attach, &[("customer", id(&customer))]).await;
        assert_eq!(attached.body["customer"], customer["id"]);
        assert!(!attached.body.to_string().contains("000123456789"));
    }
}

#[tokio::test]
async fn a_debit_can_be_called_back() {
    let running = start().await;
    let intent = running.intent(&[]).await;
    running.confirm(&intent, "pm_usBankAccount_success").await;
    let cancel = format!("/v1/payment_intents/{}/cancel", id(&intent));
    assert_eq!(running.post(&cancel, &[]).await.body["status"], "canceled");
    running
        .control("/control/clock", json!({ "advance_s": DAY_S }))
        .await;
    assert_eq!(running.fetch(&intent).await["status"], "canceled");
    assert_eq!(
        running.told_of("charge.*").await,
        ["charge.pending", "charge.failed"]
    );
}
