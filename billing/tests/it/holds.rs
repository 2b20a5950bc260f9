//! Credits set aside and given for nothing: many at once, under the same key, beside refunds, and
//! past their time.

use std::{sync::Arc, time::Duration};

use billing::{
    customer::{Naming, NamingError},
    id::CustomerId,
    ledger::{Gift, GiftError, HoldError, HoldStatus, NewHold, Reason, Spend, SpendError, Spent},
};
use futures::future::join_all;
use rstest::rstest;
use tokio::sync::Barrier;

use crate::{
    books::{Books, Database, credits, event},
    returns::{has, refund},
};

const HOUR: Duration = Duration::from_secs(3600);

fn hold(customer: CustomerId, amount: i64, key: &str) -> NewHold {
    NewHold {
        customer,
        amount: credits(amount),
        note: "film".to_owned(),
        lifetime: HOUR,
        key: key.to_owned(),
    }
}

fn gift(customer: CustomerId, amount: i64, key: &str) -> Gift {
    Gift {
        customer,
        amount: credits(amount),
        note: "Welcome".to_owned(),
        starts_at: None,
        expires_at: None,
        priority: 0,
        key: key.to_owned(),
    }
}

fn naming(external_id: &str, key: &str) -> Naming {
    Naming {
        external_id: external_id.to_owned(),
        email: None,
        key: key.to_owned(),
    }
}

/// Somebody whom only a product knows.
async fn user(books: &Books) -> CustomerId {
    let named = books.billing.name_customer(naming("user", "user")).await;
    named.unwrap().id
}

