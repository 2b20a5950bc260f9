use std::time::Duration;

use billing::{
    Billing,
    catalog::CatalogFile,
    order::{LIFETIME, OrderError, OrderStatus},
    transaction::State,
};
use rstest::rstest;

use crate::books::{Books, Database, event, paid, settings};

#[rstest]
#[tokio::test]
async fn a_double_click_finds_the_same_order(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let second_server = books.another_server().await;
    let pack = books.billing.catalog().pack("starter").unwrap().clone();
    let clicks = (0..10).map(|n| {
        let server = if n % 2 == 0 {
            &books.billing
        } else {
            &second_server
        };
        server.place_order(customer, &pack, None)
    });
    let orders = futures::future::join_all(clicks).await;
    let first = orders[0].as_ref().unwrap().id;
    for order in orders {
        assert_eq!(order.unwrap().id, first);
    }
    // Another pack is another order; and once paid, the same pack is too.
    assert_ne!(books.order(customer, "standard").await.id, first);
    books.buy(customer, "starter").await;
    assert_ne!(books.order(customer, "starter").await.id, first);
    second_server.stop().await;
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn an_order_nobody_pays_expires(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    books.clock.advance(LIFETIME - Duration::from_secs(60));
    books.billing.sweep().await.unwrap();
    let still = books
        .billing
        .order(customer, order.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(still.status, OrderStatus::Open);

    books.clock.advance(Duration::from_secs(61));
    books.billing.sweep().await.unwrap();
    let expired = books
        .billing
        .order(customer, order.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(expired.status, OrderStatus::Expired);
    assert_eq!(expired.transaction.state, State::Canceled);

    // Money that comes all the same is seen by a person, and not lost.
    books
        .deliver(&event("payment_intent.succeeded", &paid(&order)))
        .await
        .unwrap();
    books.quiet().await;
    assert_eq!(books.available(customer).await, 0);
    assert_eq!(books.billing.attention().await.unwrap().reviews.len(), 1);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn an_order_keeps_the_version_it_was_sold_under(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.order(customer, "starter").await;
    books.billing.stop().await;

    let dearer = "currency = 'usd'\n[[pack]]\nkey = 'starter'\nname = 'Starter'\n\
                  description = 'Enough for a first evening.'\nprice = 700\ncredits = 40\n";
    let mut changed = settings(&books.location, &books.clock);
    changed.catalog = CatalogFile::parse(dearer).unwrap();
    let billing = Billing::open(changed).await.unwrap();
    let catalog = billing.catalog();
    let pack = catalog.pack("starter").unwrap().clone();
    assert_eq!((pack.version, pack.price.value), (2, 700));
    let kept = billing.order(customer, order.id).await.unwrap().unwrap();
    assert_eq!(
        (
            kept.offer.version,
            kept.offer.price.value,
            kept.offer.credits.0
        ),
        (1, 500, 50)
    );
    assert_eq!(kept.transaction.amount.value, 500);
    billing.stop().await;

    // The same file again makes no new version; what it took off sale comes back as it was.
    let demo = include_str!("../../src/catalog/demo.toml");
    for _ in 0..2 {
        let mut changed = settings(&books.location, &books.clock);
        changed.catalog = CatalogFile::parse(demo).unwrap();
        let billing = Billing::open(changed).await.unwrap();
        assert_eq!(billing.catalog().number, 3);
        assert_eq!(billing.catalog().pack("studio").unwrap().version, 1);
        assert_eq!(billing.catalog().pack("starter").unwrap().version, 3);
        // The version of before is sold to nobody.
        let stale = billing.place_order(customer, &pack, None).await;
        assert!(matches!(stale, Err(OrderError::NotOnSale)), "{stale:?}");
        // But the order that is open is found again.
        let open = billing.place_order(customer, &order.offer, None).await;
        assert_eq!(open.unwrap().id, order.id);
        billing.stop().await;
    }
    // Without a file, what is on sale stays.
    let billing = Billing::open(settings(&books.location, &books.clock))
        .await
        .unwrap();
    assert_eq!(billing.catalog().number, 3);
    billing.stop().await;
}
