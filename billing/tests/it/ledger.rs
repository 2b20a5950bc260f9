use std::sync::Arc;

use billing::{
    id::CustomerId,
    ledger::{Reason, Spend, SpendError, Spent},
    transaction::State,
};
use rstest::rstest;
use tokio::sync::Barrier;

use crate::books::{Books, Database, credits, event, paid};

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

/// Each transfer follows the one that is the last when it is written, and not when its writer began to wait.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_two_servers_write_at_once_is_one_chain(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    books.buy(customer, "studio").await;
    let other = books.another_server().await;
    for round in 0..20 {
        let order = books.order(customer, "starter").await;
        let payment = event("payment_intent.succeeded", &paid(&order));
        let spends = (0..8).map(|n| {
            let (other, key) = (other.clone(), format!("{round}-{n}"));
            async move { other.spend(spend(customer, 1, &key)).await }
        });
        let (paid, spent) =
            tokio::join!(books.deliver(&payment), futures::future::join_all(spends));
        paid.unwrap();
        assert!(spent.iter().all(Result::is_ok), "{spent:?}");
        books.until(&order, State::Succeeded).await;
    }
    assert_eq!(books.billing.verify(|_| ()).await.unwrap(), []);
    other.stop().await;
    books.close().await;
}
