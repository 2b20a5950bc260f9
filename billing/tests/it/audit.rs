//! Somebody with the database in their hands changes what is written.

use std::time::Duration;

use billing::{audit::Progress, laws::Violation};
use rstest::rstest;

use crate::books::{Books, Database, event, paid};

/// Law and rows of what is wrong; what the other laws say of the same is theirs.
async fn changed(books: &Books) -> Vec<(&'static str, i64)> {
    let violations = books.billing.verify(|_| ()).await.unwrap();
    let chains = violations.into_iter().filter(|found| found.law == "L12");
    chains
        .map(|Violation { rule, rows, .. }| (rule, rows))
        .collect()
}

const TRANSFER: &str = "a transfer says what it said when it was written";
const CHECKPOINT: &str = "the transfers up to a checkpoint are those it was written for";

#[rstest]
#[tokio::test]
async fn checkpoints_cover_what_is_new(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let billing = &books.billing;
    let none_yet = billing.checkpoint(Duration::ZERO).await.unwrap();
    assert_eq!(none_yet, None, "an empty shop");
    let ann = books.customer("ann@shop.example").await;
    let bob = books.customer("bob@shop.example").await;
    books.buy(ann, "starter").await;
    books.buy(bob, "starter").await;
    books.spend(ann, 8).await;
    let too_young = billing.checkpoint(Duration::from_secs(300)).await.unwrap();
    assert_eq!(too_young, None);
    // An id of this very millisecond may still be made.
    tokio::time::sleep(Duration::from_millis(2)).await;
    let first = billing.checkpoint(Duration::ZERO).await.unwrap().unwrap();
    assert_eq!((first.number, first.transfers), (1, 3));
    assert_eq!(billing.checkpoint(Duration::ZERO).await.unwrap(), None);
    books.spend(ann, 8).await;
    tokio::time::sleep(Duration::from_millis(2)).await;
    let second = billing.checkpoint(Duration::ZERO).await.unwrap().unwrap();
    assert_eq!((second.number, second.transfers), (2, 1));
    assert_ne!(second.hash, first.hash);
    books.spend(bob, 8).await;
    let mut told = Vec::new();
    assert_eq!(billing.verify(|at| told.push(at)).await.unwrap(), []);
    let transfers = |done| Progress::Transfers { done, of: 5 };
    let begins = told.iter().position(|at| *at == transfers(0)).unwrap();
    let laws = begins > 20
        && told[..begins]
            .iter()
            .all(|at| matches!(at, Progress::Laws { .. }));
    assert!(laws, "{told:?}");
    assert_eq!(told.last(), Some(&transfers(5)));
    books.close().await;
}

#[rstest]
#[case::one_word("update transfers set note = 'Nothing' where seq = 2", &[(TRANSFER, 1)])]
#[case::one_hash(
    "update transfers set hash = (select hash from transfers where seq = 1) where seq = 2",
    // It and the one that follows it.
    &[(TRANSFER, 2), (CHECKPOINT, 1)]
)]
// As if all of them were older than the chain.
#[case::every_hash("update transfers set hash = null, note = 'Nothing'", &[(CHECKPOINT, 1)])]
#[case::the_end(
    "delete from lot_uses where transfer_id in (select id from transfers where seq = 3);
     delete from transfers where seq = 3",
    &[(CHECKPOINT, 1)]
)]
#[case::the_middle(
    "delete from lot_uses where transfer_id in (select id from transfers where seq = 2);
     delete from transfers where seq = 2",
    &[(TRANSFER, 1), (CHECKPOINT, 1)]
)]
#[tokio::test]
async fn what_was_written_cannot_be_changed_unseen(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] change: &'static str,
    #[case] found: &[(&str, i64)],
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    books.buy(ann, "starter").await;
    books.spend(ann, 8).await;
    books.spend(ann, 8).await;
    tokio::time::sleep(Duration::from_millis(2)).await;
    let first = books.billing.checkpoint(Duration::ZERO).await.unwrap();
    assert_eq!(first.unwrap().transfers, 3);
    assert_eq!(changed(&books).await, []);
    books.tamper(change).await;
    assert_eq!(changed(&books).await, found);
    books.billing.stop().await;
}

/// What is new is looked at before it is covered: a checkpoint over a lie would make it true.
#[rstest]
#[tokio::test]
async fn no_checkpoint_covers_what_was_changed(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let books = Books::open(database).await;
    let ann = books.customer("ann@shop.example").await;
    let order = books.order(ann, "starter").await;
    let event = event("payment_intent.succeeded", &paid(&order));
    books.deliver(&event).await.unwrap();
    books.spend(ann, 8).await;
    tokio::time::sleep(Duration::from_millis(2)).await;
    books
        .tamper("update transfers set note = 'Nothing' where seq = 2")
        .await;
    let covered = books.billing.checkpoint(Duration::ZERO).await.unwrap();
    assert_eq!(covered, None);
    assert_eq!(changed(&books).await, [(TRANSFER, 1)]);
    books.billing.stop().await;
}
