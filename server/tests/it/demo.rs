//! `tender demo`: a made-up history is as good as a real one, and leaves nothing to be done.

use rstest::rstest;

use crate::{
    commands::{refuses, run, text},
    harness::{Database, Gateway, Shop, TestDatabase, eventually},
};

/// What would keep a server busy that is started on it.
const LEFT_TO_DO: [&str; 6] = [
    "outbox",
    "deliveries",
    "duties",
    "inbox where next_attempt_at is not null",
    "transactions where next_check_at is not null",
    "refunds where next_check_at is not null",
];

#[rstest]
#[tokio::test]
async fn a_made_up_history_keeps_the_laws_and_leaves_nothing_to_do(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let database = TestDatabase::fresh(database).await;
    let settings = [("DATABASE_URL", database.url.as_str())];
    for round in 1..=2 {
        let demo = ["demo", "--customers", "200"];
        let done = run(&demo, &settings, database.folder()).await;
        assert!(done.status.success(), "{done:?}");
        assert!(
            text(&done.stdout).starts_with("200 customers came"),
            "{done:?}"
        );
        assert_eq!(database.count("customers").await, 200 * round);
        let entries = database.count("transfers").await;
        assert!((1200 * round..3200 * round).contains(&entries), "{entries}");

        let verified = run(&["verify"], &settings, database.folder()).await;
        assert!(verified.status.success(), "{verified:?}");
        for rows in LEFT_TO_DO {
            assert_eq!(database.count(rows).await, 0, "{rows}");
        }
        // Days that are over are written down, and nobody came on one of them afterwards.
        let closed = "day_figures where figure = 'closed'";
        assert!(database.count(closed).await > 80);
        let came = "customers where created_at / 86400000000 in
            (select day from day_figures where figure = 'closed')";
        let told = "select cast(sum(value) as text) from day_figures where figure = 'customers'";
        let told = database.texts(told).await;
        assert_eq!(told, [database.count(came).await.to_string()]);
    }
    for rows in [
        "transactions where state = 'succeeded' and amount > 0",
        "transactions where kind = 'coupon'",
        "transaction_changes where state = 'failed'",
        "orders where status = 'expired'",
        "redemptions where discount > 0",
        "refunds where state = 'succeeded'",
        "documents where card_last4 is not null",
        "audit_log where action = 'customer.give'",
        "delays",
        "checkpoints",
    ] {
        assert!(database.count(rows).await > 0, "{rows}");
    }
}

#[tokio::test]
async fn no_history_is_made_up_where_money_moves() {
    let database = TestDatabase::fresh(Database::Sqlite).await;
    let settings = [
        ("DATABASE_URL", database.url.as_str()),
        ("STRIPE_SECRET_KEY", "sk_test_1"),
    ];
    let demo = ["demo", "--customers", "10"];
    refuses(&demo, &settings, database.folder(), "STRIPE_SECRET_KEY").await;
    assert!(!database.file().exists());
}

#[tokio::test]
async fn no_history_is_made_up_while_others_look() {
    let demo = ["demo", "--customers", "10"];
    let shop = Shop::open_on(
        TestDatabase::fresh(Database::Sqlite).await,
        Gateway::start().await,
        &[],
    )
    .await;
    let works = "leases where name = 'sweep'";
    eventually("the server works", async || {
        shop.database.count(works).await > 0
    })
    .await;
    let Shop {
        server,
        gateway,
        database,
        ..
    } = shop;
    let settings = [("DATABASE_URL", database.url.as_str())];
    refuses(&demo, &settings, database.folder(), "stop it").await;
    gateway.stop().await;
    server.stop().await;

    let endpoint = ["endpoints", "add", "http://127.0.0.1:9/hooks"];
    assert!(
        run(&endpoint, &settings, database.folder())
            .await
            .status
            .success()
    );
    refuses(&demo, &settings, database.folder(), "endpoint").await;
    assert_eq!(database.count("customers").await, 0);
}
