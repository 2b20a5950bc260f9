//! A correction is a new transfer that undoes an earlier one, whole and once.

use std::time::Duration;

use billing::{
    Billing,
    claim::Spent as WhatWasSpent,
    customer::Naming,
    events::EventType,
    id::{CustomerId, TransferId},
    ledger::{Entry, Gift, Given, NewHold, Reason, Reversal, ReversalError, Spend, Spent},
};
use rstest::rstest;

use crate::books::{Books, Database, credits};

const HOUR: Duration = Duration::from_secs(3600);

async fn somebody(books: &Books) -> CustomerId {
    let naming = Naming {
        external_id: "ann".to_owned(),
        email: None,
        key: "ann".to_owned(),
    };
    books.billing.name_customer(naming).await.unwrap().id
}

async fn give(books: &Books, customer: CustomerId, amount: i64, hours: Option<u32>) -> Given {
    let gift = Gift {
        customer,
        amount: credits(amount),
        note: format!("Gift of {amount}"),
        starts_at: None,
        expires_at: hours.map(|hours| books.clock.now().plus(HOUR * hours)),
        priority: 0,
        key: amount.to_string(),
    };
    books.billing.give(gift).await.unwrap()
}

async fn spend(books: &Books, customer: CustomerId, amount: i64) -> Entry {
    let spend = Spend {
        customer,
        amount: credits(amount),
        note: format!("Picture for {amount}"),
        key: amount.to_string(),
    };
    match books.billing.spend(spend).await.unwrap() {
        Spent::Done(entry) => entry,
        short @ Spent::Insufficient { .. } => panic!("{short:?}"),
    }
}

async fn reverse(
    billing: &Billing,
    customer: CustomerId,
    entry: TransferId,
    why: &str,
) -> Result<Entry, ReversalError> {
    let reversal = Reversal {
        customer,
        entry,
        note: why.to_owned(),
    };
    billing.reverse(reversal).await
}

/// What is available and owed.
async fn has(books: &Books, customer: CustomerId) -> (i64, i64) {
    let balance = books.billing.balance(customer).await.unwrap();
    (balance.available.0, balance.owed.0)
}

#[rstest]
#[tokio::test]
async fn a_spend_comes_back_to_the_lots_it_came_from(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = somebody(&books).await;
    give(&books, ann, 20, Some(1)).await;
    give(&books, ann, 50, None).await;
    let spent = spend(&books, ann, 60).await;
    books.clock.advance(2 * HOUR);

    let undone = reverse(&books.billing, ann, spent.id, "blurred")
        .await
        .unwrap();
    assert_eq!(undone.reverses, Some(spent.id));
    assert_eq!(undone.note, "Given back: Picture for 60 (blurred)");
    assert_eq!((undone.amount, undone.balance), (credits(60), credits(70)));
    // What would have run out meanwhile did.
    assert_eq!(has(&books, ann).await, (50, 0));
    let again = reverse(&books.billing, ann, spent.id, "blurred")
        .await
        .unwrap();
    assert_eq!(again, undone);
    let other = reverse(&books.billing, ann, spent.id, "late").await;
    assert!(matches!(other, Err(ReversalError::Reversed)));

    let lots = books.billing.lots_used(undone.id).await.unwrap();
    let lots: Vec<_> = lots
        .iter()
        .map(|lot| (lot.source.as_str(), lot.amount.0))
        .collect();
    assert_eq!(lots, [("Gift of 20", -20), ("Gift of 50", -40)]);
    let why = books.billing.explain(ann, books.clock.now()).await.unwrap();
    assert!(
        why.because.contains(&(Reason::Reversal, credits(60))),
        "{why:?}"
    );
    let told = books
        .billing
        .list_events(Some(EventType::CreditsReversed), None, None, 9);
    let told = told.await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].data["reverses"]["id"], spent.id.to_string());
    assert_eq!(told[0].data["reverses"]["kind"], "spend");
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn what_a_hold_used_comes_back(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = somebody(&books).await;
    give(&books, ann, 10, Some(5)).await;
    give(&books, ann, 30, None).await;
    let hold = NewHold {
        customer: ann,
        amount: credits(25),
        note: "Film".to_owned(),
        lifetime: HOUR,
        key: "film".to_owned(),
    };
    let Spent::Done(hold) = books.billing.hold(hold).await.unwrap() else {
        panic!("too few")
    };
    let taken = books.billing.capture_hold(hold.id, Some(credits(12))).await;
    taken.unwrap();
    assert_eq!(has(&books, ann).await, (28, 0));
    let lines = books.billing.statement(ann, None, 9).await.unwrap();
    let of = |reason| lines.iter().find(|line| line.reason == reason).unwrap().id;
    for (reason, id) in [Reason::Hold, Reason::Release].map(|reason| (reason, of(reason))) {
        let refused = reverse(&books.billing, ann, id, "no").await;
        assert!(matches!(refused, Err(ReversalError::Kind(kind)) if kind == reason));
    }
    let undone = reverse(&books.billing, ann, of(Reason::Capture), "noisy").await;
    assert_eq!(undone.unwrap().balance, credits(40));
    let balance = books.billing.balance(ann).await.unwrap();
    let left: Vec<_> = balance.lots.iter().map(|lot| lot.remaining.0).collect();
    assert_eq!(left, [10, 30]);
    books.close().await;
}

