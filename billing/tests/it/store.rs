use std::time::{Duration, Instant};

use billing::{
    Billing, Error,
    people::Role,
    staff::audit_log::Actor,
    store::{Backend, Conn, Location, Store},
};
use rstest::rstest;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    books::{Books, Database, PASSWORD, event, fresh, settings},
    returns::{dispute, refund},
};

async fn run(conn: &mut Conn, sql: &'static str) -> Result<(), sqlx::Error> {
    match conn.backend() {
        Backend::Sqlite(conn) => sqlx::query(sql).execute(conn).await.map(drop),
        Backend::Postgres(conn) => sqlx::query(sql).execute(conn).await.map(drop),
    }
}

async fn count(conn: &mut Conn, sql: &'static str) -> i64 {
    match conn.backend() {
        Backend::Sqlite(conn) => sqlx::query_scalar(sql).fetch_one(conn).await.unwrap(),
        Backend::Postgres(conn) => sqlx::query_scalar(sql).fetch_one(conn).await.unwrap(),
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_together_do_not_collide(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (location, folder) = fresh(database).await;
    let clock = Default::default();
    let starts = (0..6).map(|_| tokio::spawn(Billing::open(settings(&location, &clock))));
    let mut packs = Vec::new();
    for server in futures::future::join_all(starts).await {
        let server = server.unwrap().unwrap();
        packs.push(server.catalog().pack("starter").unwrap().clone());
        server.stop().await;
    }
    assert!(packs.iter().all(|pack| *pack == packs[0]), "{packs:?}");
    drop(folder);
}

#[tokio::test]
async fn what_was_committed_is_written_back_long_before_the_log_is_full() {
    let books = Books::open(Database::Sqlite).await;
    let Location::Sqlite(path) = &books.location else {
        unreachable!()
    };
    let address = "somebody.in.the.file@shop.example";
    books.customer(address).await;
    let is_there = || {
        let file = std::fs::read(path).unwrap();
        file.windows(address.len())
            .any(|part| part == address.as_bytes())
    };
    let begun = Instant::now();
    while !is_there() {
        assert!(begun.elapsed() < Duration::from_secs(20), "only in the log");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A transfer beside those that are there: behind the last, `t`, or as if it were, with what is said of its
/// place and source; `g` is the first grant.
macro_rules! another_transfer {
    ($said:literal) => {
        concat!(
            "insert into transfers (id, customer_id, amount, credit_account_id, reason, note,
               available_after, created_at, hash, seq, follows, debit_account_id, source_kind,
               source_id, effect)
             select t.customer_id, t.customer_id, t.amount, t.credit_account_id, t.reason, t.note,
               t.available_after, t.created_at, t.hash, ",
            $said,
            " from accounts a join transfers t on t.id = a.head
               join transfers g on g.customer_id = t.customer_id and g.seq = 1"
        )
    };
}

#[rstest]
#[case::transfer_changed("update transfers set amount = 1", "append only")]
#[case::transfer_deleted("delete from transfers", "append only")]
#[case::use_changed("update lot_uses set amount = 1", "append only")]
#[case::use_deleted("delete from lot_uses", "append only")]
#[case::figure_changed("update day_figures set value = 1", "stays as it was")]
#[case::figure_deleted("delete from day_figures", "stays as it was")]
#[case::audit_changed("update audit_log set reason = 'mine'", "append only")]
#[case::audit_deleted("delete from audit_log", "append only")]
#[case::history_changed("update transaction_changes set witness = 'me'", "append only")]
#[case::history_deleted("delete from transaction_changes", "append only")]
#[case::lot_enlarged("update lots set granted = 1000", "what remains")]
#[case::lot_deleted("delete from lots", "append only")]
#[case::account_deleted("delete from accounts", "never deleted")]
#[case::version_changed("update offers set price = 1", "never changes")]
#[case::version_deleted("delete from offers", "never changes")]
#[case::catalogue_changed("update catalogues set number = 9", "append only")]
#[case::catalogue_deleted("delete from catalogues", "append only")]
#[case::goods_changed("update catalogue_offers set position = 9", "append only")]
#[case::goods_deleted("delete from catalogue_offers", "append only")]
#[case::codes_changed("update catalogue_coupons set position = 9", "append only")]
#[case::codes_deleted("delete from catalogue_coupons", "append only")]
#[case::event_deleted("delete from inbox", "kept")]
#[case::mail_deleted("delete from outbox", "kept")]
#[case::lot_refilled("update lots set remaining = granted + 1", "")]
#[case::below_zero("update accounts set balance = -1 where kind = 'available'", "")]
#[case::granted_twice(
    another_transfer!("t.seq + 1, t.id, t.debit_account_id, g.source_kind, g.source_id, g.effect"),
    "transfers_source"
)]
#[case::from_no_account(
    another_transfer!("t.seq + 1, t.id, t.id, t.source_kind, 'another', t.effect"),
    ""
)]
#[case::forked(
    another_transfer!("t.seq, t.follows, t.debit_account_id, t.source_kind, 'another', t.effect"),
    "follows"
)]
#[case::with_a_gap(
    another_transfer!("t.seq + 2, t.id, t.debit_account_id, t.source_kind, 'another', t.effect"),
    "follows the one before"
)]
#[case::begun_again(
    another_transfer!("1, null, t.debit_account_id, t.source_kind, 'another', t.effect"),
    "transfers"
)]
#[case::head_of_another_account("update accounts set head = id where kind = 'issued'", "")]
#[case::of_no_lot(
    "insert into lot_uses (transfer_id, lot_id, amount)
     select transfer_id, transfer_id, 1 from lot_uses",
    ""
)]
#[case::owed_to_somebody("update accounts set balance = 1 where kind = 'issued'", "")]
#[case::refund_deleted("delete from refunds", "never deleted")]
#[case::refund_enlarged("update refunds set amount = 500", "what became")]
#[case::refund_of_another("update refunds set reference = 're_other'", "one reference")]
#[case::refund_took_too_much("update refunds set taken = 51", "than were granted")]
#[case::refund_failed_and_kept("update refunds set state = 'failed'", "")]
#[case::refund_history_changed("update refund_changes set witness = 'me'", "append only")]
#[case::refund_history_deleted("delete from refund_changes", "append only")]
#[case::dispute_deleted("delete from disputes", "never deleted")]
#[case::dispute_froze_too_much("update disputes set frozen = 51", "than were granted")]
#[case::dispute_won_and_kept("update disputes set state = 'won'", "")]
#[case::dispute_history_changed("update dispute_changes set witness = 'me'", "append only")]
#[case::dispute_history_deleted("delete from dispute_changes", "append only")]
#[case::settled_unfinished("update transactions set state = 'processing'", "")]
#[tokio::test]
async fn the_database_itself_refuses(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
    #[case] sql: &'static str,
    #[case] because: &str,
) {
    let books = Books::open(database).await;
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    for event in [
        event("refund.created", &refund(&order, 1, 100, "succeeded")),
        event(
            "charge.dispute.created",
            &dispute(&order, 2, 100, "needs_response"),
        ),
    ] {
        books.deliver(&event).await.unwrap();
    }
    let spend = billing::ledger::Spend {
        customer,
        amount: crate::books::credits(1),
        note: "test".to_owned(),
        key: "a".to_owned(),
    };
    books.billing.spend(spend).await.unwrap();
    let by = Actor::command_line();
    let eve = ("eve@shop.example", PASSWORD, Role::Viewer);
    books
        .billing
        .add_staff(eve.0, eve.1, eve.2, by)
        .await
        .unwrap();
    books.clock.advance(Duration::from_secs(2 * 24 * 3600));
    books.billing.close_days().await.unwrap();
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let store = Store::open(&books.location, &Default::default(), &tasks, &stop)
        .await
        .unwrap();
    let mut conn = store.read().await.unwrap();
    let refused = run(&mut conn, sql).await.unwrap_err().to_string();
    assert!(refused.contains(because), "{refused}");
    stop.cancel();
    books.close().await;
}

