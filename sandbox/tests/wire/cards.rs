use rstest::rstest;
use serde_json::Value;

use crate::support::{Reply, Running, start};

/// Confirms on the server with the number itself, as a token-less client would.
async fn charge(running: &Running, number: &str) -> (Value, Reply) {
    let intent = running.intent(&[]).await;
    let path = format!(
        "/v1/payment_intents/{}/confirm",
        crate::support::id(&intent)
    );
    let fields = [
        ("payment_method_data[type]", "card"),
        ("payment_method_data[card][number]", number),
        ("payment_method_data[card][exp_month]", "12"),
        ("payment_method_data[card][exp_year]", "2040"),
        ("payment_method_data[card][cvc]", "123"),
    ];
    let reply = running.post(&path, &fields).await;
    (intent, reply)
}

#[rstest]
#[case("4242424242424242")]
#[case("4000000000000259")]
#[case("4000000000005126")]
#[case("5555555555554444")]
#[case("378282246310005")]
#[tokio::test]
async fn succeeds(#[case] number: &str) {
    let (_, reply) = charge(&start().await, number).await;
    assert_eq!(reply.body["status"], "succeeded", "{}", reply.body);
}

#[rstest]
#[case(
    "4000000000000002",
    "card_declined",
    "generic_decline",
    "Your card was declined."
)]
#[case(
    "4000000000009995",
    "card_declined",
    "insufficient_funds",
    "Your card has insufficient funds."
)]
#[case(
    "4000000000000069",
    "expired_card",
    "expired_card",
    "Your card has expired."
)]
#[case(
    "4000000000000127",
    "incorrect_cvc",
    "incorrect_cvc",
    "Your card's security code is incorrect."
)]
#[case(
    "4000000000000341",
    "card_declined",
    "generic_decline",
    "Your card was declined."
)]
#[tokio::test]
async fn is_declined(
    #[case] number: &str,
    #[case] code: &str,
    #[case] decline_code: &str,
    #[case] message: &str,
) {
    let (_, reply) = charge(&start().await, number).await;
    assert_eq!(reply.status, 402);
    let error = &reply.body["error"];
    assert_eq!(error["type"], "card_error");
    assert_eq!(error["code"], code);
    assert_eq!(error["decline_code"], decline_code);
    assert_eq!(error["message"], message);
}

#[rstest]
#[case("4000000000003220", "succeeded", None)]
#[case("4000002760003184", "succeeded", None)]
#[case("4000002500003155", "succeeded", None)]
#[case("4000003800000446", "succeeded", None)]
#[case("4000008400001629", "requires_payment_method", Some("generic_decline"))]
#[case(
    "4000008260003178",
    "requires_payment_method",
    Some("insufficient_funds")
)]
#[tokio::test]
async fn asks_first(#[case] number: &str, #[case] status: &str, #[case] decline: Option<&str>) {
    let running = start().await;
    let (intent, reply) = charge(&running, number).await;
    assert_eq!(reply.body["status"], "requires_action", "{}", reply.body);
    let after = running.answer(&intent, "complete").await.body;
    assert_eq!(after["status"], status);
    assert_eq!(
        after["last_payment_error"]["decline_code"].as_str(),
        decline
    );
}

#[tokio::test]
async fn numbers_that_are_not_test_cards_are_refused() {
    let running = start().await;
    let (_, wrong) = charge(&running, "4242424242424241").await;
    assert_eq!(wrong.body["error"]["code"], "incorrect_number");
    let (_, live) = charge(&running, "4111111111111111").await;
    assert_eq!(live.body["error"]["decline_code"], "test_mode_live_card");
}

#[rstest]
#[case("pm_card_chargeCustomerFail", 200)]
#[case("pm_card_visa", 200)]
#[case("pm_card_visa_chargeDeclined", 402)]
#[tokio::test]
async fn is_asked_when_attached(#[case] method: &str, #[case] status: u16) {
    let running = start().await;
    let customer = running.post("/v1/customers", &[]).await.body;
    let path = format!("/v1/payment_methods/{method}/attach");
    let fields = [("customer", customer["id"].as_str().unwrap())];
    assert_eq!(running.post(&path, &fields).await.status, status);
}
