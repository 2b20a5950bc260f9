//! What is left when a period ends: by the plan's rule, and of the plan's credits alone.

use billing::ledger::{Spend, Spent};
use rstest::rstest;

use super::Theirs;
use crate::books::{Books, Database, credits, event};

/// The credits of the starter pack.
const PACK: i64 = 50;

async fn spend(books: &Books, theirs: &Theirs, amount: i64) {
    let spent = books.billing.spend(Spend {
        customer: theirs.customer,
        amount: credits(amount),
        note: "test".to_owned(),
        key: amount.to_string(),
    });
    assert!(matches!(spent.await.unwrap(), Spent::Done(_)));
}

#[rstest]
#[case::runs_out("basic", 100)]
#[case::stays_up_to_a_cap("advanced", 400 + 200)]
#[case::stays("pro", 1600 + 1570)]
#[tokio::test]
async fn what_is_left_follows_the_rule_and_packs_stay(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] plan: &str,
    #[case] of_the_plan: i64,
) {
    let books = Books::open(database).await;
    let theirs = Theirs::order(&books, "ann@shop.example", plan).await;
    books.buy(theirs.customer, "starter").await;
    for event in theirs.told(0) {
        books.deliver(&event).await.unwrap();
    }
    // The pack is older, and yet what may run out is spent first.
    spend(&books, &theirs, 30).await;
    let lots = books.billing.balance(theirs.customer).await.unwrap().lots;
    let pack = lots.iter().find(|lot| lot.note == "Starter pack").unwrap();
    assert_eq!(pack.remaining, credits(PACK));

    for event in theirs.renewed(1) {
        books.deliver(&event).await.unwrap();
    }
    books.quiet().await;
    assert_eq!(books.available(theirs.customer).await, PACK + of_the_plan);
    // The same news again takes nothing more.
    for event in theirs.renewed(1) {
        books.deliver(&event).await.unwrap();
    }
    books.quiet().await;
    assert_eq!(books.available(theirs.customer).await, PACK + of_the_plan);
    books.close().await;
}

#[rstest]
#[case::runs_out("basic", 0)]
#[case::stays_up_to_a_cap("advanced", 200)]
#[case::stays("pro", 1600)]
#[tokio::test]
async fn the_end_of_a_plan_is_the_end_of_a_period(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] plan: &str,
    #[case] of_the_plan: i64,
) {
    let books = Books::open(database).await;
    let theirs = Theirs::order(&books, "ann@shop.example", plan).await;
    books.buy(theirs.customer, "starter").await;
    let ended = event(
        "customer.subscription.deleted",
        &theirs.subscription(0, "canceled"),
    );
    for event in [theirs.told(0), vec![ended]].concat() {
        books.deliver(&event).await.unwrap();
    }
    books.quiet().await;
    assert_eq!(books.available(theirs.customer).await, PACK + of_the_plan);
    books.close().await;
}
