//! A database that was written by the first release is brought up to date with all that is in it.

use billing::{Billing, books::Sums, clock::Day, ledger::Reason, money::Credits, store::Location};
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

/// A checkpoint over its transfers, by a release before the books of the house: `%` is the SHA-256 of
/// their ids.
const CHECKPOINT: &[&str] = &[
    "insert into checkpoints (number, upto, transfers, hash, created_at) values (1, #11, 2, %, 5)",
];
const HASH: &str = "ef09757d1aa8e324a0fdb5d7a7671a00337b9fadc304ff2c623c1db14efaf19c";

#[rstest]
#[tokio::test]
async fn what_the_first_release_wrote_stays_true(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (location, folder) = fresh(database).await;
    write(&location, "0001", FIRST_ROWS).await;

    let billing = Billing::open(settings(&location, &Default::default()))
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
    let all = format!("{}/../migrations/{database}", env!("CARGO_MANIFEST_DIR"));
    for file in std::fs::read_dir(all).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        if &name[..last.len()] <= last {
            std::fs::copy(file.path(), some.path().join(name)).unwrap();
        }
    }
    Migrator::new(some.path()).await.unwrap()
}

fn id(n: usize) -> String {
    format!("01900000-0000-7000-8000-{n:012}")
}

fn with_ids(sql: &str, literal: impl Fn(&str) -> String) -> String {
    (1..=12).rev().fold(sql.to_owned(), |sql, n| {
        sql.replace(&format!("#{n}"), &literal(&id(n)))
    })
}
