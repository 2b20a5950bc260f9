//! Several servers on one database.

mod at_once;
mod leases;
mod listening;
mod pooler;

use std::time::{Duration, Instant};

use billing::{
    Billing,
    id::TransactionId,
    order::Order,
    store::Location,
    transaction::{Awaited, State, Until},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::task::JoinHandle;

const LONG: Duration = Duration::from_secs(30);
/// Longer than any test.
const NEVER: Duration = Duration::from_secs(3600);

/// A database of its own, where other tests share one: what happens to all of its connections happens
/// to nobody else, and a pooler knows databases and no schemas.
pub struct OwnDatabase {
    /// Its address.
    pub url: String,
    /// Its address through the pooler.
    pooled: String,
}

impl OwnDatabase {
    pub async fn create() -> Self {
        let name = format!("t{}", TransactionId::new().0.simple());
        let own = |variable: &str| {
            let cluster = std::env::var(variable);
            let cluster = cluster.unwrap_or_else(|_| {
                panic!("{variable}: run the tests under setup/postgres, as make test does")
            });
            format!("{}/{name}", cluster.rsplit_once('/').unwrap().0)
        };
        let (url, pooled) = (own("TENDER_TEST_POSTGRES"), own("TENDER_TEST_POOLER"));
        let cluster = std::env::var("TENDER_TEST_POSTGRES").unwrap();
        execute(&cluster, format!("create database {name}")).await;
        Self { url, pooled }
    }

    pub fn location(&self) -> Location {
        self.url.parse().unwrap()
    }

    fn through_pooler(&self) -> Location {
        self.pooled.parse().unwrap()
    }

    async fn execute(&self, sql: &str) {
        execute(&self.url, sql.to_owned()).await;
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        let count = sqlx::query_scalar(sql).fetch_one(&mut connection).await;
        connection.close().await.unwrap();
        count.unwrap()
    }
}

pub async fn execute(url: &str, sql: String) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection);
    done.await.unwrap();
    connection.close().await.unwrap();
}

/// So many who wait at a server until an order is paid.
fn wait_at(server: &Billing, order: &Order, many: usize) -> Vec<JoinHandle<Awaited>> {
    let (customer, id) = (order.customer, order.transaction.id);
    let wait = |_| {
        let server = server.clone();
        tokio::spawn(async move {
            let until = Until::State(State::Succeeded);
            let awaited = server.await_transaction(customer, id, until, LONG).await;
            awaited.unwrap().unwrap()
        })
    };
    (0..many).map(wait).collect()
}

/// Comes back when so many have looked whether they must wait.
async fn have_looked(server: &Billing, reads_before: u64, many: u64) {
    let begun = Instant::now();
    while server.reads() < reads_before + many {
        assert!(begun.elapsed() < LONG, "not all of them look");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// All of them are answered, and not by the time limit.
async fn are_told(waiters: Vec<JoinHandle<Awaited>>) {
    for waiter in waiters {
        let awaited = waiter.await.unwrap();
        assert!(!awaited.timed_out, "still {:?}", awaited.transaction);
        assert!(awaited.transaction.settled_at.is_some());
    }
}
