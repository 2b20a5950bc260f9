//! Many spends at the same moment: they go together, and are what they would be one by one.

use std::{collections::HashMap, time::Duration};

use billing::{
    Billing, Error,
    id::CustomerId,
    ledger::{Entry, Gift, Reason, Spend, SpendError, Spent},
};
use futures::future::join_all;
use rstest::rstest;

use crate::books::{Books, Database, credits};

const HOUR: Duration = Duration::from_secs(3600);

async fn give(books: &Books, customer: CustomerId, amount: i64, lifetime: Option<Duration>) {
    let gift = Gift {
        customer,
        amount: credits(amount),
        note: format!("Gift of {amount}"),
        starts_at: None,
        expires_at: lifetime.map(|lifetime| books.clock.now().plus(lifetime)),
        priority: 0,
        key: amount.to_string(),
    };
    books.billing.give(gift).await.unwrap();
}

async fn spend(
    billing: Billing,
    customer: CustomerId,
    amount: i64,
    key: String,
) -> (CustomerId, String, Result<Spent, SpendError>) {
    let wish = Spend {
        customer,
        amount: credits(amount),
        note: "test".to_owned(),
        key: key.clone(),
    };
    (customer, key, billing.spend(wish).await)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_what_they_are_one_by_one(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[values(1, 2)] servers: usize,
) {
    let books = Books::open(database).await;
    let mut billings = vec![books.billing.clone()];
    if servers == 2 {
        billings.push(books.another_server().await);
    }
    let mut customers = Vec::new();
    for n in 0..8 {
        let customer = books.customer(&format!("c{n}@shop.example")).await;
        give(&books, customer, 10, None).await;
        // Of every second customer some have run out by then, and nobody has taken them yet.
        let lifetime = if n % 2 == 0 { HOUR } else { 3 * HOUR };
        give(&books, customer, 20, Some(lifetime)).await;
        give(&books, customer, 30, None).await;
        customers.push(customer);
    }
    books.clock.advance(2 * HOUR);
    // Each key twice, and more than anybody has.
    let wishes = (0..320).map(|n| {
        let (customer, wish) = (customers[n % 8], n / 16);
        let billing = billings[n % servers].clone();
        let amount = i64::try_from(wish % 7 + 1).unwrap();
        spend(billing, customer, amount, wish.to_string())
    });
    let mut done: HashMap<(CustomerId, String), Entry> = HashMap::new();
    let mut short = 0;
    for (customer, key, answer) in join_all(wishes).await {
        match answer.unwrap() {
            Spent::Done(entry) => {
                let before = done.insert((customer, key), entry.clone());
                assert!(before.is_none_or(|before| before == entry));
            }
            Spent::Insufficient { .. } => short += 1,
        }
    }
    assert!(short > 0 && done.len() > 8, "{short} and {}", done.len());
    for (n, customer) in customers.iter().enumerate() {
        let had = if n % 2 == 0 { 40 } else { 60 };
        let of = |entry: &&Entry| entry.reason == Reason::Spend;
        let statement = books.billing.statement(*customer, None, 100).await.unwrap();
        let spent: i64 = statement.iter().filter(of).map(|it| it.amount.0).sum();
        assert_eq!(books.available(*customer).await, had + spent);
        let told = done.iter().filter(|((owner, _), _)| owner == customer);
        assert_eq!(told.count(), statement.iter().filter(of).count());
    }
    for other in &billings[1..] {
        other.stop().await;
    }
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn one_that_cannot_be_does_not_hinder_others(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    give(&books, ann, 10, None).await;
    let nobody = CustomerId::new();
    let wishes = (0..6).map(|n| {
        let customer = if n == 3 { nobody } else { ann };
        spend(books.billing.clone(), customer, 1, n.to_string())
    });
    for (customer, _, answer) in join_all(wishes).await {
        if customer == ann {
            assert!(matches!(answer, Ok(Spent::Done(_))), "{answer:?}");
        } else {
            assert!(
                matches!(answer, Err(SpendError::Other(Error::Store(_)))),
                "{answer:?}"
            );
        }
    }
    assert_eq!(books.available(ann).await, 4 + 1);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn who_stops_answers_those_who_wait(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    give(&books, ann, 10, None).await;
    let billing = books.billing.clone();
    let wishes = (0..5).map(|n| spend(billing.clone(), ann, 1, n.to_string()));
    let (answers, ()) = futures::future::join(join_all(wishes), books.billing.stop()).await;
    for (_, _, answer) in answers {
        assert!(matches!(answer, Ok(Spent::Done(_))), "{answer:?}");
    }
    let (_, _, late) = spend(billing, ann, 1, "late".to_owned()).await;
    let late = matches!(late, Err(SpendError::Other(Error::Unavailable)));
    assert!(late);
}
