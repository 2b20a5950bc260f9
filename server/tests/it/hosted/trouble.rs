//! A page that cannot be made, or is not for everything.

use rstest::rstest;
use serde_json::{Value, json};

use super::{leave, pay_by_card, press, taken};
use crate::harness::{Database, Shop};

#[rstest]
#[case::fails(json!({ "fault": "fail" }))]
#[case::loses_its_answer(json!({ "fault": "timeout" }))]
#[case::says_nonsense(json!({ "fault": "malformed" }))]
#[tokio::test]
async fn a_page_is_made_once_though_the_gateway(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] fault: Value,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (order, transaction) = ann.order("starter").await;
    let making = "/v1/checkout/sessions";
    shop.gateway.spoil_calls("POST", making, fault).await;
    let failed = ann.post(&format!("/orders/{order}/page"), &[]).await;
    assert!(failed.is(502).text.contains("Nothing was charged"));
    shop.gateway.behave().await;
    let page = press(&shop, &ann, &order).await;
    assert_eq!(shop.gateway.list("checkout/sessions").await.len(), 1);
    pay_by_card(&shop, &page).await;
    ann.until(&transaction, "succeeded").await;
    shop.close().await;
}

/// The gateway cannot be reached on the way to its page: the card fields still work.
#[rstest]
#[tokio::test]
async fn the_fields_are_there_when_there_is_no_page(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let fields = ann.checkout("starter").await;
    let making = "/v1/checkout/sessions";
    let fault = json!({ "fault": "fail" });
    shop.gateway.spoil_calls("POST", making, fault).await;
    let failed = ann
        .post(&format!("/orders/{}/page", fields.order), &[])
        .await;
    failed.is(502);
    leave(&ann, &fields.order).await;
    let again = ann.checkout("starter").await;
    shop.gateway.pay(&again).await;
    ann.until(&fields.transaction, "succeeded").await;
    assert_eq!(taken(&shop, &fields.transaction).await, 1);
    shop.close().await;
}

/// A plan is paid with fields only, and what is paid is not paid again.
#[rstest]
#[tokio::test]
async fn not_everything_has_a_page(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let plan = ann.subscribe("basic").await;
    let checkout = ann.get(&format!("/checkout/{}", plan.order)).await.is(200);
    assert!(!checkout.text.contains("/page\""), "{}", checkout.text);
    let pressed = ann.post(&format!("/orders/{}/page", plan.order), &[]).await;
    pressed.leads_to(&format!("/transactions/{}", plan.transaction));
    assert_eq!(shop.gateway.list("checkout/sessions").await.len(), 0);
    shop.close().await;
}
