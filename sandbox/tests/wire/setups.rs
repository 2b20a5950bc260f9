use rstest::rstest;
use serde_json::json;

use crate::support::{data, id, path, start};

#[tokio::test]
async fn a_card_is_kept_and_nothing_is_charged() {
    let running = start().await;
    let customer = running.customer().await;
    let fields = [("customer", id(&customer)), ("metadata[order]", "o1")];
    let setup = running.setup(&fields).await;
    assert_eq!(setup["status"], "requires_payment_method");
    assert_eq!(setup["usage"], "off_session");
    assert_eq!(setup["metadata"], json!({ "order": "o1" }));
    let secret = setup["client_secret"].as_str().unwrap();
    assert!(secret.starts_with(&format!("{}_secret_", id(&setup))));

    let chosen = running
        .post(&path(&setup), &[("payment_method", "pm_card_visa")])
        .await
        .body;
    assert_eq!(chosen["status"], "requires_confirmation");
    let confirm = format!("{}/confirm", path(&setup));
    let done = running.post(&confirm, &[]).await.body;
    assert_eq!(done["status"], "succeeded");
    let method = done["payment_method"].as_str().unwrap();
    let kept = format!("{}/payment_methods/{method}", path(&customer));
    assert_eq!(running.get(&kept).await.body["customer"], customer["id"]);
    assert!(data(&running.get("/v1/charges").await.body).is_empty());
    assert_eq!(
        running.told_of("setup_intent.*").await,
        ["setup_intent.created", "setup_intent.succeeded"]
    );
    assert_eq!(running.told_of("payment_method.attached").await.len(), 1);

    for verb in ["confirm", "cancel"] {
        let again = running.post(&format!("{}/{verb}", path(&setup)), &[]).await;
        let error = &again.body["error"];
        assert_eq!(again.status, 400);
        assert_eq!(error["code"], "setup_intent_unexpected_state");
        assert_eq!(error["setup_intent"]["status"], "succeeded");
    }
}

#[tokio::test]
async fn a_declined_card_leaves_the_setup_open() {
    let running = start().await;
    let setup = running.setup(&[]).await;
    let refused = running.confirm(&setup, "pm_card_visa_chargeDeclined").await;
    assert_eq!(refused.status, 402);
    let open = &refused.body["error"]["setup_intent"];
    assert_eq!(open["status"], "requires_payment_method");
    assert_eq!(open["last_setup_error"]["decline_code"], "generic_decline");
    let done = running.confirm(&setup, "pm_card_chargeCustomerFail").await;
    assert_eq!(done.body["status"], "succeeded");
    assert!(done.body["last_setup_error"].is_null());
    assert_eq!(
        running.told_of("setup_intent.*").await,
        [
            "setup_intent.created",
            "setup_intent.setup_failed",
            "setup_intent.succeeded"
        ]
    );
}

#[tokio::test]
async fn the_bank_asks_before_a_card_is_kept() {
    let running = start().await;
    let setup = running.setup(&[]).await;
    let asked = running
        .confirm(&setup, "pm_card_authenticationRequiredOnSetup")
        .await
        .body;
    assert_eq!(asked["status"], "requires_action");
    let link = asked["next_action"]["use_stripe_sdk"]["stripe_js"].as_str();
    let page = running.http.get(link.unwrap()).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("saving this card"));
    let failed = running.answer(&setup, "fail").await.body;
    assert_eq!(failed["status"], "requires_payment_method");
    assert!(failed.get("metadata").is_none(), "a browser sees less");
    assert_eq!(
        failed["last_setup_error"]["code"],
        "setup_intent_authentication_failure"
    );
    running
        .confirm(&setup, "pm_card_authenticationRequiredOnSetup")
        .await;
    let done = running.answer(&setup, "complete").await.body;
    assert_eq!(done["status"], "succeeded");
    assert_eq!(running.answer(&setup, "complete").await.status, 400);
    assert_eq!(
        running.told_of("setup_intent.*").await,
        [
            "setup_intent.created",
            "setup_intent.requires_action",
            "setup_intent.setup_failed",
            "setup_intent.requires_action",
            "setup_intent.succeeded",
        ]
    );
}

