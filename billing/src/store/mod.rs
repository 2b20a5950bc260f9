//! The only place that knows SQL. One set of statements runs on SQLite and on PostgreSQL: `$1`
//! placeholders, `on conflict` and `returning` work on both. Functions here are verbs about rows;
//! what the rows mean is decided by their callers.

#[macro_use]
mod query;
pub mod api_keys;
pub mod audit_log;
pub mod authenticators;
pub mod backlog;
mod backup;
pub mod balances;
pub mod books;
pub mod cards;
pub mod catalogues;
pub mod chain;
pub mod checkout_sessions;
mod connection;
pub mod coupons;
pub mod customer_list;
pub mod customers;
pub mod deliveries;
pub mod disputes;
pub mod documents;
pub mod duties;
pub mod earnings;
pub mod endpoints;
pub mod entries;
pub mod event_cursors;
pub mod events;
pub mod explain;
pub mod export;
pub mod figures;
pub mod findings;
pub mod fraud_warnings;
pub mod gateway_customers;
pub mod holds;
pub mod inbox;
pub mod laws;
pub mod leases;
pub mod ledger;
mod listen;
pub mod lot_uses;
pub mod lots;
mod migrate;
pub mod notes;
pub mod offers;
pub mod orders;
pub mod outbox;
pub mod pairing;
pub mod passkeys;
pub mod people;
pub mod prices;
pub mod proofs;
pub mod proposals;
pub mod reconciliations;
pub mod redemptions;
pub mod refunds;
pub mod refused_webhooks;
pub mod search;
pub mod spends;
pub mod staff;
pub mod story;
pub mod subscriptions;
pub mod transaction_list;
pub mod transactions;
pub mod validations;
pub mod views;
mod write_back;
mod writer;

use std::{path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    PgConnection, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use backup::{BackupError, backup};
pub use connection::{Backend, Conn, Tx};
use listen::Listener;
pub use listen::Listening;
pub use query::is_unique_violation;
pub(crate) use query::is_unstorable_text;
use writer::Writer;

use crate::{Error, Result, metrics::METRICS, updates::Updates};

/// How many connections read at once, for each process.
const READERS: u32 = 8;
/// How much of a SQLite file the writer keeps in memory at most: 64 MiB, in SQLite's notation.
const WRITER_CACHE: &str = "-65536";
/// And each reader: 16 MiB.
const READER_CACHE: &str = "-16384";
/// So many rows of SQLite are handed over to whoever reads them at once: each hand-over wakes another
/// thread, which long walks would do again and again.
const ROWS_AT_ONCE: usize = 512;
/// When so many pages are in SQLite's log, 128 MiB, the writer itself sees to it that they are written back,
/// and begins the log anew. Under load nobody else finds a moment to. What a page went through meanwhile is
/// written back once; a start after a crash reads all of the log.
const LOGGED_PAGES: &str = "32768";
/// Statements that a connection keeps prepared. There are some hundred, and those for many rows have nine
/// lengths each.
const PREPARED: usize = 1024;
/// How long a statement waits for a connection before it is refused.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the rows live.
#[derive(Clone, Debug)]
pub enum Location {
    Sqlite(PathBuf),
    Postgres(String),
}

#[derive(Debug, thiserror::Error)]
#[error("expected sqlite:PATH or postgres://…")]
pub struct NotALocation;

impl FromStr for Location {
    type Err = NotALocation;
    fn from_str(url: &str) -> Result<Self, NotALocation> {
        match url.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => {
                Ok(Self::Sqlite(path.strip_prefix("//").unwrap_or(path).into()))
            }
            None if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                PgConnectOptions::from_str(url).map_err(|_| NotALocation)?;
                Ok(Self::Postgres(url.to_owned()))
            }
            _ => Err(NotALocation),
        }
    }
}

/// The database. Reads take a connection from the pool; everything that writes goes through one
/// writer that commits in groups. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: Pool,
    writer: Writer,
    pub(crate) updates: Updates,
}

