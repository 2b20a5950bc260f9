use billing::{
    order::OrderStatus,
    transaction::{Kind, State},
};
use rstest::rstest;

use super::{again, apply, off, says, selling};
use crate::books::{Books, Database, event, paid};

#[rstest]
#[tokio::test]
async fn with_nothing_due_the_credits_are_there_at_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    let order = books.order(ann, "starter").await;
    let free = apply(&books, &order, "friend").await;
    assert_eq!(free.status, OrderStatus::Paid);
    assert_eq!(free.transaction.state, State::Succeeded);
    assert_eq!(free.transaction.kind, Kind::Purchase);
    assert_eq!(free.transaction.amount.value, 0);
    let redemption = free.redemption.clone().unwrap();
    assert_eq!(
        (redemption.list_price.value, redemption.discount.value),
        (500, 500)
    );
    assert_eq!(books.available(ann).await, 50);
    says(
        books.billing.apply_coupon(&free, "spring20").await,
        "no longer be changed",
    );
    says(
        books.billing.remove_coupon(&free).await,
        "no longer be changed",
    );

    // Money that comes for it all the same is seen by a person, and grants nothing more.
    let late = event("payment_intent.succeeded", &paid(&order));
    books.deliver(&late).await.unwrap();
    books.quiet().await;
    let reviews = books.billing.attention().await.unwrap().reviews;
    assert_eq!(
        reviews[0].review.as_deref(),
        Some("$5.00 were received instead of $0.00")
    );
    assert_eq!(books.available(ann).await, 50);
    assert_eq!(again(&books, &order).await.status, OrderStatus::Paid);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn a_coupon_is_replaced_and_taken_off(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let coupons = [
        off("FIFTH", "percent_off=20\nper_customer=1\ntotal=1"),
        off("DOLLAR", "amount_off=100\nper_customer=1"),
        off("ALMOST", "amount_off=499"),
        off("GONE", "percent_off=50\ntotal=1"),
    ];
    let books = Books::selling(database, selling(&coupons.concat())).await;
    let ann = books.customer("ann@shop.example").await;
    let bob = books.customer("bob@shop.example").await;
    let others = books.order(bob, "starter").await;
    apply(&books, &others, "GONE").await;

    let order = books.order(ann, "starter").await;
    let cheaper = apply(&books, &order, "fifth").await;
    assert_eq!(cheaper.transaction.amount.value, 400);
    assert_eq!(apply(&books, &cheaper, "FIFTH ").await, cheaper, "once");
    // What cannot be had changes nothing of what one has.
    says(
        books.billing.apply_coupon(&cheaper, "gone").await,
        "as often as it could",
    );
    assert_eq!(again(&books, &order).await, cheaper);
    let replaced = apply(&books, &cheaper, "dollar").await;
    assert_eq!(replaced.transaction.amount.value, 400);
    assert_eq!(replaced.redemption.unwrap().coupon.code, "DOLLAR");
    // The use that was replaced is free again.
    apply(&books, &others, "fifth").await;
    let least = apply(&books, &order, "almost").await;
    assert_eq!(least.transaction.amount.value, 50);

    books.billing.remove_coupon(&least).await.unwrap();
    let plain = again(&books, &order).await;
    assert_eq!(
        (plain.transaction.amount.value, plain.redemption),
        (500, None)
    );
    books.billing.remove_coupon(&order).await.unwrap();
    let paid = event("payment_intent.succeeded", &paid(&order));
    books.deliver(&paid).await.unwrap();
    books.until(&order, State::Succeeded).await;
    books.close().await;
}
