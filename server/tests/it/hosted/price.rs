//! A page asks for what is due, and no other amount pays.

use rstest::rstest;
use serde_json::json;

use super::{open, pay_by_card, press, session};
use crate::harness::{Database, Shop, event};

#[rstest]
#[tokio::test]
async fn an_amount_that_differs_is_put_before_a_person(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    let mut paid = session(&shop, &open.page).await;
    paid["status"] = json!("complete");
    paid["payment_status"] = json!("paid");
    paid["payment_intent"] = json!("pi_odd");
    paid["amount_total"] = json!(499);
    let event = event("checkout.session.completed", paid);
    shop.deliver_event(&event).await.is(200);
    shop.quiet().await;
    let transaction = ann.transaction(&open.transaction, "").await;
    assert_eq!(transaction["settled"], false);
    let reviews = shop.server.billing().attention().await.unwrap().reviews;
    let why = reviews[0].review.as_deref().unwrap();
    assert!(
        why.contains("$4.99 were received instead of $5.00"),
        "{why}"
    );
    assert_eq!(ann.credits().await, 0);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_page_asks_for_what_is_due(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    let checkout = format!("/checkout/{}", open.order);
    let code = [("code", "SPRING20")];
    ann.post(&checkout, &code).await.leads_to(&checkout);
    assert_eq!(session(&shop, &open.page).await["status"], "expired");
    let lower = press(&shop, &ann, &open.order).await;
    assert_eq!(session(&shop, &lower).await["amount_total"], 400);
    pay_by_card(&shop, &lower).await;
    let paid = ann.until(&open.transaction, "succeeded").await;
    assert_eq!(paid["amount"]["value"], 400);
    assert_eq!(ann.credits().await, 50);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_code_that_leaves_nothing_due_ends_the_page(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    let checkout = format!("/checkout/{}", open.order);
    ann.post(&checkout, &[("code", "FRIEND")]).await.is(303);
    assert_eq!(session(&shop, &open.page).await["status"], "expired");
    ann.until(&open.transaction, "succeeded").await;
    shop.close().await;
}
