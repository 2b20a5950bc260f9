//! Card fields and the page, one after the other and at once: an order is paid once.

use rstest::rstest;

use super::{leave, open, path, pay, pay_by_card, press, session, taken};
use crate::harness::{Database, Shop, eventually};

#[rstest]
#[tokio::test]
async fn many_clicks_make_one_page(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (order, _) = ann.order("starter").await;
    let clicks = (0..6).map(|_| press(&shop, &ann, &order));
    let pages = futures::future::join_all(clicks).await;
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:?}");
    assert_eq!(shop.gateway.list("checkout/sessions").await.len(), 1);
    pay_by_card(&shop, &pages[0]).await;
    eventually("it is paid", || async { ann.credits().await == 50 }).await;
    shop.close().await;
}

/// Card fields in one tab, the page in another: whichever was opened last can be paid, and no other.
#[rstest]
#[tokio::test]
async fn what_is_opened_in_one_way_is_closed_in_the_other(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let fields = ann.checkout("starter").await;
    let page = press(&shop, &ann, &fields.order).await;
    shop.gateway.confirm(&fields, "pm_card_visa").await.is(400);
    ann.begin_payment(&fields.order).await.is(409);
    let checkout = ann
        .get(&format!("/checkout/{}", fields.order))
        .await
        .is(200);
    assert!(checkout.text.contains("page/leave"), "{}", checkout.text);
    assert!(!checkout.text.contains("gateway-script"));

    leave(&ann, &fields.order).await;
    assert_eq!(session(&shop, &page).await["status"], "expired");
    pay(&shop, &page, "pm_card_visa").await.is(400);
    let again = ann.checkout("starter").await;
    assert_eq!(again.transaction, fields.transaction);
    assert_ne!(again.intent, fields.intent);
    let second = press(&shop, &ann, &fields.order).await;
    assert_ne!(second, page);
    shop.gateway.confirm(&again, "pm_card_visa").await.is(400);
    // All the news of what was given up changes nothing.
    shop.quiet().await;
    ann.transaction(&fields.transaction, "").await;
    pay_by_card(&shop, &second).await;
    ann.until(&fields.transaction, "succeeded").await;
    assert_eq!(taken(&shop, &fields.transaction).await, 1);
    assert_eq!(ann.credits().await, 50);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn both_ways_opened_at_once_are_paid_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    for _ in 0..3 {
        let (order, transaction) = ann.order("starter").await;
        let button = format!("/orders/{order}/page");
        let (fields, _) = tokio::join!(ann.begin_payment(&order), ann.post(&button, &[]));
        if fields.status == 200 {
            let secret = fields.json()["client_secret"].as_str().unwrap().to_owned();
            let (intent, _) = secret.split_once("_secret").unwrap();
            let confirm = format!("/v1/payment_intents/{intent}/confirm");
            let card = [
                ("payment_method", "pm_card_visa"),
                ("return_url", "http://localhost/"),
            ];
            shop.gateway.post(&confirm, &card).await;
        }
        let pages = shop.gateway.list("checkout/sessions").await;
        for page in pages {
            pay(&shop, page["id"].as_str().unwrap(), "pm_card_visa").await;
        }
        ann.until(&transaction, "succeeded").await;
        assert_eq!(taken(&shop, &transaction).await, 1);
    }
    assert_eq!(ann.credits().await, 150);
    shop.close().await;
}

/// The card has paid, and nobody has heard of it yet: the order leads to what became of it.
#[rstest]
#[tokio::test]
async fn what_was_paid_at_that_very_moment_counts(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let fields = ann.checkout("starter").await;
    shop.gateway.pay(&fields).await;
    let shown = format!("/transactions/{}", fields.transaction);
    let pressed = ann
        .post(&format!("/orders/{}/page", fields.order), &[])
        .await;
    pressed.leads_to(&shown);
    assert_eq!(ann.credits().await, 50);
    assert_eq!(shop.gateway.list("checkout/sessions").await.len(), 0);

    let open = open(&shop, &ann).await;
    pay_by_card(&shop, &open.page).await;
    leave(&ann, &open.order).await;
    let checkout = ann.get(&format!("/checkout/{}", open.order)).await;
    assert!(checkout.location().ends_with(&open.transaction));
    assert_eq!(ann.credits().await, 100);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn an_expired_page_lets_the_order_be_paid_again(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[values(false, true)] webhooks_are_lost: bool,
    #[values(false, true)] a_card_was_declined: bool,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    if a_card_was_declined {
        pay(&shop, &open.page, "pm_card_visa_chargeDeclined")
            .await
            .is(402);
        ann.until(&open.transaction, "failed").await;
    }
    if webhooks_are_lost {
        shop.gateway.lose_webhooks().await;
    }
    let expire = format!("{}/expire", path(&open.page));
    shop.gateway.post(&expire, &[]).await.is(200);
    if !webhooks_are_lost {
        eventually("the fields are back", || async {
            let checkout = ann.get(&format!("/checkout/{}", open.order)).await;
            checkout.text.contains("gateway-script")
        })
        .await;
        shop.quiet().await;
    }
    let page = press(&shop, &ann, &open.order).await;
    assert_ne!(page, open.page);
    leave(&ann, &open.order).await;
    shop.quiet().await;
    let fields = ann.checkout("starter").await;
    assert_eq!(fields.transaction, open.transaction);
    shop.gateway.pay(&fields).await;
    ann.until(&open.transaction, "succeeded").await;
    assert_eq!(ann.credits().await, 50);
    shop.close().await;
}

#[rstest]
#[case::canceled(false)]
#[case::expired(true)]
#[tokio::test]
async fn an_order_that_is_given_up_ends_its_page(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] by_time: bool,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let open = open(&shop, &ann).await;
    let billing = shop.server.billing();
    if by_time {
        billing.clock().advance(billing::order::LIFETIME);
        billing.sweep().await.unwrap();
    } else {
        let cancel = format!("/orders/{}/cancel", open.order);
        ann.post(&cancel, &[]).await.is(303);
    }
    assert_eq!(session(&shop, &open.page).await["status"], "expired");
    let transaction = ann.transaction(&open.transaction, "").await;
    assert_eq!(transaction["status"], "canceled");
    let pressed = ann.post(&format!("/orders/{}/page", open.order), &[]).await;
    pressed.leads_to(&format!("/transactions/{}", open.transaction));
    // The gateway's event about it is too old for a clock that was moved: it is not repeated.
    shop.gateway.lose_webhooks().await;
    shop.close().await;
}