#[rstest]
#[case::owed(WhatWasSpent::Debt, 12)]
#[case::lost(WhatWasSpent::WriteOff, 0)]
#[tokio::test]
async fn a_gift_is_taken_back_and_what_was_spent_is_owed_or_lost(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] policy: WhatWasSpent,
    #[case] owed: i64,
) {
    let books = Books::open_with(database, |settings| settings.spent = policy).await;
    let ann = somebody(&books).await;
    let gift = give(&books, ann, 20, None).await.transfer;
    spend(&books, ann, 12).await;
    let undone = reverse(&books.billing, ann, gift, "twice").await.unwrap();
    assert_eq!((undone.amount, undone.balance), (credits(-8), credits(0)));
    assert_eq!(undone.note, "Taken back: Gift of 20 (twice)");
    assert_eq!(has(&books, ann).await, (0, owed));
    let again = reverse(&books.billing, ann, gift, "twice").await.unwrap();
    assert_eq!(again, undone);
    give(&books, ann, 30, None).await;
    assert_eq!(has(&books, ann).await, (30 - owed, 0));

    // Nothing is left of this one.
    let gone = give(&books, ann, 7, None).await.transfer;
    let all = 37 - owed;
    spend(&books, ann, all).await;
    let undone = reverse(&books.billing, ann, gone, "twice").await;
    match policy {
        WhatWasSpent::Debt => {
            assert_eq!(undone.unwrap().reverses, Some(gone));
            assert_eq!(has(&books, ann).await, (0, 7));
        }
        WhatWasSpent::WriteOff => assert!(matches!(undone, Err(ReversalError::NothingLeft))),
    }
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn what_was_bought_and_what_is_somebody_elses_is_not_reversed(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let bob = books.customer("bob@shop.example").await;
    books.buy(bob, "starter").await;
    let bought = books.billing.statement(bob, None, 1).await.unwrap()[0].id;
    let refused = reverse(&books.billing, bob, bought, "no").await;
    assert!(matches!(
        refused,
        Err(ReversalError::Kind(Reason::Purchase))
    ));
    let spent = spend(&books, bob, 5).await.id;
    let ann = somebody(&books).await;
    let refused = reverse(&books.billing, ann, spent, "no").await;
    assert!(matches!(refused, Err(ReversalError::Unknown)));
    let undone = reverse(&books.billing, bob, spent, "blurred")
        .await
        .unwrap()
        .id;
    let refused = reverse(&books.billing, bob, undone, "no").await;
    assert!(matches!(
        refused,
        Err(ReversalError::Kind(Reason::Reversal))
    ));
    assert_eq!(has(&books, bob).await, (50, 0));
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn many_who_undo_the_same_undo_it_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = somebody(&books).await;
    give(&books, ann, 50, None).await;
    let spent = spend(&books, ann, 20).await.id;
    let servers = [books.billing.clone(), books.another_server().await];
    let all = (0..16).map(|n| reverse(&servers[n % 2], ann, spent, "blurred"));
    let all = futures::future::join_all(all).await;
    let ids: std::collections::BTreeSet<_> = all
        .into_iter()
        .map(|undone| undone.unwrap().id.to_string())
        .collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(has(&books, ann).await, (50, 0));
    servers[1].stop().await;
    books.close().await;
}
