//! One field finds everything.

use billing::people::Role;
use rstest::rstest;
use serde_json::json;

use crate::harness::{Database, Shop, between};

#[rstest]
#[tokio::test]
async fn everything_that_staff_are_told_is_found(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let viewer = shop.staff(Role::Viewer).await;
    let ann = shop.customer("ann@shop.example").await;
    shop.customer("anna@shop.example").await;
    let paid = ann.checkout("starter").await;
    shop.gateway.confirm(&paid, "pm_card_visa").await.is(200);
    let customer = ann.until(&paid.transaction, "succeeded").await["customer"].clone();
    shop.quiet().await;
    let transaction = format!("/admin/transactions/{}", paid.transaction);
    let customer = format!("/admin/customers/{}", customer.as_str().unwrap());
    // Looking at it finds out which card it was.
    let page = viewer.get(&transaction).await.is(200).text;
    let receipt = between(&page, "<dt>Receipt</dt><dd>", "</dd>").unwrap();
    let admin = shop.staff(Role::Admin).await;
    let refund = [
        ("amount", "1.00"),
        ("word", "duplicate"),
        ("reason", "twice"),
        ("key", "1"),
        ("confirmed", "yes"),
    ];
    admin
        .post(&format!("{transaction}/refund"), &refund)
        .await
        .is(303);
    let refunds = shop.gateway.list("refunds").await;
    let charges = shop.gateway.list("charges").await;
    let customers = shop.gateway.list("customers").await;
    let id = |objects: &[serde_json::Value]| objects[0]["id"].as_str().unwrap().to_owned();
    let today = billing::clock::Day::from(shop.server.billing().clock().now());

    let mut certain = vec![
        (paid.transaction.clone(), &transaction),
        (paid.order.clone(), &transaction),
        (paid.intent.clone(), &transaction),
        (id(&refunds), &transaction),
        (id(&charges), &transaction),
        (receipt.to_owned(), &transaction),
        ("4242".to_owned(), &transaction),
        (format!("4242 {today}"), &transaction),
        ("ann@shop.example".to_owned(), &customer),
        ("ANN@".to_owned(), &customer),
        (customer.rsplit_once('/').unwrap().1.to_owned(), &customer),
    ];
    if !customers.is_empty() {
        certain.push((id(&customers), &customer));
    }
    for (text, place) in certain {
        let found = viewer.get(&search(&text)).await;
        assert_eq!(
            (found.status, found.location()),
            (302, place.as_str()),
            "{text}: {found:?}"
        );
    }
    let events = shop.gateway.list("events").await;
    let mut events = events.iter();
    let event = events.find(|it| it["type"] == json!("payment_intent.succeeded"));
    let found = viewer
        .get(&search(event.unwrap()["id"].as_str().unwrap()))
        .await
        .is(302);
    assert!(found.location().starts_with("/admin/inbox/"), "{found:?}");

    let several = viewer.get(&search("ann")).await.is(200).text;
    for email in [">ann@shop.example<", ">anna@shop.example<"] {
        assert!(several.contains(email), "{several}");
    }
    for nothing in [
        "pi_nothing",
        "1999-000001",
        "4242 2020-01-01",
        "ch_nothing",
        "%",
        "ch_../x",
        "nobody@",
    ] {
        let page = viewer.get(&search(nothing)).await.is(200).text;
        assert!(page.contains("Nothing is called"), "{nothing}: {page}");
    }
    viewer.get("/admin/search").await.is(200);
    ann.get("/admin/search?q=ann").await.leads_to("/account");
    shop.close().await;
}

fn search(text: &str) -> String {
    let text: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("/admin/search?q={text}")
}
