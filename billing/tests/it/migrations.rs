//! A database of any earlier release is brought up to date with all that is in it.

use billing::{
    Billing, books::Sums, clock::Day, duty::DutyKind, inbox, ledger::Reason, money::Credits,
    staff::Part, store::Location,
};
use rstest::rstest;
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, SqliteConnection, migrate::Migrator,
    sqlite::SqliteConnectOptions,
};

use crate::books::{Database, fresh, settings};

/// What a customer left there who bought 50 credits and spent 8. `#n` stands for an id.
const FIRST_ROWS: &[&str] = &[
    "insert into people values (#1, 'ann@shop.example', 'not a hash', null, 1)",
    "insert into customers values (#2, #1, null, 1)",
    "insert into offers values
       (#3, 'starter', 1, 'pack', null, 'Starter', '', 500, 'usd', 50, 1)",
    "insert into orders values (#4, #2, #3, 'paid', null, 1, 2)",
    "insert into transactions
       (id, kind, state, customer_id, order_id, amount, currency, credits, gateway, reference,
        version, settled_at, created_at, updated_at)
     values (#5, 'purchase', 'succeeded', #2, #4, 500, 'usd', 50, 'stripe', 'pi_1', 2, 3, 1, 3)",
    "insert into transaction_changes values
       (#5, 1, 'created', 'order', null, 1), (#5, 2, 'succeeded', 'webhook', 'evt_1', 3)",
    "insert into inbox
       (id, gateway, event_id, kind, body, status, attempts, received_at)
     values (#6, 'stripe', 'evt_1', 'payment_intent.succeeded', '{}', 'processed', 1, 3)",
    "insert into accounts values
       (#7, #2, 'issued', -50, 1), (#8, #2, 'available', 42, 2), (#9, #2, 'consumed', 8, 1)",
    "insert into transfers
       (id, customer_id, seq, debit_account_id, credit_account_id, amount, reason, note,
        transaction_id, source_kind, source_id, effect, available_after, created_at)
     values
       (#10, #2, 1, #7, #8, 50, 'purchase', 'Starter pack', #5, 'transaction', '5', 'grant', 50, 3),
       (#11, #2, 2, #8, #9, 8, 'spend', 'Picture', null, 'spend', '2:a', 'spend', 42, 4)",
    "insert into lots (id, customer_id, transfer_id, note, granted, remaining, created_at)
     values (#12, #2, #10, 'Starter pack', 50, 42, 3)",
    "insert into lot_uses values (#11, #12, 8)",
];

/// What later releases added to it: the last migration of each, and rows of what that brought.
const LATER_ROWS: &[(&str, &[&str])] = &[
    (
        "0003",
        &[
            "insert into proofs values (#13, #1, 'address', 'ann@shop.example', %, 1, 2, 2)",
            "insert into outbox
               (id, person_id, email, cause_kind, cause_id, letter, facts, status, attempts,
                created_at, give_up_at, sent_at)
             values (#14, #1, 'ann@shop.example', 'people', '1', 'welcome', '{}', 'sent', 1, 1, 9, 2)",
        ],
    ),
    (
        "0004",
        &[
            "insert into refunds
               (id, transaction_id, gateway, reference, amount, currency, state, taken, owed,
                written_off, version, happened_at, created_at, updated_at)
             values (#15, #5, 'stripe', 're_1', 500, 'usd', 'failed', 0, 0, 0, 1, 5, 5, 5)",
            "insert into refund_changes values (#15, 1, 'failed', 0, 0, 0, 'webhook', 'evt_2', 5)",
            "insert into disputes
               (id, transaction_id, gateway, reference, amount, currency, state, reason, frozen,
                taken, owed, written_off, version, happened_at, created_at, updated_at)
             values (#16, #5, 'stripe', 'dp_1', 500, 'usd', 'won', 'fraudulent', 0, 0, 0, 0, 1, 6, 6, 6)",
            "insert into dispute_changes
             values (#16, 1, 'won', 0, 0, 0, 0, 'webhook', 'evt_3', 6)",
            "insert into fraud_warnings
             values (#17, #5, 'stripe', 'issfr_1', 'made_with_stolen_card', 6, 6)",
            "insert into payments values ('stripe', 'pi_other', #5, 6)",
        ],
    ),
    (
        "0005",
        &[
            "insert into coupons
               (id, code, version, name, percent_off, offers, created_at)
             values (#18, 'OLD', 1, 'Old', 20, '', 7)",
            "insert into coupon_uses values ('OLD', 0, null)",
            "insert into coupon_customer_uses values ('OLD', #2, 0, null)",
            "insert into redemptions values (#19, #18, #2, #5, 500, 100, null, 7, 8)",
        ],
    ),
    (
        "0006",
        &[
            "insert into gateway_customers values ('stripe', #2, 'cus_1', 9)",
            "insert into cards values
               (#20, #2, 'stripe', 'pm_1', 'visa', '4242', 12, 2099, 'fp_1', 9, 9, 9, null)",
            "insert into transactions
               (id, kind, state, customer_id, title, amount, currency, credits, gateway, reference,
                version, settled_at, created_at, updated_at)
             values (#21, 'card_validation', 'canceled', #2, 'A card', 0, 'usd', 0, 'stripe',
                'seti_1', 1, 9, 9, 9)",
            "insert into transaction_changes values (#21, 1, 'canceled', 'order', null, 9)",
            "insert into validations values (#21, #2, 'card', null, null, 10, 9)",
            "insert into trials values (#21, #2, 'stripe', 'fp_1', 9)",
            "insert into duties values
               ('stripe', 'detach_card', 'pm_2', #2, 3, 'no answer', 9, 9000000000000000)",
        ],
    ),
    (
        "0007",
        &[
            "insert into offers values
               (#22, 'old', 1, 'plan', 'month', 'Old', '', 900, 'usd', 100, 10, 'none', null)",
            "insert into prices values (#22, 'stripe', 'price_1', 10)",
            "insert into subscriptions
               (id, customer_id, offer_id, status, gateway, reference, period_start, period_end,
                paid_until, version, created_at, updated_at, ended_at)
             values (#23, #2, #22, 'ended', 'stripe', 'sub_1', 10, 20, 20, 2, 10, 21, 21)",
            "insert into subscription_changes values
               (#23, 1, 'active', #22, 'webhook', 'evt_4', 10),
               (#23, 2, 'ended', #22, 'webhook', 'evt_5', 21)",
        ],
    ),
    (
        "0011",
        &["insert into checkout_sessions values (#5, 1, 'stripe', 500, null, 'cs_1', 11, 12)"],
    ),
    (
        "0012",
        &[
            "insert into api_keys values (#24, 'studio', 'write', %, 12, null)",
            "insert into customers (id, external_id, created_at, naming_key)
             values (#25, 'user-7', 12, 'first')",
            "insert into holds
               (id, customer_id, key, amount, note, status, available_after, expires_at, created_at,
                ended_at)
             values (#26, #2, 'film', 5, 'Film', 'released', 37, 14, 12, 13)",
        ],
    ),
    (
        "0013",
        &[
            "insert into endpoints values
               (#27, 'https://product.example/hooks', 'whsec_b2xk', null, 13, null)",
            "insert into events values (#28, 'order.paid', 'order:4', #2, '{}', 13)",
            "insert into deliveries
               (event_id, endpoint_id, status, attempts, answer, error, give_up_at)
             values (#28, #27, 'failed', 20, 500, 'it answered 500', 14)",
        ],
    ),
    ("0014", CHECKPOINT),
    ("0015", &["insert into leases values ('sweep', #29, 15)"]),
    (
        "0016",
        &[
            "insert into customers (id, created_at, address) values (#30, 16, 'bob@shop.example')",
            "insert into customers (id, created_at, joined_into) values (#31, 16, #2)",
        ],
    ),
    ("0019", &["insert into event_cursors values ('stripe', 17000000, 18000000)"]),
    ("0023", &["insert into refused_webhooks values (28000000, 'old', 7)"]),
    (
        "0026",
        &[
            "insert into catalogues values (1, 'usd', null, '[]', null, 'catalogue file', 26)",
            "insert into catalogue_offers values (1, 0, #3), (1, 1, #22)",
            "insert into catalogue_coupons values (1, 0, #18)",
        ],
    ),
];

/// A checkpoint over its transfers, by a release before the books of the house: `%` is the SHA-256 of
/// their ids.
const CHECKPOINT: &[&str] = &[
    "insert into checkpoints (number, upto, transfers, hash, created_at) values (1, #11, 2, %, 5)",
];
const HASH: &str = "ef09757d1aa8e324a0fdb5d7a7671a00337b9fadc304ff2c623c1db14efaf19c";

#[rstest]
#[tokio::test]
async fn what_any_earlier_release_wrote_stays_true(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let all = std::fs::read_dir(folder("sqlite")).unwrap();
    let mut releases: Vec<_> = all
        .map(|file| file.unwrap().file_name().into_string().unwrap()[..4].to_owned())
        .collect();
    releases.sort();
    for release in releases {
        println!("from {release}");
        stays_true(database, &release).await;
    }
}

/// Brings a database of this release up to date.
async fn stays_true(database: Database, release: &str) {
    let (location, folder) = fresh(database).await;
    write(&location, "0001", FIRST_ROWS).await;
    for (migration, rows) in LATER_ROWS {
        if *migration <= release {
            write(&location, migration, rows).await;
        }
    }
    write(&location, release, &[]).await;

    let billing = Billing::open_quietly(settings(&location, &Default::default()))
        .await
        .unwrap();

    assert_eq!(billing.verify(|_| ()).await.unwrap(), []);
    let customer = id(2).parse().unwrap();
    let balance = billing.balance(customer).await.unwrap();
    assert_eq!(balance.available, Credits(42));
    assert_eq!(balance.lots.len(), 1);
    let statement = billing.statement(customer, None, 10).await.unwrap();
    let reasons: Vec<_> = statement.iter().map(|entry| entry.reason).collect();
    assert_eq!(reasons, [Reason::Spend, Reason::Purchase]);
    let orders = billing.orders(customer, 10).await.unwrap();
    assert_eq!(orders[0].transaction.title, "Starter pack");
    assert_eq!(orders[0].transaction.reference.as_deref(), Some("pi_1"));
    let attention = billing.attention().await.unwrap();
    let refunds = attention.failed_refunds.iter();
    let failed: Vec<_> = refunds.map(|it| it.reference.as_deref()).collect();
    assert_eq!(
        failed,
        [Some("re_1")].repeat(usize::from(release >= "0004"))
    );
    let duties: Vec<_> = attention.duties.iter().map(|it| it.kind).collect();
    assert_eq!(
        duties,
        [DutyKind::DetachCard].repeat(usize::from(release >= "0006"))
    );
    // What an event led to is known of those from before, too.
    let about = inbox::Filter {
        transaction: Some(id(5).parse().unwrap()),
        ..inbox::Filter::default()
    };
    let events = billing.inbox(&about, Part::first(10)).await.unwrap();
    assert_eq!(events.rows.len(), 1);
    let cards = billing.cards(customer).await.unwrap();
    assert_eq!(cards.len(), usize::from(release >= "0006"));
    billing.stop().await;
    drop(folder);
}

#[rstest]
#[tokio::test]
async fn the_books_of_the_house_begin_with_what_was_covered_before(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (location, folder) = fresh(database).await;
    write(&location, "0001", FIRST_ROWS).await;
    write(&location, "0014", CHECKPOINT).await;

    let billing = Billing::open(settings(&location, &Default::default()))
        .await
        .unwrap();
    assert_eq!(billing.verify(|_| ()).await.unwrap(), []);
    let books = billing.books(None, Day::FIRST).await.unwrap();
    let expected = Sums {
        paid: Credits(50),
        consumed: Credits(8),
        outstanding: Credits(42),
        ..Sums::default()
    };
    assert_eq!((books.moved, books.standing), (expected, expected));
    billing.stop().await;
    drop(folder);
}

/// It was released with another comment the second time.
#[rstest]
#[tokio::test]
async fn either_text_of_migration_32_was_run(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let second = "-- What has ended by itself is forgotten in each round of the sweeper, and found without a look \
                  at all the rest.\n\
                  create index sessions_expiry on sessions (expires_at);\n\
                  create index proofs_expiry on proofs (expires_at);\n";
    let (location, folder) = fresh(database).await;
    write(&location, "0031", &[]).await;
    let some = tempfile::tempdir().unwrap();
    std::fs::write(some.path().join("0032_forgotten_at_once.sql"), second).unwrap();
    let mut second = Migrator::new(some.path()).await.unwrap();
    second.set_ignore_missing(true);
    match &location {
        Location::Sqlite(path) => {
            let options = SqliteConnectOptions::new().filename(path);
            let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
            second.run(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
        Location::Postgres(url) => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            second.run(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    }
    for _ in 0..2 {
        let billing = Billing::open_quietly(settings(&location, &Default::default()));
        billing.await.unwrap().stop().await;
    }
    drop(folder);
}

/// SQLite does not look at references while tables are made anew. Whoever was interrupted between the last
/// migration and the look at all of them has it done by the next start.
#[tokio::test]
async fn rows_that_refer_to_nothing_are_found_by_the_next_start() {
    let (location, folder) = fresh(Database::Sqlite).await;
    let session = "insert into sessions
                     (id, person_id, token_hash, user_agent, created_at, last_seen_at, expires_at)
                   values (#1, #2, %, 'a browser', 1, 1, 9)";
    write(&location, LAST, &[session]).await;
    for _ in 0..2 {
        let refused = Billing::open_quietly(settings(&location, &Default::default())).await;
        let refused = format!("{:?}", refused.err().expect("a session is nobody's"));
        assert!(refused.contains("rows that are not there"), "{refused}");
    }
    write(&location, LAST, &["delete from sessions"]).await;
    let billing = Billing::open_quietly(settings(&location, &Default::default()));
    billing.await.unwrap().stop().await;
    drop(folder);
}

/// After all migrations there are.
const LAST: &str = "9999";

/// Brings a database to the schema of this migration, and writes rows.
async fn write(location: &Location, last: &str, rows: &[&str]) {
    match location {
        Location::Sqlite(path) => {
            let options = SqliteConnectOptions::new().filename(path);
            let options = options.create_if_missing(true).foreign_keys(false);
            let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
            let schema = schema("sqlite", last).await;
            schema.run(&mut connection).await.unwrap();
            for sql in rows {
                let sql = with_ids(sql, |id| format!("x'{}'", id.replace('-', "")));
                let sql = sql.replace('%', &format!("x'{HASH}'"));
                sqlx::query(AssertSqlSafe(sql))
                    .execute(&mut connection)
                    .await
                    .unwrap();
            }
            connection.close().await.unwrap();
        }
        Location::Postgres(url) => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            let schema = schema("postgres", last).await;
            schema.run(&mut connection).await.unwrap();
            for sql in rows {
                let sql = with_ids(sql, |id| format!("'{id}'"));
                let sql = sql.replace('%', &format!("'\\x{HASH}'"));
                sqlx::query(AssertSqlSafe(sql))
                    .execute(&mut connection)
                    .await
                    .unwrap();
            }
            connection.close().await.unwrap();
        }
    }
}

/// The migrations of one database, up to this one.
async fn schema(database: &str, last: &str) -> Migrator {
    let some = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(folder(database)).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        if &name[..last.len()] <= last {
            std::fs::copy(file.path(), some.path().join(name)).unwrap();
        }
    }
    Migrator::new(some.path()).await.unwrap()
}

/// Where the migrations of a database are.
fn folder(database: &str) -> String {
    format!("{}/../migrations/{database}", env!("CARGO_MANIFEST_DIR"))
}

fn id(n: usize) -> String {
    format!("01900000-0000-7000-8000-{n:012}")
}

fn with_ids(sql: &str, literal: impl Fn(&str) -> String) -> String {
    (1..=31).rev().fold(sql.to_owned(), |sql, n| {
        sql.replace(&format!("#{n}"), &literal(&id(n)))
    })
}
