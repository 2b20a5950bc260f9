use rstest::rstest;
use serde_json::Value;

use crate::support::{INTENT, Reply, Running, id, path, start};

/// A customer whose card was set up, the bank's question answered.
async fn saved(running: &Running, card: &str) -> (Value, String) {
    let customer = running.customer().await;
    let setup = running.setup(&[("customer", id(&customer))]).await;
    running.confirm(&setup, card).await;
    running.answer(&setup, "complete").await;
    let done = running.fetch(&setup).await;
    assert_eq!(done["status"], "succeeded");
    (
        customer,
        done["payment_method"].as_str().unwrap().to_owned(),
    )
}

/// A payment without the customer.
async fn charge(running: &Running, customer: &Value, method: &str) -> Reply {
    let off_session = [
        ("customer", id(customer)),
        ("payment_method", method),
        ("off_session", "true"),
        ("confirm", "true"),
    ];
    let fields = [INTENT, &off_session].concat();
    running.post("/v1/payment_intents", &fields).await
}

#[rstest]
#[case("pm_card_visa")]
#[case("pm_card_authenticationRequiredOnSetup")]
#[case("pm_card_authenticationRequiredSetupForOffSession")]
#[tokio::test]
async fn is_charged_without_its_owner(#[case] card: &str) {
    let running = start().await;
    let (customer, method) = saved(&running, card).await;
    let paid = charge(&running, &customer, &method).await;
    assert_eq!(paid.body["status"], "succeeded", "{}", paid.body);
}

#[tokio::test]
async fn may_need_its_owner_after_all() {
    let running = start().await;
    let (customer, method) = saved(&running, "pm_card_authenticationRequired").await;
    let refused = charge(&running, &customer, &method).await;
    assert_eq!(refused.status, 402);
    let error = &refused.body["error"];
    assert_eq!(error["code"], "authentication_required");
    let intent = &error["payment_intent"];
    assert_eq!(intent["status"], "requires_payment_method");
    let last = &intent["last_payment_error"];
    assert_eq!(last["payment_method"]["id"], method);
    // The owner comes back, and the same intent is paid with the same card.
    let asked = running.confirm(intent, &method).await.body;
    assert_eq!(asked["status"], "requires_action");
    let paid = running.answer(intent, "complete").await.body;
    assert_eq!(paid["status"], "succeeded");
}

#[tokio::test]
async fn that_was_never_set_up_needs_its_owner() {
    let running = start().await;
    let customer = running.customer().await;
    let card = "pm_card_authenticationRequiredOnSetup";
    let attach = format!("/v1/payment_methods/{card}/attach");
    let method = running
        .post(&attach, &[("customer", id(&customer))])
        .await
        .body;
    let refused = charge(&running, &customer, id(&method)).await;
    assert_eq!(refused.body["error"]["code"], "authentication_required");
}

#[tokio::test]
async fn belongs_to_its_customer_alone() {
    let running = start().await;
    let (_, method) = saved(&running, "pm_card_visa").await;
    let stranger = running.customer().await;
    let refused = charge(&running, &stranger, &method).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["error"]["param"], "payment_method");
    let theirs = format!("{}/payment_methods/{method}", path(&stranger));
    assert_eq!(running.get(&theirs).await.status, 404);
}

#[tokio::test]
async fn is_the_default_until_it_is_detached() {
    let running = start().await;
    let (customer, method) = saved(&running, "pm_card_visa").await;
    let default = [("invoice_settings[default_payment_method]", method.as_str())];
    let stranger = running.customer().await;
    let refused = running.post(&path(&stranger), &default).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["error"]["code"], "resource_missing");
    let set = running.post(&path(&customer), &default).await.body;
    assert_eq!(set["invoice_settings"]["default_payment_method"], method);

    let detach = format!("/v1/payment_methods/{method}/detach");
    let detached = running.post(&detach, &[]).await.body;
    assert!(detached["customer"].is_null());
    let after = running.get(&path(&customer)).await.body;
    assert!(after["invoice_settings"]["default_payment_method"].is_null());
    assert_eq!(
        running.told_of("payment_method.*").await,
        ["payment_method.attached", "payment_method.detached"]
    );
    let refused = charge(&running, &customer, &method).await;
    assert_eq!(refused.status, 400, "a detached card is of no use");
    let attach = format!("/v1/payment_methods/{method}/attach");
    let again = running.post(&attach, &[("customer", id(&customer))]).await;
    assert_eq!(again.status, 400);
}

#[tokio::test]
async fn is_recognised_by_its_fingerprint() {
    let running = start().await;
    let print = async |card: &str| {
        let path = format!("/v1/payment_methods/{card}");
        running.get(&path).await.body["card"]["fingerprint"].clone()
    };
    let visa = print("pm_card_visa").await;
    assert!(visa.is_string());
    assert_eq!(visa, print("pm_card_visa").await);
    assert_ne!(visa, print("pm_card_mastercard").await);
}

#[tokio::test]
async fn gets_a_new_date() {
    let running = start().await;
    let (_, method) = saved(&running, "pm_card_visa").await;
    let path = format!("/v1/payment_methods/{method}");
    let fields = [("card[exp_month]", "7"), ("card[exp_year]", "2041")];
    let updated = running.post(&path, &fields).await.body;
    assert_eq!(updated["card"]["exp_year"], 2041);
    assert_eq!(running.told_of("payment_method.updated").await.len(), 1);
}

#[tokio::test]
async fn is_the_default_of_a_customer_made_with_it() {
    let running = start().await;
    let fields = [
        ("payment_method", "pm_card_visa"),
        ("invoice_settings[default_payment_method]", "pm_card_visa"),
    ];
    let customer = running.post("/v1/customers", &fields).await.body;
    let method = customer["invoice_settings"]["default_payment_method"].as_str();
    let paid = charge(&running, &customer, method.unwrap()).await.body;
    assert_eq!(paid["status"], "succeeded");
    let declined = [("payment_method", "pm_card_visa_chargeDeclined")];
    assert_eq!(running.post("/v1/customers", &declined).await.status, 402);
    let list = running.get("/v1/customers").await.body;
    assert_eq!(crate::support::data(&list).len(), 1);
}
