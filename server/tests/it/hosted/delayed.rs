//! Money that takes days.

use std::time::Duration;

use rstest::rstest;
use serde_json::json;

use super::{leave, open, pay, pay_by_card, press, taken, way_back};
use crate::harness::{Database, Shop};

/// Some ways to pay take days: the order waits for its money, longer than for its customer.
#[rstest]
#[case::it_comes("pm_usBankAccount_success", true)]
#[case::it_does_not_come("pm_usBankAccount_accountClosed", false)]
#[tokio::test]
async fn money_that_takes_days_is_waited_for(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] account: &str,
    #[case] comes: bool,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    let back = way_back(&pay(&shop, &open.page, account).await.is(200).json());
    let shown = format!("/transactions/{}", open.transaction);
    ann.get(&back).await.leads_to(&shown);
    let page = ann.get(&shown).await.is(200);
    assert!(page.text.contains("on its way"), "{}", page.text);
    assert!(page.text.contains("do not pay again"), "{}", page.text);
    let checkout = ann.get(&format!("/checkout/{}", open.order)).await;
    assert!(checkout.location().ends_with(&open.transaction));
    let pressed = ann.post(&format!("/orders/{}/page", open.order), &[]).await;
    pressed.leads_to(&shown);
    let cancel = format!("/orders/{}/cancel", open.order);
    ann.post(&cancel, &[]).await.leads_to(&shown);
    shop.server.billing().sweep().await.unwrap();
    let waits = ann.transaction(&open.transaction, "").await;
    assert_eq!(waits["status"], "processing");

    if !comes {
        // Before its order is overdue, so that it can still be paid in another way.
        let intent = waits["gateway"]["reference"].as_str().unwrap();
        let failed = json!({ "status": "requires_payment_method" });
        shop.gateway.force(intent, failed).await;
        ann.until(&open.transaction, "failed").await;
        shop.quiet().await;
        let mails = shop.mail.mails_to("ann@shop.example", 2).await;
        let pay = format!("/pay/{}", open.transaction);
        assert!(
            mails[1].text.contains("Payment failed"),
            "{}",
            mails[1].text
        );
        assert!(mails[1].text.contains(&pay), "{}", mails[1].text);
        let checkout = format!("/checkout/{}", open.order);
        assert_eq!(ann.get(&pay).await.location(), checkout);
        leave(&ann, &open.order).await;
        let fields = ann.checkout("starter").await;
        shop.gateway.pay(&fields).await;
    } else {
        let billing = shop.server.billing().clone();
        billing.clock().advance(Duration::from_secs(24 * 3600));
        billing.sweep().await.unwrap();
        let waits = ann.transaction(&open.transaction, "").await;
        assert_eq!(waits["status"], "processing", "its order is overdue");
        shop.gateway.advance(Duration::from_secs(24 * 3600)).await;
    }
    ann.until(&open.transaction, "succeeded").await;
    assert_eq!(ann.credits().await, 50);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_page_that_money_did_not_come_from_is_followed_by_another(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    pay(&shop, &open.page, "pm_usBankAccount_processing")
        .await
        .is(200);
    let waits = ann.until(&open.transaction, "processing").await;
    let intent = waits["gateway"]["reference"].as_str().unwrap();
    let failed = json!({ "status": "requires_payment_method" });
    shop.gateway.force(intent, failed).await;
    ann.until(&open.transaction, "failed").await;
    let page = press(&shop, &ann, &open.order).await;
    assert_ne!(page, open.page);
    pay_by_card(&shop, &page).await;
    ann.until(&open.transaction, "succeeded").await;
    assert_eq!(taken(&shop, &open.transaction).await, 1);
    shop.close().await;
}
