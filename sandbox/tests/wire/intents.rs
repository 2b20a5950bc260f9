use serde_json::json;

use crate::support::{INTENT, id, start};

#[tokio::test]
async fn a_payment_from_nothing_to_money() {
    let running = start().await;
    let intent = running.intent(&[("metadata[transaction]", "t1")]).await;
    assert_eq!(intent["status"], "requires_payment_method");
    assert_eq!(intent["metadata"], json!({ "transaction": "t1" }));
    assert!(id(&intent).starts_with("pi_") && id(&intent).len() == 27);
    let secret = intent["client_secret"].as_str().unwrap();
    assert!(secret.starts_with(&format!("{}_secret_", id(&intent))));

    let path = format!("/v1/payment_intents/{}", id(&intent));
    let chosen = running
        .post(&path, &[("payment_method", "pm_card_visa")])
        .await;
    assert_eq!(chosen.body["status"], "requires_confirmation");
    let paid = running
        .post(&format!("{path}/confirm"), &[("expand[]", "latest_charge")])
        .await;
    assert_eq!(paid.body["status"], "succeeded");
    assert_eq!(paid.body["amount_received"], 1900);
    let charge = &paid.body["latest_charge"];
    assert_eq!(charge["paid"], true);
    assert_eq!(charge["metadata"], json!({ "transaction": "t1" }));
    assert_eq!(
        running.told(&intent).await,
        [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded"
        ]
    );

    let again = running.confirm(&intent, "pm_card_visa").await;
    assert_eq!(again.status, 400);
    assert_eq!(
        again.body["error"]["code"],
        "payment_intent_unexpected_state"
    );
    assert_eq!(again.body["error"]["payment_intent"]["status"], "succeeded");
    assert_eq!(
        running.post(&format!("{path}/cancel"), &[]).await.status,
        400
    );
}

#[tokio::test]
async fn a_declined_intent_takes_another_card() {
    let running = start().await;
    let intent = running.intent(&[]).await;
    let declined = running
        .confirm(&intent, "pm_card_visa_chargeDeclined")
        .await;
    assert_eq!(declined.status, 402);
    let error = &declined.body["error"];
    assert_eq!(error["payment_intent"]["id"], intent["id"]);
    assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
    assert_eq!(
        error["payment_intent"]["last_payment_error"]["code"],
        "card_declined"
    );
    let paid = running.confirm(&intent, "pm_card_visa").await.body;
    assert_eq!(paid["status"], "succeeded");
    assert!(paid["last_payment_error"].is_null());
    assert_eq!(
        running.told(&intent).await,
        [
            "payment_intent.created",
            "charge.failed",
            "payment_intent.payment_failed",
            "charge.succeeded",
            "payment_intent.succeeded",
        ]
    );
}

#[tokio::test]
async fn a_failed_challenge_leaves_the_intent_open() {
    let running = start().await;
    let intent = running.intent(&[]).await;
    let asked = running
        .confirm(&intent, "pm_card_threeDSecure2Required")
        .await
        .body;
    assert_eq!(asked["status"], "requires_action");
    assert_eq!(asked["next_action"]["type"], "use_stripe_sdk");
    let failed = running.answer(&intent, "fail").await.body;
    assert_eq!(failed["status"], "requires_payment_method");
    assert_eq!(
        failed["last_payment_error"]["code"],
        "payment_intent_authentication_failure"
    );
    running
        .confirm(&intent, "pm_card_threeDSecure2Required")
        .await;
    let paid = running.answer(&intent, "complete").await.body;
    assert_eq!(paid["status"], "succeeded");
    assert_eq!(running.answer(&intent, "complete").await.status, 400);
    assert_eq!(
        running.told(&intent).await,
        [
            "payment_intent.created",
            "payment_intent.requires_action",
            "payment_intent.payment_failed",
            "payment_intent.requires_action",
            "charge.succeeded",
            "payment_intent.succeeded",
        ]
    );
}

