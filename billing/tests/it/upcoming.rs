//! Credits that can be spent from a later time on.

use std::time::Duration;

use billing::{
    customer::Naming,
    events::EventType,
    id::CustomerId,
    ledger::{Gift, GiftError, Given, NewHold, Reason, Reversal, Spend, Spent},
};
use rstest::rstest;

use crate::books::{Books, Database, credits};

const HOUR: Duration = Duration::from_secs(3600);
const ANN: &str = "ann@shop.example";

async fn named(books: &Books) -> CustomerId {
    books.billing.name_customer(naming(None)).await.unwrap().id
}

fn naming(email: Option<&str>) -> Naming {
    Naming {
        external_id: "user-7".to_owned(),
        email: email.map(str::to_owned),
        key: format!("{email:?}"),
    }
}

/// Ten credits, `later` hours from now.
fn gift(books: &Books, customer: CustomerId, later: u32) -> Gift {
    Gift {
        customer,
        amount: credits(10),
        note: format!("In {later} h"),
        starts_at: Some(books.clock.now().plus(HOUR * later)),
        expires_at: None,
        priority: 0,
        key: later.to_string(),
    }
}

async fn give(books: &Books, customer: CustomerId, later: u32) -> Given {
    let gift = gift(books, customer, later);
    books.billing.give(gift).await.unwrap()
}

async fn spend(books: &Books, customer: CustomerId, amount: i64) -> Spent {
    let spend = Spend {
        customer,
        amount: credits(amount),
        note: "Picture".to_owned(),
        key: amount.to_string(),
    };
    books.billing.spend(spend).await.unwrap()
}

/// What is available, comes later, and is owed.
async fn has(books: &Books, customer: CustomerId) -> (i64, i64, i64) {
    let balance = books.billing.balance(customer).await.unwrap();
    let upcoming = balance.upcoming.iter().map(|lot| lot.granted.0).sum();
    (balance.available.0, upcoming, balance.owed.0)
}

/// Who looks, or takes, when the time has come.
#[derive(Clone, Copy, Debug)]
enum First {
    Sweeper,
    Reader,
    Page,
    Spender,
    Holder,
}

