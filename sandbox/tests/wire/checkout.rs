use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Fields, Reply, Running, data, id, path, reply, start};

/// Two packs for $19.00 each.
const SESSION: Fields<'static> = &[
    ("mode", "payment"),
    ("line_items[0][price_data][currency]", "usd"),
    ("line_items[0][price_data][unit_amount]", "1900"),
    (
        "line_items[0][price_data][product_data][name]",
        "Pack <of> 100",
    ),
    ("line_items[0][quantity]", "2"),
    (
        "success_url",
        "http://127.0.0.1:1/back?session={CHECKOUT_SESSION_ID}",
    ),
    ("cancel_url", "http://127.0.0.1:1/cart"),
    ("client_reference_id", "o1"),
    ("metadata[order]", "o1"),
    ("payment_intent_data[metadata][transaction]", "t1"),
];

async fn open(running: &Running, more: Fields<'_>) -> Value {
    let fields = [SESSION, more].concat();
    let created = running.post("/v1/checkout/sessions", &fields).await;
    assert_eq!(created.status, 200, "{}", created.body);
    created.body
}

/// What the page sends when somebody pays.
async fn pay(running: &Running, session: &Value, method: &str) -> Reply {
    let fields = [("email", "ada@example.com"), ("payment_method", method)];
    running
        .post(&format!("/c/pay/{}", id(session)), &fields)
        .await
}

async fn page(running: &Running, session: &Value) -> String {
    let request = running.request(Method::GET, &format!("/c/pay/{}", id(session)));
    request.send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn a_session_is_paid_on_its_page() {
    let running = start().await;
    let session = open(&running, &[]).await;
    assert_eq!(session["status"], "open");
    assert_eq!(session["payment_status"], "unpaid");
    assert_eq!(session["amount_total"], 3800);
    assert_eq!(session["client_reference_id"], "o1");
    assert!(session["payment_intent"].is_null());
    let address = format!("{}/c/pay/{}", running.sandbox.url(), id(&session));
    assert_eq!(session["url"], address);
    let shown = page(&running, &session).await;
    assert!(shown.contains("Pay $38.00") && shown.contains("Pack &lt;of&gt; 100"));
    assert!(shown.contains("http://127.0.0.1:1/cart"));

    let paid = pay(&running, &session, "pm_card_visa").await.body;
    let back = format!("http://127.0.0.1:1/back?session={}", id(&session));
    assert_eq!(paid["return_url"], back);
    let done = format!(
        "{}?expand[]=payment_intent&expand[]=line_items",
        path(&session)
    );
    let done = running.get(&done).await.body;
    assert_eq!(done["status"], "complete");
    assert_eq!(done["payment_status"], "paid");
    assert_eq!(done["customer_details"]["email"], "ada@example.com");
    assert!(done["url"].is_null());
    assert_eq!(done["payment_intent"]["amount_received"], 3800);
    assert_eq!(done["payment_intent"]["metadata"]["transaction"], "t1");
    assert_eq!(data(&done["line_items"])[0]["quantity"], 2);
    assert_eq!(
        running.told(&done["payment_intent"]).await,
        [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "checkout.session.completed",
        ]
    );
    let again = pay(&running, &session, "pm_card_visa").await;
    assert_eq!(again.status, 400);
    assert!(page(&running, &session).await.contains("Thank you"));
}

#[tokio::test]
async fn another_card_pays_after_one_was_declined() {
    let running = start().await;
    let session = open(&running, &[]).await;
    let declined = pay(&running, &session, "pm_card_visa_chargeDeclined").await;
    assert_eq!(declined.status, 402);
    assert_eq!(declined.body["error"]["message"], "Your card was declined.");
    let asked = pay(&running, &session, "pm_card_threeDSecure2Required").await;
    let secret = asked.body["client_secret"].as_str().unwrap().to_owned();
    let intent = running.get(&path(&session)).await.body["payment_intent"].clone();
    let challenge = format!("/challenge/{}", intent.as_str().unwrap());
    let outcome = format!("/c/pay/{}/outcome", id(&session));
    let answer = |outcome| [("client_secret", secret.as_str()), ("outcome", outcome)];
    running.post(&challenge, &answer("fail")).await;
    let failed = running.get(&outcome).await.body;
    let message = failed["error"]["message"].as_str().unwrap();
    assert!(message.contains("failed authentication"), "{message}");
    pay(&running, &session, "pm_card_threeDSecure2Required").await;
    running.post(&challenge, &answer("complete")).await;
    assert!(running.get(&outcome).await.body["return_url"].is_string());
    assert_eq!(running.told_of("payment_intent.created").await.len(), 1);
    assert_eq!(running.told_of("checkout.session.*").await.len(), 1);
}

#[rstest]
#[case(
    "pm_usBankAccount_success",
    "paid",
    "checkout.session.async_payment_succeeded"
)]
#[case(
    "pm_usBankAccount_accountClosed",
    "unpaid",
    "checkout.session.async_payment_failed"
)]
#[tokio::test]
async fn a_bank_debit_completes_first_and_pays_later(
    #[case] method: &str,
    #[case] status: &str,
    #[case] event: &str,
) {
    let running = start().await;
    let session = open(&running, &[]).await;
    let sent = pay(&running, &session, method).await.body;
    assert!(sent["return_url"].is_string());
    let waiting = running.get(&path(&session)).await.body;
    assert_eq!(waiting["status"], "complete");
    assert_eq!(waiting["payment_status"], "unpaid");
    let day = json!({ "advance_s": 24 * 60 * 60 });
    running.control("/control/clock", day).await;
    let after = running.get(&path(&session)).await.body;
    assert_eq!(after["payment_status"], status);
    assert_eq!(
        running.told_of("checkout.session.*").await,
        ["checkout.session.completed", event]
    );
}