fn done<T>(answer: Spent<T>) -> T {
    match answer {
        Spent::Done(done) => done,
        Spent::Insufficient { available, .. } => panic!("only {available:?}"),
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_hold_and_spend_the_last_credits(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = user(&books).await;
    books.billing.give(gift(customer, 50, "g")).await.unwrap();
    let servers = [books.billing.clone(), books.another_server().await];

    let barrier = Arc::new(Barrier::new(64));
    let clients = (0..64).map(|n: usize| {
        let (billing, barrier) = (servers[n % 2].clone(), barrier.clone());
        tokio::spawn(async move {
            barrier.wait().await;
            let key = n.to_string();
            if n % 4 < 2 {
                let held = billing.hold(hold(customer, 3, &key)).await.unwrap();
                matches!(held, Spent::Done(_))
            } else {
                let wish = Spend {
                    customer,
                    amount: credits(3),
                    note: "picture".to_owned(),
                    key,
                };
                matches!(billing.spend(wish).await.unwrap(), Spent::Done(_))
            }
        })
    });
    let answers = join_all(clients).await;
    let won = answers.iter().filter(|won| *won.as_ref().unwrap()).count();
    assert_eq!(won, 50 / 3);
    assert_eq!(books.available(customer).await, 50 % 3);
    servers[1].stop().await;
    books.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_does_everything_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let servers = [books.billing.clone(), books.another_server().await];
    let at = |n: usize| &servers[n % 2];

    let named = join_all((0..20).map(|n| at(n).name_customer(naming("u", "n")))).await;
    let named: Vec<_> = named.into_iter().map(Result::unwrap).collect();
    assert!(named.iter().all(|customer| *customer == named[0]));
    let customer = named[0].id;
    let given = join_all((0..20).map(|n| at(n).give(gift(customer, 50, "g")))).await;
    let given: Vec<_> = given.into_iter().map(Result::unwrap).collect();
    assert!(given.iter().all(|given_then| *given_then == given[0]));
    let held = join_all((0..20).map(|n| at(n).hold(hold(customer, 7, "h")))).await;
    let held: Vec<_> = held.into_iter().map(|held| done(held.unwrap())).collect();
    assert!(held.iter().all(|held_then| *held_then == held[0]));
    assert_eq!(books.available(customer).await, 43);

    let other = books.billing.name_customer(naming("v", "n")).await;
    assert!(matches!(other, Err(NamingError::KeyReused)));
    let other = books.billing.give(gift(customer, 51, "g")).await;
    assert!(matches!(other, Err(GiftError::KeyReused)));
    let other = books.billing.hold(hold(customer, 8, "h")).await;
    assert!(matches!(other, Err(SpendError::KeyReused)));
    servers[1].stop().await;
    books.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_ends_in_one_way_whoever_comes_at_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = user(&books).await;
    books.billing.give(gift(customer, 50, "g")).await.unwrap();
    let other = books.another_server().await;
    for n in 0..10 {
        let held = books.billing.hold(hold(customer, 5, &n.to_string())).await;
        let id = done(held.unwrap()).id;
        let before = books.available(customer).await;
        let (captured, released) =
            tokio::join!(books.billing.capture_hold(id, None), other.release_hold(id));
        let (ended, back) = match (captured, released) {
            (Ok(hold), Err(HoldError::Ended(HoldStatus::Captured))) => (hold, 0),
            (Err(HoldError::Ended(HoldStatus::Released)), Ok(hold)) => (hold, 5),
            both => panic!("{both:?}"),
        };
        assert_eq!(books.billing.find_hold(id).await.unwrap(), Some(ended));
        assert_eq!(books.available(customer).await, before + back);
    }
    other.stop().await;
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn what_is_given_back_pays_what_was_owed_meanwhile(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    let held = books.billing.hold(hold(customer, 40, "h")).await.unwrap();
    let gone = event("refund.created", &refund(&order, 1, 500, "succeeded"));
    books.deliver(&gone).await.unwrap();
    assert_eq!(books.has(customer).await, has(0, 0, 40, &[]));

    let id = done(held).id;
    let captured = books.billing.capture_hold(id, Some(credits(15))).await;
    assert_eq!(captured.unwrap().captured, credits(15));
    assert_eq!(books.has(customer).await, has(0, 0, 15, &[]));
    let lines = books.billing.statement(customer, None, 3).await.unwrap();
    let lines: Vec<_> = lines
        .iter()
        .map(|line| (line.reason, line.amount.0))
        .collect();
    assert_eq!(
        lines,
        [
            (Reason::DebtPaid, -25),
            (Reason::Release, 25),
            (Reason::Capture, 0)
        ]
    );

    // The refund fails: what was spent is theirs again.
    let back = event("refund.failed", &refund(&order, 1, 500, "failed"));
    books.deliver(&back).await.unwrap();
    assert_eq!(books.has(customer).await, has(35, 0, 0, &[35]));
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn what_ran_out_while_it_was_held_does_not_come_back(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = user(&books).await;
    let ends = books.clock.now().plus(HOUR / 2);
    let today = Gift {
        expires_at: Some(ends),
        ..gift(customer, 10, "today")
    };
    books.billing.give(today).await.unwrap();
    books
        .billing
        .give(gift(customer, 5, "for good"))
        .await
        .unwrap();
    // Two that end at the same moment, and with them what they took of one lot.
    for (key, amount) in [("a", 4), ("b", 9)] {
        done(
            books
                .billing
                .hold(hold(customer, amount, key))
                .await
                .unwrap(),
        );
    }
    books.clock.advance(HOUR);
    books.billing.sweep().await.unwrap();
    let balance = books.billing.balance(customer).await.unwrap();
    assert_eq!((balance.available, balance.held), (credits(5), credits(0)));
    let lines = books.billing.statement(customer, None, 10).await.unwrap();
    let ran_out = lines.iter().filter(|line| line.reason == Reason::Expiry);
    assert_eq!(ran_out.map(|line| line.amount.0).sum::<i64>(), -10);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn what_ran_out_is_not_spent_before_anybody_has_booked_it(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let customer = user(&books).await;
    let gift = Gift {
        expires_at: Some(books.clock.now().plus(HOUR)),
        ..gift(customer, 10, "g")
    };
    books.billing.give(gift.clone()).await.unwrap();
    books.clock.advance(HOUR);
    assert_eq!(books.available(customer).await, 0);
    assert_eq!(books.billing.available(customer).await.unwrap(), credits(0));
    let held = books.billing.hold(hold(customer, 1, "h")).await.unwrap();
    let nothing = Spent::Insufficient {
        available: credits(0),
        required: credits(1),
    };
    assert_eq!(held, nothing);
    // Given once, for ever: the answer stays, and nothing new can run out already.
    let late = Gift {
        key: "late".to_owned(),
        ..gift.clone()
    };
    assert!(matches!(
        books.billing.give(late).await,
        Err(GiftError::Past)
    ));
    let again = books.billing.give(gift).await.unwrap();
    assert_eq!(again.lot.remaining, credits(10));
    assert_eq!(books.available(customer).await, 0);
    books.close().await;
}