/// One job of a batch fails half way; its neighbours, committed with it, do not notice.
#[rstest]
#[tokio::test]
async fn a_failed_write_leaves_its_neighbours_alone(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (location, folder) = fresh(database).await;
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let store = Store::open(&location, &Default::default(), &tasks, &stop)
        .await
        .unwrap();
    run(
        &mut store.read().await.unwrap(),
        "create table numbers (n bigint primary key)",
    )
    .await
    .unwrap();

    let jobs = (0..100_i64).map(|n| {
        store.write(move |tx| {
            Box::pin(async move {
                let sql = "insert into numbers (n) values ($1)";
                match tx.backend() {
                    Backend::Sqlite(conn) => sqlx::query(sql).bind(n).execute(conn).await.map(drop),
                    Backend::Postgres(conn) => {
                        sqlx::query(sql).bind(n).execute(conn).await.map(drop)
                    }
                }?;
                match n % 4 {
                    0 => Ok(n),
                    1 => Err(Error::Broken("on purpose")),
                    2 => panic!("on purpose"),
                    // A statement that the database refuses.
                    _ => {
                        run(tx, "insert into numbers (n) select n from numbers").await?;
                        Ok(n)
                    }
                }
            })
        })
    });
    let answers: Vec<Result<i64, Error>> = futures::future::join_all(jobs).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 25);
    assert!(
        matches!(answers[1], Err(Error::Broken(_))),
        "{:?}",
        answers[1]
    );
    assert!(
        matches!(answers[2], Err(Error::Unavailable)),
        "{:?}",
        answers[2]
    );
    assert!(
        matches!(answers[3], Err(Error::Store(_))),
        "{:?}",
        answers[3]
    );
    let mut conn = store.read().await.unwrap();
    assert_eq!(
        count(&mut conn, "select count(*) from numbers where n % 4 = 0").await,
        25
    );
    assert_eq!(count(&mut conn, "select count(*) from numbers").await, 25);
    drop(conn);
    stop.cancel();
    store.close_writer();
    tasks.close();
    tasks.wait().await;
    let late = store
        .write(|_| Box::pin(async { Ok::<_, Error>(()) }))
        .await;
    assert!(matches!(late, Err(Error::Unavailable)), "{late:?}");
    drop(folder);
}
