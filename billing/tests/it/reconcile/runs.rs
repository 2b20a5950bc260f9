//! Runs that are interrupted, that meet each other, and that nobody asked for.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use billing::{
    clock::Day,
    reconcile::{Class, FindingState, ReconcileError, Stage},
};
use rstest::rstest;

use super::shop::Shop;
use crate::books::Database::{self, Postgres, Sqlite};

#[rstest]
#[tokio::test]
async fn more_than_one_page_is_read(#[values(Sqlite, Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    for _ in 0..105 {
        shop.pay_directly(500, None).await;
    }
    let run = shop.reconcile(false).await;
    assert_eq!(run.lines, 105);
    assert_eq!(
        shop.met(&run).await,
        [(Class::PaymentWithoutOrder, FindingState::Open, 105)]
    );
    let class = Class::PaymentWithoutOrder;
    let first = shop
        .billing()
        .findings(run.id, class, None, 100)
        .await
        .unwrap();
    let after = first.last().map(|last| last.id);
    let rest = shop
        .billing()
        .findings(run.id, class, after, 100)
        .await
        .unwrap();
    assert_eq!((first.len(), rest.len()), (100, 5));
    shop.close().await;
}

/// At each stage the server dies: the next one goes on, and everything is done once.
#[rstest]
#[tokio::test]
async fn a_run_goes_on_where_it_was_killed(#[values(Sqlite, Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let (settled, _) = shop.paid_in_silence("ann@shop.example", "starter").await;
    let (paid, _) = shop.bought("bob@shop.example", "starter").await;
    shop.pay_directly(500, Some(paid.transaction.id.to_string()))
        .await;
    shop.books.clock.advance(Duration::from_secs(3600));
    let mut ids = Vec::new();
    for killed_at in [
        Stage::Charges,
        Stage::Refunds,
        Stage::Disputes,
        Stage::Payouts,
        Stage::Orders,
        Stage::KnownRefunds,
        Stage::KnownDisputes,
        Stage::Acting,
    ] {
        let server = shop.another_server().await;
        let run = Arc::new(OnceLock::new());
        let died = tokio::spawn({
            let (server, wish, reached) = (server.clone(), shop.wish(true), run.clone());
            async move {
                let progress = |run: &billing::reconcile::Reconciliation| {
                    if run.stage == killed_at {
                        reached.get_or_init(|| run.id);
                        std::panic::resume_unwind(Box::new("killed"));
                    }
                };
                server.reconcile(wish, progress).await
            }
        });
        assert!(died.await.is_err(), "it did not come to {killed_at:?}");
        ids.push(*run.get().unwrap());
        server.stop().await;
    }
    let run = shop
        .billing()
        .reconcile(shop.wish(true), |_| ())
        .await
        .unwrap();
    ids.dedup();
    assert_eq!(ids, [run.id]);
    assert!(run.finished_at.is_some());
    let runs = shop.billing().reconciliations(None, 10).await.unwrap();
    assert_eq!(runs, [run]);
    assert_eq!(shop.has(settled.customer).await, (50, 0));
    assert_eq!(shop.refunds().await, [500]);
    shop.is_even().await;
    assert_eq!(shop.refunds().await, [500]);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn runs_at_once_do_not_harm_each_other(#[values(Sqlite, Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    let mut orders = Vec::new();
    for who in ["ann", "bob", "eve"] {
        let email = format!("{who}@shop.example");
        orders.push(shop.paid_in_silence(&email, "starter").await.0);
    }
    let (paid, _) = shop.bought("dan@shop.example", "starter").await;
    shop.pay_directly(500, Some(paid.transaction.id.to_string()))
        .await;
    shop.books.clock.advance(Duration::from_secs(3600));
    let other = shop.another_server().await;
    // The same one twice, and another one that meets the same.
    let mut longer = shop.wish(true);
    longer.period = longer.period.map(|period| billing::reconcile::Period {
        from: period.from.minus(Duration::from_secs(24 * 3600)),
        ..period
    });
    let (first, second, third) = tokio::join!(
        shop.billing().reconcile(shop.wish(true), |_| ()),
        other.reconcile(shop.wish(true), |_| ()),
        other.reconcile(longer, |_| ()),
    );
    for run in [first.unwrap(), second.unwrap(), third.unwrap()] {
        assert_eq!(run.stage, Stage::Finished);
        assert!(run.lines >= 5, "{run:?}");
    }
    for order in orders {
        assert_eq!(shop.has(order.customer).await, (50, 0));
    }
    assert_eq!(shop.refunds().await, [500]);
    shop.is_even().await;
    assert_eq!(shop.refunds().await, [500]);
    other.stop().await;
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn each_day_is_reconciled_once_when_it_is_over(
    #[values(Sqlite, Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let (order, _) = shop.paid_in_silence("ann@shop.example", "starter").await;
    // Two hours into the next day, whatever time of today it is.
    let now = shop.books.clock.now();
    let over = Day::from(now).end().since(now) + Duration::from_secs(2 * 3600);
    shop.books.clock.advance(over);
    for _ in 0..2 {
        shop.billing().reconcile_yesterday().await.unwrap();
    }
    let runs = shop.billing().reconciliations(None, 10).await.unwrap();
    let [run] = runs.as_slice() else {
        panic!("{runs:?}");
    };
    assert_eq!((run.started_by.as_str(), run.applies), ("schedule", true));
    assert_eq!(shop.has(order.customer).await, (50, 0));
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn what_is_on_its_way_is_not_missed(#[values(Sqlite, Postgres)] database: Database) {
    let shop = Shop::open(database).await;
    shop.paid_in_silence("ann@shop.example", "starter").await;
    let run = shop
        .billing()
        .reconcile(shop.wish(true), |_| ())
        .await
        .unwrap();
    assert_eq!((run.lines, shop.met(&run).await), (1, vec![]));
    let mut wish = shop.wish(true);
    wish.period = None;
    let refused = shop.billing().reconcile(wish, |_| ()).await;
    assert!(
        matches!(refused, Err(ReconcileError::TooEarly)),
        "{refused:?}"
    );
    shop.close().await;
}