#[tokio::test]
async fn a_hold_is_captured_or_let_go() {
    let running = start().await;
    let manual = [
        ("capture_method", "manual"),
        ("confirm", "true"),
        ("payment_method", "pm_card_visa"),
    ];
    let held = running.intent(&manual).await;
    assert_eq!(held["status"], "requires_capture");
    assert_eq!(held["amount_capturable"], 1900);
    let path = format!("/v1/payment_intents/{}", id(&held));
    let captured = running
        .post(&format!("{path}/capture"), &[("amount_to_capture", "1000")])
        .await
        .body;
    assert_eq!(captured["status"], "succeeded");
    assert_eq!(captured["amount_received"], 1000);
    assert_eq!(
        running.post(&format!("{path}/capture"), &[]).await.status,
        400
    );

    let held = running.intent(&manual).await;
    let path = format!("/v1/payment_intents/{}/cancel", id(&held));
    let canceled = running
        .post(&path, &[("cancellation_reason", "abandoned")])
        .await
        .body;
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(canceled["cancellation_reason"], "abandoned");
    assert_eq!(running.confirm(&held, "pm_card_visa").await.status, 400);
    assert_eq!(
        running.told(&held).await,
        [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.amount_capturable_updated",
            "charge.refunded",
            "payment_intent.canceled",
        ]
    );
}

#[tokio::test]
async fn a_card_set_up_once_is_charged_without_its_owner() {
    let running = start().await;
    let customer = running
        .post("/v1/customers", &[("email", "a@example.com")])
        .await
        .body;
    let with_customer = [
        ("customer", id(&customer)),
        ("setup_future_usage", "off_session"),
    ];
    let first = running.intent(&with_customer).await;
    let asked = running
        .confirm(&first, "pm_card_authenticationRequiredOnSetup")
        .await
        .body;
    assert_eq!(asked["status"], "requires_action");
    running.answer(&first, "complete").await;
    let method = running.fetch(&first).await["payment_method"].clone();
    let path = format!("/v1/customers/{}/payment_methods", id(&customer));
    assert_eq!(running.get(&path).await.body["data"][0]["id"], method);
    let later = running
        .intent(&[
            ("customer", id(&customer)),
            ("payment_method", method.as_str().unwrap()),
            ("off_session", "true"),
            ("confirm", "true"),
        ])
        .await;
    assert_eq!(later["status"], "succeeded");
}

#[tokio::test]
async fn automatic_methods_want_a_way_back() {
    let running = start().await;
    let fields = [
        INTENT[0],
        INTENT[1],
        INTENT[2],
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
    ];
    let refused = running.post("/v1/payment_intents", &fields).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["error"]["param"], "return_url");
    let three_d_secure = [
        INTENT[0],
        INTENT[1],
        INTENT[2],
        ("payment_method", "pm_card_threeDSecure2Required"),
        ("confirm", "true"),
        ("return_url", "http://127.0.0.1:1/back?order=1"),
    ];
    let asked = running
        .post("/v1/payment_intents", &three_d_secure)
        .await
        .body;
    assert_eq!(asked["next_action"]["type"], "redirect_to_url");
    let url = asked["next_action"]["redirect_to_url"]["url"]
        .as_str()
        .unwrap();
    let page = running
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("$19.00") && page.contains("Complete") && page.contains("Fail"));
    let form = [
        ("client_secret", asked["client_secret"].as_str().unwrap()),
        ("outcome", "complete"),
        ("return_url", "http://127.0.0.1:1/back?order=1"),
    ];
    let back = running
        .post(&format!("/challenge/{}", id(&asked)), &form)
        .await;
    assert_eq!(back.status, 303);
    let location = back.headers["location"].to_str().unwrap();
    assert!(location.starts_with("http://127.0.0.1:1/back?order=1&payment_intent=pi_"));
    assert!(location.ends_with("redirect_status=succeeded"));
}
