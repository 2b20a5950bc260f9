//! `tender demo`: a made-up history is as good as a real one, and leaves nothing to be done.

use std::collections::{BTreeSet, HashMap};

use rstest::rstest;
use sqlx::AssertSqlSafe;

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

/// What SQLite may go through: lists of values, tables that stay small, and those of which the last row is read.
const SMALL: [&str; 6] = [
    "v",
    "p",
    "endpoints",
    "catalogues",
    "checkpoints",
    "sqlite_master",
];

#[tokio::test]
async fn no_statement_reads_all_that_ever_happened() {
    let database = TestDatabase::fresh(Database::Sqlite).await;
    let demo = said_in(&database, &["demo", "--customers", "100"]).await;
    assert!(demo.len() > 50, "{demo:?}");
    let mut faults = Vec::new();
    for sql in demo {
        let plan = Plan::of(&database, &sql).await;
        let asks_for_what_is_left = sql.contains("remaining > 0");
        let passes_used_up = plan.steps_by("lots_by_customer");
        let passes_used_up = passes_used_up.filter(|_| asks_for_what_is_left);
        let steps = plan.all_read().into_iter().chain(passes_used_up);
        faults.extend(steps.map(|step| (sql.clone(), step)));
    }
    // The laws are about all rows, but once.
    let verify = said_in(&database, &["verify"]).await;
    assert!(verify.len() > 20, "{verify:?}");
    for sql in verify {
        let plan = Plan::of(&database, &sql).await;
        faults.extend(
            plan.all_read_again()
                .into_iter()
                .map(|step| (sql.clone(), step)),
        );
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The statements that a command sends.
async fn said_in(database: &TestDatabase, command: &[&str]) -> BTreeSet<String> {
    let settings = [
        ("DATABASE_URL", database.url.as_str()),
        ("RUST_LOG", "off,sqlx::query=debug"),
        ("NO_COLOR", "1"),
    ];
    let done = run(command, &settings, database.folder()).await;
    assert!(done.status.success(), "{done:?}");
    let lines = text(&done.stderr).lines();
    let statements = lines.filter_map(|line| {
        let (summary, rest) = line
            .split_once("summary=")?
            .1
            .split_once(" db.statement=")?;
        let statement = rest.split_once(" rows_affected=")?.0;
        // A short one is its own summary.
        let said =
            [statement, summary].map(|quoted| serde_json::from_str::<String>(quoted).unwrap());
        let sql = said.into_iter().find(|sql| !sql.is_empty())?;
        let sql = sql.trim().to_owned();
        // A row that is only added looks for others that wait for it, which SQLite plans and never does.
        let reads =
            sql.starts_with("with ") || sql.contains("select ") || sql.starts_with("update ");
        let is_schema = ["create ", "--"].iter().any(|word| sql.starts_with(word));
        (reads && !is_schema).then_some(sql)
    });
    statements.collect()
}

/// How SQLite goes about a statement: steps by their numbers, each with the one that it is a part of.
struct Plan(HashMap<i64, (i64, String)>);

impl Plan {
    async fn of(database: &TestDatabase, sql: &str) -> Self {
        let sql = AssertSqlSafe(format!("explain query plan {sql}"));
        let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(sql)
            .fetch_all(&mut database.sqlite().await)
            .await
            .unwrap();
        let steps = steps.into_iter();
        Self(
            steps
                .map(|(id, parent, _, detail)| (id, (parent, detail)))
                .collect(),
        )
    }

    /// The steps that go through a table that grows.
    fn all_read(&self) -> Vec<String> {
        self.scans().map(|(_, detail)| detail.clone()).collect()
    }

    /// The steps that go by an index.
    fn steps_by(&self, index: &str) -> impl Iterator<Item = String> {
        let details = self.0.values().map(|(_, detail)| detail);
        details
            .filter(move |detail| detail.contains(index))
            .cloned()
    }

    fn scans(&self) -> impl Iterator<Item = &(i64, String)> {
        self.0.values().filter(|(_, detail)| {
            let name = detail.strip_prefix("SCAN ");
            let name = name.and_then(|rest| rest.split(' ').next());
            name.is_some_and(|name| name.starts_with(char::is_lowercase) && self.grows(name))
        })
    }

    /// What a query inside of the statement answers is no table: its own steps are looked at.
    fn grows(&self, name: &str) -> bool {
        let answered = ["CO-ROUTINE", "MATERIALIZE"].map(|how| format!("{how} {name}"));
        let is_answered = self.0.values().any(|(_, detail)| answered.contains(detail));
        !is_answered && !SMALL.contains(&name)
    }

    /// Those that do so for each row of another.
    fn all_read_again(&self) -> Vec<String> {
        let again = |(parent, _): &&(i64, String)| {
            let beside = self.scans().filter(|(other, _)| other == parent).count() > 1;
            let mut above = *parent;
            while let Some((next, detail)) = self.0.get(&above) {
                if detail.starts_with("CORRELATED") {
                    return true;
                }
                above = *next;
            }
            beside
        };
        let again = self.scans().filter(again);
        again.map(|(_, detail)| detail.clone()).collect()
    }
}
