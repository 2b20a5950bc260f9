//! A database that was written by the first release is brought up to date with all that is in it.

use billing::{Billing, ledger::Reason, money::Credits, store::Location};
use rstest::rstest;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection, migrate::Migrator};

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

#[rstest]
#[tokio::test]
async fn what_the_first_release_wrote_stays_true(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (location, folder) = fresh(database).await;
    write_first_release(&location).await;

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

async fn write_first_release(location: &Location) {
    match location {
        Location::Sqlite(path) => {
            let url = format!("sqlite:{}?mode=rwc", path.display());
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            let schema = first_schema("sqlite").await;
            schema.run(&mut connection).await.unwrap();
            for sql in FIRST_ROWS {
                let sql = with_ids(sql, |id| format!("x'{}'", id.replace('-', "")));
                sqlx::query(AssertSqlSafe(sql))
                    .execute(&mut connection)
                    .await
                    .unwrap();
            }
            connection.close().await.unwrap();
        }
        Location::Postgres(url) => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            let schema = first_schema("postgres").await;
            schema.run(&mut connection).await.unwrap();
            for sql in FIRST_ROWS {
                let sql = with_ids(sql, |id| format!("'{id}'"));
                sqlx::query(AssertSqlSafe(sql))
                    .execute(&mut connection)
                    .await
                    .unwrap();
            }
            connection.close().await.unwrap();
        }
    }
}

/// The migrations of one database, the first alone.
async fn first_schema(database: &str) -> Migrator {
    let first = tempfile::tempdir().unwrap();
    let name = "0001_start.sql";
    let all = format!("{}/../migrations/{database}", env!("CARGO_MANIFEST_DIR"));
    std::fs::copy(format!("{all}/{name}"), first.path().join(name)).unwrap();
    Migrator::new(first.path()).await.unwrap()
}

fn id(n: usize) -> String {
    format!("01900000-0000-7000-8000-{n:012}")
}

fn with_ids(sql: &str, literal: impl Fn(&str) -> String) -> String {
    (1..=12).rev().fold(sql.to_owned(), |sql, n| {
        sql.replace(&format!("#{n}"), &literal(&id(n)))
    })
}