#[derive(Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Store {
    /// Opens the database, creating a SQLite file that is not there, and brings its schema up to
    /// date. The writer and the listener run on `tasks` until `stop`.
    ///
    /// # Errors
    /// Among others [`Error::Listen`] and [`Error::Deaf`], when PostgreSQL cannot be listened to.
    pub async fn open(
        location: &Location,
        listening: &Listening,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<Self> {
        let updates = Updates::default();
        let (pool, write_to, listener) = match location {
            Location::Sqlite(path) => {
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder).map_err(sqlx::Error::Io)?;
                }
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(5))
                    // What a job may have to undo is kept beside it, not in a file for each commit.
                    .pragma("temp_store", "memory")
                    .statement_cache_capacity(PREPARED)
                    .row_buffer_size(ROWS_AT_ONCE);
                migrate::sqlite(path, &options).await?;
                let pool = SqlitePoolOptions::new()
                    .max_connections(READERS)
                    .acquire_timeout(ACQUIRE_TIMEOUT)
                    // A file does not go away.
                    .test_before_acquire(false)
                    .connect_with(options.clone().pragma("cache_size", READER_CACHE))
                    .await?;
                let options = options
                    // A batch that outgrows it would be written twice.
                    .pragma("cache_size", WRITER_CACHE)
                    .pragma("wal_autocheckpoint", LOGGED_PAGES);
                let committed = Arc::new(Notify::new());
                let target = writer::Target::Sqlite {
                    options: options.clone(),
                    committed: committed.clone(),
                };
                tasks.spawn(write_back::run(options, committed, stop.clone()));
                (Pool::Sqlite(pool), target, None)
            }
            Location::Postgres(url) => {
                let options = postgres_options(url)?;
                let listener = Listener::open(listening, &options).await?;
                migrate::postgres(listener.options()).await?;
                let pool = PgPoolOptions::new()
                    .max_connections(READERS)
                    .acquire_timeout(ACQUIRE_TIMEOUT)
                    .after_connect(|connection, _| Box::pin(compile_nothing(connection)))
                    .connect_with(options.clone())
                    .await?;
                let write_to = writer::Target::Postgres(options);
                (Pool::Postgres(pool), write_to, Some(listener))
            }
        };
        let writer = Writer::start(write_to, updates.clone(), tasks);
        let store = Self {
            pool,
            writer,
            updates,
        };
        if let Some(listener) = listener {
            tasks.spawn(listener.run(store.clone(), stop.clone()));
        }
        Ok(store)
    }

    /// A connection to read from.
    pub async fn read(&self) -> Result<Conn> {
        METRICS.database_reads.inc();
        Ok(match &self.pool {
            Pool::Sqlite(pool) => Conn::PooledSqlite(pool.acquire().await?),
            Pool::Postgres(pool) => Conn::PooledPostgres(pool.acquire().await?),
        })
    }

    /// Runs `job` inside a database transaction that is committed together with others that wait
    /// at the same moment, and answers once it is durable. When `job` fails, its own changes are
    /// undone and those of its neighbours stay.
    ///
    /// # Errors
    /// What `job` answers; [`Error::Busy`] when the queue is full, [`Error::Unavailable`] when the
    /// commit failed: then nothing of it was kept, or, if the connection broke in that very
    /// moment, all of it. Jobs are therefore idempotent. One that PostgreSQL ends to free two servers
    /// from each other left nothing, and is begun anew from a copy.
    pub async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + std::error::Error + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> futures::future::BoxFuture<'t, Result<T, E>>
            + Clone
            + Send
            + 'static,
    {
        self.writer.write(job).await
    }

    /// How many jobs wait for the next commit.
    pub(crate) fn queued(&self) -> i64 {
        self.writer.queued()
    }

    /// No more writes are taken; those already queued are finished.
    pub fn close_writer(&self) {
        self.writer.close();
    }
}

/// How to connect to a PostgreSQL, also through a pooler: those refuse what the library would set for
/// floats, which no column holds.
fn postgres_options(url: &str) -> Result<PgConnectOptions, sqlx::Error> {
    let options = PgConnectOptions::from_str(url)?;
    Ok(options
        .extra_float_digits(None)
        .statement_cache_capacity(PREPARED))
}

/// No statement here runs for as long as PostgreSQL takes to compile it, which it would for the figures of
/// the desk. Behind a pooler this holds for some of its connections only, and nothing but time depends on it.
async fn compile_nothing(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("set jit = off").execute(connection).await?;
    Ok(())
}

/// A currency as a column holds it.
pub(crate) fn currency(text: &str) -> Result<crate::money::Currency> {
    text.parse()
        .map_err(|error| Error::Store(sqlx::Error::Decode(Box::new(error))))
}
