//! Runs that are interrupted, that meet each other, and that nobody asked for.

use std::time::Duration;

use billing::reconcile::{Class, FindingState, ReconcileError, Stage};
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
        let (reached, died) = tokio::sync::oneshot::channel();
        let mut reached = Some(reached);
        let task = tokio::spawn({
            let (server, wish) = (server.clone(), shop.wish(true));
            async move {
                let progress = |run: &billing::reconcile::Reconciliation| {
                    if run.stage == killed_at
                        && let Some(reached) = reached.take()
                    {
                        let _ = reached.send(run.id);
                    }
                };
                server.reconcile(wish, progress).await
            }
        });
        ids.push(died.await.unwrap());
        task.abort();
        let _ = task.await;
        server.stop().await;
    }
    let run = shop
        .billing()
        .reconcile(shop.wish(true), |_| ())
        .await
        .unwrap();
    ids.dedup();
    // The last one may have ended before it was killed.
    assert!(ids.len() == 1, "{ids:?}");
    let runs = shop.billing().reconciliations(None, 10).await.unwrap();
    assert!(runs.iter().all(|run| run.finished_at.is_some()), "{runs:?}");
    assert!(runs.len() <= 2 && runs.contains(&run), "{runs:?}");
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
    shop.books.clock.advance(Duration::from_secs(26 * 3600));
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
