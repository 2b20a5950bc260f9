//! A copy of the database that is made while it is written to, and what is done with it.

use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use billing::{
    ledger::{Gift, Spend, Spent},
    store::{BackupError, Location, backup},
};

use crate::books::{Books, Database, credits};

const GIVEN: i64 = 1_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_whole_though_writing_goes_on() {
    let books = Books::open(Database::Sqlite).await;
    let ann = books.customer("ann@shop.example").await;
    let gift = Gift {
        customer: ann,
        amount: credits(GIVEN),
        note: "Welcome".to_owned(),
        starts_at: None,
        expires_at: None,
        priority: 0,
        key: "welcome".to_owned(),
    };
    books.billing.give(gift).await.unwrap();
    let spend = move |key: i64| Spend {
        customer: ann,
        amount: credits(1),
        note: "test".to_owned(),
        key: key.to_string(),
    };
    let (begun, done) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
    let enough = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let (begun, done, enough) = (begun.clone(), done.clone(), enough.clone());
            let billing = books.billing.clone();
            tokio::spawn(async move {
                while !enough.load(Ordering::SeqCst) {
                    let wish = spend(begun.fetch_add(1, Ordering::SeqCst));
                    let spent = billing.spend(wish).await.unwrap();
                    assert!(matches!(spent, Spent::Done(_)));
                    done.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    while done.load(Ordering::SeqCst) < 200 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let at_least = done.load(Ordering::SeqCst);
    backup(&books.location, &copy).await.unwrap();
    let at_most = begun.load(Ordering::SeqCst);
    let meanwhile = done.load(Ordering::SeqCst);
    while done.load(Ordering::SeqCst) < meanwhile + 50 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    enough.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
    let mode = std::fs::metadata(&copy).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it holds what people trust us with");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    // Restored, it goes on from that moment: what it knows is not done again, the rest is.
    let restored = Books::open_at(Location::Sqlite(copy), |_| ()).await;
    restored.hold().await;
    let spent = GIVEN - restored.available(ann).await;
    assert!(
        (at_least..=at_most).contains(&spent),
        "{at_least} {spent} {at_most}"
    );
    for key in 0..begun.load(Ordering::SeqCst) {
        restored.billing.spend(spend(key)).await.unwrap();
    }
    assert_eq!(restored.available(ann).await, books.available(ann).await);
    restored.close().await;
    books.close().await;
}

#[tokio::test]
async fn nothing_is_overwritten_and_nothing_is_left_behind() {
    let books = Books::open(Database::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    std::fs::write(&copy, "another").unwrap();
    let refused = backup(&books.location, &copy).await.unwrap_err();
    assert!(matches!(refused, BackupError::Taken(_)), "{refused}");
    assert_eq!(std::fs::read(&copy).unwrap(), b"another");

    let nothing = Location::Sqlite(folder.path().join("nothing.db"));
    let other = folder.path().join("other.db");
    let refused = backup(&nothing, &other).await.unwrap_err();
    assert!(matches!(refused, BackupError::Database(_)), "{refused}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    // What a copy that was interrupted left is no hindrance.
    std::fs::write(folder.path().join("other.db.part"), "half").unwrap();
    backup(&books.location, &other).await.unwrap();
    let restored = Books::open_at(Location::Sqlite(other), |_| ()).await;
    restored.close().await;
    books.close().await;
}

#[tokio::test]
async fn postgresql_has_its_own_tools() {
    let books = Books::open(Database::Postgres).await;
    let refused = backup(&books.location, Path::new("copy.db"))
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("pg_dump"), "{refused}");
    books.close().await;
}
