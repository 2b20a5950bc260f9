//! Why a balance is what it is, now and at earlier moments.

use std::time::Duration;

use billing::{
    ledger::{Explanation, Gift, LotUse, NewHold, Reason, Spent},
    money::Credits,
};
use rstest::rstest;

use crate::books::{Books, Database, credits};

const HOUR: Duration = Duration::from_secs(3600);

/// Reasons with what they brought or took.
fn plain(because: &[(Reason, Credits)]) -> Vec<(Reason, i64)> {
    because.iter().map(|(why, n)| (*why, n.0)).collect()
}

/// Whence, what was granted and is left, and what took the rest.
type Lot<'e> = (&'e str, i64, i64, Vec<(Reason, i64)>);

fn lots(why: &Explanation) -> Vec<Lot<'_>> {
    why.lots
        .iter()
        .map(|lot| {
            let used = plain(&lot.used);
            (lot.source.as_str(), lot.granted.0, lot.remaining.0, used)
        })
        .collect()
}

#[rstest]
#[tokio::test]
async fn every_credit_is_explained_for_any_moment(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let (billing, clock) = (&books.billing, &books.clock);
    let ann = books.customer("ann@shop.example").await;
    let begin = clock.now();
    clock.advance(HOUR);
    books.buy(ann, "starter").await;
    let gift = Gift {
        customer: ann,
        amount: credits(20),
        note: "Welcome".to_owned(),
        starts_at: None,
        expires_at: Some(clock.now().plus(24 * HOUR)),
        priority: 0,
        key: "gift".to_owned(),
    };
    billing.give(gift).await.unwrap();
    let bought = clock.now();
    clock.advance(HOUR);
    books.spend(ann, 12).await;
    let hold = NewHold {
        customer: ann,
        amount: credits(10),
        note: "film".to_owned(),
        lifetime: 48 * HOUR,
        key: "hold".to_owned(),
    };
    let Spent::Done(hold) = billing.hold(hold).await.unwrap() else {
        panic!("there are enough");
    };
    let held = clock.now();
    clock.advance(HOUR);
    billing
        .capture_hold(hold.id, Some(credits(3)))
        .await
        .unwrap();
    let used = clock.now();
    clock.advance(24 * HOUR);
    billing.sweep().await.unwrap();

    let nothing = billing.explain(ann, begin).await.unwrap();
    assert_eq!((nothing.available, nothing.lots.len()), (Credits(0), 0));

    let why = billing.explain(ann, bought).await.unwrap();
    assert_eq!(why.available, Credits(70));
    assert_eq!(
        plain(&why.because),
        [(Reason::Purchase, 50), (Reason::Gift, 20)]
    );
    assert_eq!(
        lots(&why),
        [
            ("Welcome", 20, 20, vec![]),
            ("Starter pack", 50, 50, vec![])
        ]
    );

    let why = billing.explain(ann, held).await.unwrap();
    assert_eq!((why.available, why.held), (Credits(48), Credits(10)));
    assert_eq!(
        plain(&why.because),
        [
            (Reason::Purchase, 50),
            (Reason::Gift, 20),
            (Reason::Spend, -12),
            (Reason::Hold, -10),
        ]
    );
    assert_eq!(
        lots(&why),
        [("Starter pack", 50, 48, vec![(Reason::Hold, 2)])],
        "the gift was used up first"
    );

    let why = billing.explain(ann, used).await.unwrap();
    assert_eq!((why.available, why.held), (Credits(55), Credits(0)));
    assert_eq!(
        lots(&why),
        [
            (
                "Welcome",
                20,
                5,
                vec![
                    (Reason::Spend, 12),
                    (Reason::Hold, 8),
                    (Reason::Release, -5)
                ]
            ),
            (
                "Starter pack",
                50,
                50,
                vec![(Reason::Hold, 2), (Reason::Release, -2)]
            ),
        ]
    );

    let why = billing.explain(ann, clock.now()).await.unwrap();
    assert_eq!(why.available, Credits(50));
    let sum: i64 = why.because.iter().map(|(_, credits)| credits.0).sum();
    assert_eq!(sum, 50);
    assert!(plain(&why.because).contains(&(Reason::Expiry, -5)));

    let statement = billing.statement(ann, None, 10).await.unwrap();
    let taken = statement
        .iter()
        .find(|entry| entry.reason == Reason::Hold)
        .unwrap();
    let uses = billing.lots_used(taken.id).await.unwrap();
    let uses: Vec<_> = uses
        .iter()
        .map(|LotUse { source, amount, .. }| (source.as_str(), amount.0))
        .collect();
    assert_eq!(uses, [("Welcome", 8), ("Starter pack", 2)]);
    books.close().await;
}