#[tokio::test]
async fn a_test_decides_about_a_bank_debit() {
    let running = start().await;
    let session = open(&running, &[]).await;
    pay(&running, &session, "pm_usBankAccount_processing").await;
    let waiting = running.get(&path(&session)).await.body;
    let intent = waiting["payment_intent"].as_str().unwrap();
    let control = format!("/control/payment_intents/{intent}");
    running
        .control(&control, json!({"status": "succeeded"}))
        .await;
    assert_eq!(
        running.told_of("checkout.session.*").await,
        [
            "checkout.session.completed",
            "checkout.session.async_payment_succeeded"
        ]
    );
}

#[tokio::test]
async fn an_expired_session_takes_no_money() {
    let running = start().await;
    let session = open(&running, &[]).await;
    pay(&running, &session, "pm_card_visa_chargeDeclined").await;
    let expire = format!("{}/expire", path(&session));
    let expired = running.post(&expire, &[]).await.body;
    assert_eq!(expired["status"], "expired");
    assert!(expired["url"].is_null());
    assert_eq!(running.post(&expire, &[]).await.status, 400);
    assert_eq!(pay(&running, &session, "pm_card_visa").await.status, 400);
    let shown = page(&running, &session).await;
    assert!(shown.contains("expired") && shown.contains("http://127.0.0.1:1/cart"));
    let intent = expired["payment_intent"].as_str().unwrap();
    let intent = running.get(&format!("/v1/payment_intents/{intent}")).await;
    assert_eq!(intent.body["status"], "canceled");

    let by_itself = open(&running, &[]).await;
    let day = json!({ "advance_s": 24 * 60 * 60 });
    running.control("/control/clock", day).await;
    let over = running.get(&path(&by_itself)).await.body;
    assert_eq!(over["status"], "expired");
    assert_eq!(running.told_of("checkout.session.expired").await.len(), 2);
}

#[tokio::test]
async fn a_customer_may_never_come_back() {
    let running = start().await;
    let fault = json!({"fault": "never_return", "times": 1, "metadata": {"order": "o1"}});
    let added = running.control("/control/checkout-faults", fault).await;
    assert_eq!(added.status, 200, "{}", added.body);
    let session = open(&running, &[]).await;
    let paid = pay(&running, &session, "pm_card_visa").await.body;
    assert!(paid["return_url"].is_null());
    assert_eq!(running.told_of("checkout.session.*").await.len(), 1);
    let session = open(&running, &[]).await;
    let paid = pay(&running, &session, "pm_card_visa").await.body;
    assert!(paid["return_url"].is_string());
    let unknown = json!({"fault": "never_return", "foo": 1});
    let refused = running.control("/control/checkout-faults", unknown).await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn a_known_customer_types_no_email_and_keeps_the_card() {
    let running = start().await;
    let customer = running.customer().await;
    let fields = [
        ("customer", id(&customer)),
        ("payment_intent_data[setup_future_usage]", "off_session"),
    ];
    let session = open(&running, &fields).await;
    let shown = page(&running, &session).await;
    assert!(shown.contains("ada@example.com") && !shown.contains("type=\"email\""));
    let pay = format!("/c/pay/{}", id(&session));
    running
        .post(&pay, &[("payment_method", "pm_card_visa")])
        .await;
    let cards = format!("{}/payment_methods", path(&customer));
    assert_eq!(data(&running.get(&cards).await.body).len(), 1);

    let new = open(&running, &[("customer_creation", "always")]).await;
    let refused = running
        .post(
            &format!("/c/pay/{}", id(&new)),
            &[("payment_method", "pm_card_visa")],
        )
        .await;
    assert_eq!(refused.body["error"]["param"], "email");
    self::pay(&running, &new, "pm_card_visa").await;
    let made = running.get(&path(&new)).await.body["customer"].clone();
    assert!(made.is_string());
    let list = format!("/v1/checkout/sessions?customer={}", made.as_str().unwrap());
    assert_eq!(data(&running.get(&list).await.body).len(), 1);
}

#[tokio::test]
async fn only_what_is_offered_is_taken() {
    let running = start().await;
    let session = open(&running, &[("payment_method_types[]", "card")]).await;
    let refused = pay(&running, &session, "pm_usBankAccount_success").await;
    assert_eq!(refused.status, 400);
    let shown = page(&running, &session).await;
    assert!(!shown.contains("Test account"));
    let missing = reply(running.request(Method::GET, "/c/pay/cs_test_x")).await;
    assert_eq!(missing.status, 404);
}

#[rstest]
#[case(("mode", "subscription"), "mode")]
#[case(("success_url", "/back"), "success_url")]
#[case(("foo", "1"), "foo")]
#[case(("payment_intent_data[foo]", "1"), "payment_intent_data[foo]")]
#[case(("line_items[0][foo]", "1"), "line_items[0][foo]")]
#[case(("line_items[0][quantity]", "0"), "line_items[0][quantity]")]
#[case(("expires_at", "1"), "expires_at")]
#[case(("customer", "cus_x"), "customer")]
#[case(("payment_method_types[]", "cash"), "payment_method_types")]
#[tokio::test]
async fn a_bad_parameter_is_named(#[case] bad: (&'static str, &'static str), #[case] param: &str) {
    let running = start().await;
    let mut fields = SESSION.to_vec();
    fields.retain(|(name, _)| *name != bad.0);
    fields.push(bad);
    let refused = running.post("/v1/checkout/sessions", &fields).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert_eq!(refused.body["error"]["param"], param, "{}", refused.body);
    let missing = running.get("/v1/checkout/sessions/cs_x").await;
    assert_eq!(missing.status, 404);
}