#[rstest]
#[tokio::test]
async fn they_can_be_spent_when_their_time_has_come_whoever_is_first(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[values(
        First::Sweeper,
        First::Reader,
        First::Page,
        First::Spender,
        First::Holder
    )]
    first: First,
) {
    let books = Books::open(database).await;
    let ann = named(&books).await;
    let gift = gift(&books, ann, 2);
    let given = books.billing.give(gift.clone()).await.unwrap();
    assert_eq!(
        (given.balance, given.lot.granted),
        (credits(0), credits(10))
    );
    let again = books.billing.give(gift.clone()).await.unwrap();
    assert_eq!(again, given, "the same key gives once");
    give(&books, ann, 9).await;
    assert_eq!(has(&books, ann).await, (0, 20, 0));
    let early = spend(&books, ann, 4).await;
    assert!(matches!(early, Spent::Insufficient { .. }), "{early:?}");

    books.clock.advance(2 * HOUR);
    match first {
        First::Sweeper => books.billing.sweep().await.unwrap(),
        First::Reader => {
            let available = books.billing.available(ann).await.unwrap();
            assert_eq!(available, credits(10));
        }
        First::Page => assert_eq!(has(&books, ann).await, (10, 10, 0)),
        First::Spender => {
            let spent = spend(&books, ann, 10).await;
            assert!(matches!(spent, Spent::Done(_)), "{spent:?}");
        }
        First::Holder => {
            let hold = NewHold {
                customer: ann,
                amount: credits(10),
                note: "Film".to_owned(),
                lifetime: HOUR,
                key: "film".to_owned(),
            };
            let held = books.billing.hold(hold).await.unwrap();
            assert!(matches!(held, Spent::Done(_)), "{held:?}");
        }
    }
    let again = books.billing.give(gift).await.unwrap();
    assert_eq!(again.lot.granted, given.lot.granted);
    let left = match first {
        First::Spender | First::Holder => 0,
        _ => 10,
    };
    assert_eq!(has(&books, ann).await, (left, 10, 0));
    let lines = books.billing.statement(ann, None, 9).await.unwrap();
    let started: Vec<_> = lines
        .iter()
        .filter(|line| line.reason == Reason::Start)
        .map(|line| (line.note.as_str(), line.amount.0, line.balance.0))
        .collect();
    assert_eq!(started, [("In 2 h", 10, 10)]);
    let told = books
        .billing
        .list_events(Some(EventType::CreditsStarted), Some(ann), None, 9);
    let told = told.await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].data["lot"], given.lot.id.to_string());
    books.hold().await;
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn a_lot_starts_and_runs_out_by_its_dates_though_nobody_looked(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = named(&books).await;
    let now = books.clock.now();
    let gift = Gift {
        expires_at: Some(now.plus(3 * HOUR)),
        ..gift(&books, ann, 2)
    };
    let backwards = Gift {
        expires_at: Some(now.plus(2 * HOUR)),
        key: "backwards".to_owned(),
        ..gift.clone()
    };
    let refused = books.billing.give(backwards).await;
    assert!(matches!(refused, Err(GiftError::Backwards)), "{refused:?}");
    books.billing.give(gift).await.unwrap();
    books.clock.advance(4 * HOUR);
    assert_eq!(has(&books, ann).await, (0, 0, 0));
    let lines = books.billing.statement(ann, None, 9).await.unwrap();
    let lines: Vec<_> = lines
        .iter()
        .map(|line| (line.reason, line.amount.0))
        .collect();
    let expected = [
        (Reason::Expiry, -10),
        (Reason::Start, 10),
        (Reason::Gift, 0),
    ];
    assert_eq!(lines, expected);
    let between = now.plus(HOUR);
    let why = books.billing.explain(ann, between).await.unwrap();
    assert_eq!((why.available, why.upcoming), (credits(0), credits(10)));
    books.hold().await;
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn what_is_owed_is_paid_when_they_start_and_not_before(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = named(&books).await;
    let now = Gift {
        starts_at: None,
        ..gift(&books, ann, 0)
    };
    let given = books.billing.give(now).await.unwrap();
    spend(&books, ann, 7).await;
    let mistake = Reversal {
        customer: ann,
        entry: given.transfer,
        note: "mistake".to_owned(),
    };
    books.billing.reverse(mistake).await.unwrap();
    give(&books, ann, 1).await;
    assert_eq!(has(&books, ann).await, (0, 10, 7));
    books.clock.advance(HOUR);
    assert_eq!(has(&books, ann).await, (3, 0, 0));
    let why = books.billing.explain(ann, books.clock.now()).await.unwrap();
    let used: Vec<_> = why.lots.iter().map(|lot| lot.used.clone()).collect();
    assert_eq!(used, [[(Reason::DebtPaid, credits(7))]]);
    books.hold().await;
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn a_gift_that_was_taken_back_never_starts(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = named(&books).await;
    let given = give(&books, ann, 1).await;
    let mistake = Reversal {
        customer: ann,
        entry: given.transfer,
        note: "mistake".to_owned(),
    };
    let undone = books.billing.reverse(mistake.clone()).await.unwrap();
    assert_eq!(books.billing.reverse(mistake).await.unwrap(), undone);
    books.clock.advance(HOUR);
    books.billing.sweep().await.unwrap();
    assert_eq!(has(&books, ann).await, (0, 0, 0));
    books.hold().await;
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn they_start_with_whom_they_belong_to_then(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let account = books.customer(ANN).await;
    books.execute("update people set verified_at = 1").await;
    books.buy(account, "starter").await;
    let ann = named(&books).await;
    give(&books, ann, 1).await;
    let joined = books
        .billing
        .name_customer(naming(Some(ANN)))
        .await
        .unwrap();
    assert_eq!(joined.id, account);
    assert_eq!(has(&books, account).await, (50, 10, 0));
    assert_eq!(has(&books, ann).await, (0, 0, 0));
    books.clock.advance(HOUR);
    let spent = spend(&books, ann, 60).await;
    assert!(matches!(spent, Spent::Done(_)), "{spent:?}");
    assert_eq!(has(&books, account).await, (0, 0, 0));
    books.hold().await;
    books.close().await;
}

/// Nothing of a lot remains before it starts, and it starts once.
#[rstest]
#[tokio::test]
async fn the_database_refuses_to_spend_them_early(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[values(
        "update lots set remaining = granted",
        "update lots set starts_at = 1",
        "update lots set starts_at = null"
    )]
    sql: &'static str,
) {
    let books = Books::open(database).await;
    let ann = named(&books).await;
    give(&books, ann, 1).await;
    assert!(books.try_execute(sql).await.is_err(), "{sql}");
    books.clock.advance(HOUR);
    books.billing.sweep().await.unwrap();
    let again = "update lots set upcoming = true, remaining = 0";
    assert!(books.try_execute(again).await.is_err());
    books.close().await;
}
