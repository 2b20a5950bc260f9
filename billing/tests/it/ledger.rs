use std::sync::Arc;

use billing::{
    id::CustomerId,
    ledger::{Reason, Spend, SpendError, Spent},
};
use proptest::{prelude::*, test_runner::TestRunner};
use rstest::rstest;
use tokio::sync::Barrier;

use crate::books::{Books, Database, credits};

fn spend(customer: CustomerId, amount: i64, key: &str) -> Spend {
    Spend {
        customer,
        amount: credits(amount),
        note: "test".to_owned(),
        key: key.to_owned(),
    }
}

#[rstest]
#[tokio::test]
async fn a_purchase_is_a_lot_and_the_oldest_is_spent_first(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    books.buy(customer, "starter").await;
    books.buy(customer, "standard").await;

    let spent = books.billing.spend(spend(customer, 60, "a")).await.unwrap();
    let Spent::Done(entry) = spent else {
        panic!("{spent:?}")
    };
    assert_eq!((entry.amount, entry.balance), (credits(-60), credits(240)));

    let balance = books.billing.balance(customer).await.unwrap();
    let left: Vec<_> = balance
        .lots
        .iter()
        .map(|lot| (lot.note.as_str(), lot.remaining.0))
        .collect();
    assert_eq!(left, [("Standard pack", 240)]);

    let lines = books.billing.statement(customer, None, 10).await.unwrap();
    let lines: Vec<_> = lines
        .iter()
        .map(|line| (line.reason, line.amount.0, line.balance.0))
        .collect();
    assert_eq!(
        lines,
        [
            (Reason::Spend, -60, 240),
            (Reason::Purchase, 250, 300),
            (Reason::Purchase, 50, 50)
        ]
    );
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn a_balance_never_goes_below_zero(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let refused = |available: i64, required: i64| Spent::Insufficient {
        available: credits(available),
        required: credits(required),
    };
    assert_eq!(
        books.billing.spend(spend(customer, 1, "a")).await.unwrap(),
        refused(0, 1)
    );
    books.buy(customer, "starter").await;
    assert_eq!(
        books.billing.spend(spend(customer, 51, "b")).await.unwrap(),
        refused(50, 51)
    );
    assert!(matches!(
        books.billing.spend(spend(customer, 50, "c")).await,
        Ok(Spent::Done(_))
    ));
    for nonsense in [0, -5, i64::MIN] {
        let wish = spend(customer, nonsense, "d");
        assert!(matches!(
            books.billing.spend(wish).await,
            Err(SpendError::Amount)
        ));
    }
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn the_same_key_spends_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let other = books.customer("bob@shop.example").await;
    books.buy(customer, "starter").await;
    books.buy(other, "starter").await;
    let second_server = books.another_server().await;

    let tries = (0..20).map(|n| {
        let billing = if n % 2 == 0 {
            books.billing.clone()
        } else {
            second_server.clone()
        };
        async move { billing.spend(spend(customer, 7, "key")).await.unwrap() }
    });
    let answers = futures::future::join_all(tries).await;
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    assert_eq!(books.available(customer).await, 43);

    let changed = books.billing.spend(spend(customer, 8, "key")).await;
    assert!(matches!(changed, Err(SpendError::KeyReused)));
    // Another customer's key is another key.
    assert!(matches!(
        books.billing.spend(spend(other, 8, "key")).await,
        Ok(Spent::Done(_))
    ));
    second_server.stop().await;
    books.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_want_the_last_credits(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    books.buy(customer, "starter").await;
    let servers = [books.billing.clone(), books.another_server().await];

    let barrier = Arc::new(Barrier::new(64));
    let clients = (0..64).map(|n: usize| {
        let (billing, barrier) = (servers[n % 2].clone(), barrier.clone());
        tokio::spawn(async move {
            barrier.wait().await;
            billing
                .spend(spend(customer, 3, &n.to_string()))
                .await
                .unwrap()
        })
    });
    let answers = futures::future::join_all(clients).await;
    let done = answers
        .iter()
        .filter(|answer| matches!(answer, Ok(Spent::Done(_))))
        .count();
    assert_eq!(done, 50 / 3);
    assert_eq!(books.available(customer).await, 50 % 3);
    servers[1].stop().await;
    books.close().await;
}

#[derive(Clone, Debug)]
enum Step {
    Buy(usize),
    Spend { amount: i64, key: u8 },
}

const PACKS: [(&str, i64); 3] = [("starter", 50), ("standard", 250), ("studio", 1000)];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        1 => (0..PACKS.len()).prop_map(Step::Buy),
        4 => (1..400_i64, any::<u8>()).prop_map(|(amount, key)| Step::Spend { amount, key }),
    ];
    prop::collection::vec(step, 1..25)
}

/// Whatever is bought and spent, in whichever order and how often, the books say what a list of
/// lots in memory says.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_books_agree_with_a_model(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let runtime = tokio::runtime::Handle::current();
    let (books, runs) = tokio::task::spawn_blocking(move || {
        let number = std::cell::Cell::new(0);
        let mut runner = TestRunner::new(ProptestConfig::with_cases(24));
        let runs = runner.run(&steps(), |steps| {
            number.set(number.get() + 1);
            let email = format!("c{}@shop.example", number.get());
            runtime.block_on(agrees(&books, &email, &steps));
            Ok(())
        });
        (books, runs)
    })
    .await
    .unwrap();
    runs.unwrap();
    books.close().await;
}

async fn agrees(books: &Books, email: &str, steps: &[Step]) {
    let customer = books.customer(email).await;
    let mut lots: Vec<i64> = Vec::new();
    let mut seen = std::collections::HashMap::new();
    for step in steps {
        match step {
            Step::Buy(pack) => {
                books.buy(customer, PACKS[*pack].0).await;
                lots.push(PACKS[*pack].1);
            }
            Step::Spend { amount, key } => {
                let wish = spend(customer, *amount, &key.to_string());
                let answer = books.billing.spend(wish).await;
                let available: i64 = lots.iter().sum();
                match seen.get(key) {
                    Some(before) if before == amount => {
                        assert!(matches!(answer, Ok(Spent::Done(_))));
                    }
                    Some(_) => assert!(matches!(answer, Err(SpendError::KeyReused))),
                    None if *amount > available => {
                        assert!(matches!(answer, Ok(Spent::Insufficient { .. })));
                    }
                    None => {
                        assert!(matches!(answer, Ok(Spent::Done(_))));
                        seen.insert(*key, *amount);
                        let mut missing = *amount;
                        for lot in &mut lots {
                            let part = missing.min(*lot);
                            *lot -= part;
                            missing -= part;
                        }
                    }
                }
            }
        }
        let balance = books.billing.balance(customer).await.unwrap();
        let left: Vec<i64> = balance.lots.iter().map(|lot| lot.remaining.0).collect();
        let expected: Vec<i64> = lots.iter().copied().filter(|left| *left > 0).collect();
        assert_eq!(left, expected);
        assert_eq!(balance.available.0, expected.iter().sum::<i64>());
    }
}