#[tokio::test]
async fn the_customer_is_led_back_with_the_setup() {
    let running = start().await;
    let back = "http://127.0.0.1:1/back";
    let fields = [
        ("payment_method", "pm_card_threeDSecure2Required"),
        ("confirm", "true"),
        ("return_url", back),
        ("automatic_payment_methods[enabled]", "true"),
    ];
    let asked = running.post("/v1/setup_intents", &fields).await.body;
    assert_eq!(asked["next_action"]["type"], "redirect_to_url");
    let secret = asked["client_secret"].as_str().unwrap();
    let answer = [
        ("client_secret", secret),
        ("outcome", "complete"),
        ("return_url", back),
    ];
    let answered = running
        .post(&format!("/challenge/{}", id(&asked)), &answer)
        .await;
    assert_eq!(answered.status, 303);
    let location = answered.headers["location"].to_str().unwrap();
    assert!(location.starts_with(&format!("{back}?setup_intent={}&setup_intent_", id(&asked))));
    assert!(location.ends_with("redirect_status=succeeded"));
}

#[tokio::test]
async fn setups_are_canceled_and_listed() {
    let running = start().await;
    let customer = running.customer().await;
    let other = running.setup(&[]).await;
    let setup = running.setup(&[("customer", id(&customer))]).await;
    let cancel = format!("{}/cancel", path(&setup));
    let canceled = running
        .post(&cancel, &[("cancellation_reason", "abandoned")])
        .await
        .body;
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(canceled["cancellation_reason"], "abandoned");
    assert_eq!(running.confirm(&setup, "pm_card_visa").await.status, 400);
    let all = running.get("/v1/setup_intents").await.body;
    assert_eq!(
        [id(&data(&all)[0]), id(&data(&all)[1])],
        [id(&setup), id(&other)]
    );
    let query = format!("/v1/setup_intents?customer={}", id(&customer));
    assert_eq!(data(&running.get(&query).await.body).len(), 1);
    assert_eq!(running.told_of("setup_intent.canceled").await.len(), 1);
}

#[rstest]
#[case(&[("foo", "1")], "parameter_unknown", "foo")]
#[case(&[("customer", "cus_x")], "resource_missing", "customer")]
#[case(&[("payment_method", "pm_x")], "resource_missing", "payment_method")]
#[tokio::test]
async fn a_bad_parameter_is_named(
    #[case] fields: crate::support::Fields<'static>,
    #[case] code: &str,
    #[case] param: &str,
) {
    let running = start().await;
    let refused = running.post("/v1/setup_intents", fields).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert_eq!(refused.body["error"]["code"], code);
    assert_eq!(refused.body["error"]["param"], param);
    let missing = running.get("/v1/setup_intents/seti_x").await;
    assert_eq!(missing.status, 404);
    assert_eq!(
        missing.body["error"]["message"],
        "No such setupintent: 'seti_x'"
    );
}

#[tokio::test]
async fn a_test_moves_a_setup_as_it_likes() {
    let running = start().await;
    let setup = running.setup(&[]).await;
    let control = format!("/control/setup_intents/{}", id(&setup));
    let forced = running
        .control(&control, json!({"status": "processing"}))
        .await;
    assert_eq!(forced.body["status"], "processing");
    let cancel = running.post(&format!("{}/cancel", path(&setup)), &[]).await;
    assert_eq!(cancel.status, 400);
    let failed = running
        .control(&control, json!({"status": "requires_payment_method"}))
        .await;
    assert_eq!(failed.body["last_setup_error"]["code"], "card_declined");
    let quiet = json!({"status": "succeeded", "emit": false});
    assert_eq!(
        running.control(&control, quiet).await.body["status"],
        "succeeded"
    );
    assert_eq!(running.told_of("setup_intent.succeeded").await.len(), 0);
}
