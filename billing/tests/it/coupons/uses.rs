//! How often a code can be used, and when a use is given back.

use billing::order::{LIFETIME, OrderStatus};
use rstest::rstest;

use super::{again, apply, off, redeem, says, selling};
use crate::books::{Books, Database};

#[rstest]
#[tokio::test]
async fn every_limit_is_said_in_words(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let coupons = [
        off("ONCE", "percent_off=10\nper_customer=1"),
        off("TWO", "credits=5\ntotal=2"),
        off("DAY", "credits=5\nuntil=2000-01-01"),
        off("DAY-OFF", "amount_off=5\nuntil=2000-01-01"),
        off("BIG", "percent_off=10\noffers=['studio']"),
    ];
    let books = Books::selling(database, selling(&coupons.concat())).await;
    let ann = books.customer("ann@shop.example").await;
    let billing = &books.billing;
    says(redeem(billing, ann, "").await, "no such code");
    says(redeem(billing, ann, "TWOO").await, "no such code");
    says(redeem(billing, ann, "DAY").await, "no longer valid");
    says(redeem(billing, ann, "ONCE").await, "lowers a price");
    redeem(billing, ann, "TWO").await.unwrap();
    redeem(billing, ann, "TWO").await.unwrap();
    says(redeem(billing, ann, "TWO").await, "as often as it could");

    let order = books.order(ann, "starter").await;
    for (code, words) in [
        ("nothing", "no such code"),
        ("day-off", "no longer valid"),
        ("two", "brings credits"),
        ("big", "not for the starter pack"),
    ] {
        says(billing.apply_coupon(&order, code).await, words);
    }
    assert_eq!(again(&books, &order).await, order, "nothing changed");
    let cheaper = apply(&books, &order, "once").await;
    assert_eq!(cheaper.transaction.amount.value, 450);
    let other = books.order(ann, "studio").await;
    says(billing.apply_coupon(&other, "once").await, "used this code");
    books.close().await;
}

#[rstest]
#[case::gifts("credits=5\ntotal=3")]
#[case::discounts("percent_off=10\ntotal=3")]
#[case::nothing_due("percent_off=100\ntotal=3")]
#[tokio::test(flavor = "multi_thread")]
async fn the_last_use_is_had_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] lines: &str,
) {
    let catalog = selling(&off("LAST", lines));
    let books = Books::selling(database, catalog.clone()).await;
    // SQLite has one server; its tasks still race.
    let second = match database {
        Database::Sqlite => books.billing.clone(),
        Database::Postgres => books.another_server_selling(catalog).await,
    };
    let mut orders = Vec::new();
    for number in 0..32 {
        let customer = books.customer(&format!("c{number}@shop.example")).await;
        orders.push(books.order(customer, "starter").await);
    }
    let tries = orders.into_iter().enumerate().map(|(number, order)| {
        let servers = [books.billing.clone(), second.clone()];
        let is_gift = lines.starts_with("credits");
        tokio::spawn(async move {
            let server = &servers[number % 2];
            match is_gift {
                true => redeem(server, order.customer, "LAST").await.map(drop),
                false => server.apply_coupon(&order, "LAST").await.map(drop),
            }
        })
    });
    let outcomes = futures::future::join_all(tries).await;
    let (won, lost): (Vec<_>, Vec<_>) = outcomes
        .into_iter()
        .map(Result::unwrap)
        .partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (3, 29), "{lost:?}");
    for outcome in lost {
        says(outcome, "as often as it could");
    }
    if let Database::Postgres = database {
        second.stop().await;
    }
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn an_order_that_is_given_up_gives_its_use_back(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let catalog = selling(&off("ONE", "percent_off=20\nper_customer=1\ntotal=1"));
    let books = Books::selling(database, catalog).await;
    let ann = books.customer("ann@shop.example").await;
    let bob = books.customer("bob@shop.example").await;

    let canceled = books.order(ann, "starter").await;
    let canceled = apply(&books, &canceled, "one").await;
    books.billing.give_up(&canceled).await.unwrap();
    let expired = books.order(ann, "starter").await;
    let expired = apply(&books, &expired, "one").await;

    let others = books.order(bob, "studio").await;
    says(
        books.billing.apply_coupon(&others, "one").await,
        "as often as it could",
    );
    books.clock.advance(LIFETIME);
    books.billing.sweep().await.unwrap();
    assert_eq!(again(&books, &expired).await.status, OrderStatus::Expired);
    let others = books.order(bob, "studio").await;
    apply(&books, &others, "one").await;
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn a_redeemed_version_never_changes_and_counts_on(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::selling(database, selling(&off("X", "percent_off=20\ntotal=2"))).await;
    let ann = books.customer("ann@shop.example").await;
    let bob = books.customer("bob@shop.example").await;
    let order = books.order(ann, "starter").await;
    let order = apply(&books, &order, "x").await;

    let changed = selling(&off("X", "percent_off=40\ntotal=2"));
    let server = books.another_server_selling(changed).await;
    assert_eq!(server.catalog().coupon("x").unwrap().version, 2);
    let kept = server.order(ann, order.id).await.unwrap().unwrap();
    let redemption = kept.redemption.unwrap();
    assert_eq!(
        (redemption.coupon.version, redemption.discount.value),
        (1, 100)
    );

    // One of two uses is taken, whatever the version; then fewer are allowed than were had.
    let cheap = server.catalog().pack("starter").unwrap().clone();
    let second = server.place_order(bob, &cheap, None).await.unwrap();
    server.apply_coupon(&second, "x").await.unwrap();
    let fewer = selling(&off("X", "percent_off=40\ntotal=1"));
    let stricter = books.another_server_selling(fewer).await;
    let other = stricter.catalog().pack("studio").unwrap().clone();
    let third = stricter.place_order(bob, &other, None).await.unwrap();
    says(
        stricter.apply_coupon(&third, "x").await,
        "as often as it could",
    );
    stricter.give_up(&second).await.unwrap();
    says(
        stricter.apply_coupon(&third, "x").await,
        "as often as it could",
    );
    server.stop().await;
    stricter.stop().await;
    books.close().await;
}
