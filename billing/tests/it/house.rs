//! The books of the house: what all customers' accounts add up to, exact at any moment.

use std::time::Duration;

use billing::{
    books::{Books as House, Sums},
    clock::Day,
    id::{CustomerId, TransferId},
    ledger::{Gift, NewHold, Reversal, Spent},
};
use rstest::rstest;

use crate::books::{Books, Database, credits};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn give(books: &Books, customer: CustomerId, amount: i64, days: u32) -> TransferId {
    let gift = Gift {
        customer,
        amount: credits(amount),
        note: "Welcome".to_owned(),
        starts_at: None,
        expires_at: Some(books.clock.now().plus(DAY * days)),
        priority: 0,
        key: amount.to_string(),
    };
    books.billing.give(gift).await.unwrap().transfer
}

async fn undo(books: &Books, customer: CustomerId, entry: TransferId) {
    let reversal = Reversal {
        customer,
        entry,
        note: "mistake".to_owned(),
    };
    books.billing.reverse(reversal).await.unwrap();
}

async fn checkpoint(books: &Books) {
    // An id of this very millisecond may still be made.
    tokio::time::sleep(Duration::from_millis(2)).await;
    let made = books.billing.checkpoint(Duration::ZERO).await.unwrap();
    assert!(made.is_some());
}

fn today(books: &Books) -> Day {
    books.clock.now().into()
}

async fn house(books: &Books, from: Option<Day>) -> House {
    let house = books.billing.books(from, today(books)).await.unwrap();
    for sums in [house.moved, house.standing] {
        let issued = sums.paid.0 + sums.promotional.0 + sums.owed.0;
        let gone = sums.consumed.0 + sums.expired.0 + sums.clawed_back.0;
        assert_eq!(issued, gone + sums.outstanding.0, "{sums:?}");
    }
    house
}

#[rstest]
#[tokio::test]
async fn the_house_knows_what_was_issued_and_what_became_of_it(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[values(false, true)] with_checkpoints: bool,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    let bob = books.customer("bob@shop.example").await;
    books.buy(ann, "starter").await;
    let gift = give(&books, ann, 20, 1).await;
    give(&books, bob, 30, 9).await;
    books.spend(ann, 25).await;
    let first_day = Sums {
        paid: credits(50),
        promotional: credits(50),
        consumed: credits(25),
        outstanding: credits(75),
        ..Sums::default()
    };
    assert_eq!(house(&books, None).await.standing, first_day);
    if with_checkpoints {
        checkpoint(&books).await;
    }
    assert_eq!(house(&books, None).await.standing, first_day);

    books.clock.advance(2 * DAY);
    // Five are left of bob's; ten are on hold. Ann's gift was spent, and is owed.
    undo(&books, ann, gift).await;
    let hold = NewHold {
        customer: bob,
        amount: credits(10),
        note: "Film".to_owned(),
        lifetime: DAY,
        key: "film".to_owned(),
    };
    assert!(matches!(
        books.billing.hold(hold).await.unwrap(),
        Spent::Done(_)
    ));
    books.spend(bob, 15).await;
    let second_day = Sums {
        promotional: credits(-20),
        consumed: credits(15),
        outstanding: credits(-15),
        owed: credits(20),
        ..Sums::default()
    };
    if with_checkpoints {
        checkpoint(&books).await;
    }
    assert_eq!(house(&books, Some(today(&books))).await.moved, second_day);

    books.clock.advance(8 * DAY);
    books.billing.sweep().await.unwrap();
    let third_day = Sums {
        expired: credits(15),
        outstanding: credits(-15),
        ..Sums::default()
    };
    let all = house(&books, Some(today(&books))).await;
    assert_eq!(all.moved, third_day);
    let standing = Sums {
        paid: credits(50),
        promotional: credits(30),
        consumed: credits(40),
        expired: credits(15),
        owed: credits(20),
        outstanding: credits(45),
        ..Sums::default()
    };
    assert_eq!(all.standing, standing);
    assert_eq!(house(&books, None).await.moved, standing);
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn two_servers_count_a_day_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    books.buy(ann, "starter").await;
    let other = books.another_server().await;
    for round in 1..=3 {
        books.spend(ann, round).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
        let (one, two) = tokio::join!(
            books.billing.checkpoint(Duration::ZERO),
            other.checkpoint(Duration::ZERO)
        );
        assert!(one.unwrap().is_some() || two.unwrap().is_some());
    }
    assert_eq!(house(&books, None).await.standing.consumed, credits(6));
    other.stop().await;
    books.close().await;
}

#[rstest]
#[tokio::test]
async fn books_that_were_changed_are_found(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    books.buy(ann, "starter").await;
    books.spend(ann, 8).await;
    checkpoint(&books).await;
    let wrong = "update ledger_days set credits = credits + 1 where reason = 'spend'";
    books.execute(wrong).await;
    let violations = books.billing.verify(|_| ()).await.unwrap();
    let laws: Vec<_> = violations
        .iter()
        .map(|broken| (broken.law, broken.rows))
        .collect();
    // What is available and what was consumed, and the one row.
    assert_eq!(laws, [("L13", 2), ("L13", 1)]);
    books.billing.stop().await;
}
