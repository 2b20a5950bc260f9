//! Several servers on one PostgreSQL: each commit tells the others what changed, and each server
//! has one connection that hears it. What nobody heard, because that connection broke or for any
//! other reason, is found by a look at the versions of all that somebody here waits for: at once
//! after a reconnect, and at times anyway.

use std::{fmt::Write, time::Duration};

use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{ACQUIRE_TIMEOUT, Conn, Store, connection::Tx, postgres_options, transactions};
use crate::{
    Error, Result,
    id::TransactionId,
    transaction::Transaction,
    updates::{Change, RING},
};

const CHANNEL: &str = "tender_updates";
/// A server that starts tells itself something, which must be heard within this.
const TRIAL_TIMEOUT: Duration = Duration::from_secs(5);
/// PostgreSQL takes payloads below 8,000 bytes; an id with its version is at most 57.
const CHANGES_PER_NOTIFICATION: usize = 128;
const RECONNECT_AFTER: Duration = Duration::from_secs(1);

/// How the servers on one PostgreSQL hear of each other.
#[derive(Clone, Debug)]
pub struct Listening {
    /// `postgres://…`, past any pooler that lends connections for a transaction at a time. The schema
    /// is brought up to date there, too. Without it, the address of the database.
    pub url: Option<String>,
    /// How often a server with somebody who waits looks whether a change was not heard of.
    pub look_every: Duration,
}

impl Default for Listening {
    fn default() -> Self {
        Self {
            url: None,
            look_every: Duration::from_secs(20),
        }
    }
}

/// Tells the other servers, as part of the commit, what it changes.
pub async fn notify(tx: &mut Tx) -> Result<(), sqlx::Error> {
    let changed = std::mem::take(&mut tx.changed);
    if let super::connection::Backend::Postgres(connection) = tx.conn.backend() {
        for part in changed.chunks(CHANGES_PER_NOTIFICATION) {
            let payload = part.iter().fold(String::new(), |mut text, change| {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{} {}", change.id, change.version);
                text
            });
            sqlx::query("select pg_notify($1, $2)")
                .bind(CHANNEL)
                .bind(payload)
                .execute(&mut *connection)
                .await?;
        }
    }
    tx.changed = changed;
    Ok(())
}

/// The one connection that hears.
pub struct Listener {
    options: PgConnectOptions,
    /// Of one connection: the library's listener wants a pool.
    pool: PgPool,
    look_every: Duration,
}

impl Listener {
    /// Answers once it is proven to hear what the database at `usual` is told.
    pub async fn open(listening: &Listening, usual: &PgConnectOptions) -> Result<Self> {
        let mut speaking = PgConnection::connect_with(usual).await?;
        let options = match &listening.url {
            Some(url) => postgres_options(url).map_err(Error::Listen)?,
            None => usual.clone(),
        };
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_lazy_with(options.clone());
        // A pool tries for long what is refused at once.
        let reached = PgConnection::connect_with(&options).await;
        reached.map_err(Error::Listen)?.close().await?;
        let heard = timeout(TRIAL_TIMEOUT, hears(&pool, &mut speaking)).await;
        heard
            .map_err(|_| Error::Deaf)?
            .map_err(|error| match error {
                // A pooler may hand what was to be heard to whoever has that connection then.
                sqlx::Error::Protocol(_) => Error::Deaf,
                error => Error::Listen(error),
            })?;
        speaking.close().await?;
        Ok(Self {
            options,
            pool,
            look_every: listening.look_every,
        })
    }

    /// Where a session is the connection's own, from its begin to its end.
    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// Hears of changes until `stop`.
    pub async fn run(self, store: Store, stop: CancellationToken) {
        let working = async { tokio::join!(self.hear(&store), self.look_at_times(&store)) };
        stop.run_until_cancelled(working).await;
    }

    async fn hear(&self, store: &Store) {
        loop {
            match self.hear_until_it_breaks(store).await {
                Ok(()) => tracing::warn!("the connection that hears of changes was lost"),
                Err(error) => tracing::warn!(%error, "cannot hear of changes"),
            }
            sleep(RECONNECT_AFTER).await;
        }
    }

    async fn hear_until_it_breaks(&self, store: &Store) -> Result<()> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen(CHANNEL).await?;
        look(store).await?;
        while let Some(notification) = listener.try_recv().await? {
            tell(store, notification.payload()).await;
        }
        Ok(())
    }

    async fn look_at_times(&self, store: &Store) {
        let mut tick = interval(self.look_every);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if let Err(error) = look(store).await {
                tracing::warn!(%error, "cannot look whether a change was not heard of");
            }
        }
    }
}

/// Comes back when what one connection tells is heard on another.
async fn hears(pool: &PgPool, speaking: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    // Nobody else's, also where a pooler keeps a connection that listens to it.
    let channel = format!("tender_trial_{}", Uuid::now_v7().simple());
    listener.listen(&channel).await?;
    let tell = AssertSqlSafe(format!("notify {channel}"));
    sqlx::raw_sql(tell).execute(speaking).await?;
    listener.recv().await.map(drop)
}

/// Wakes those who have not heard of the newest version of what they wait for. Asks nothing when
/// nobody waits.
async fn look(store: &Store) -> Result<()> {
    let awaited = store.updates.awaited();
    if awaited.is_empty() {
        return Ok(());
    }
    for (id, version) in versions(&mut store.read().await?, &awaited).await? {
        store.updates.publish(&Change {
            id,
            version,
            transaction: None,
        });
    }
    Ok(())
}

/// What the versions of transactions and of customers' balances are now.
async fn versions(conn: &mut Conn, ids: &[Uuid]) -> Result<Vec<(Uuid, i64)>> {
    let mut versions = fetch_in!(
        (Uuid, i64),
        conn,
        "select id, version from transactions where id in (",
        ids,
        ")",
    );
    versions.extend(fetch_in!(
        (Uuid, i64),
        conn,
        "select customer_id, version from accounts where kind = 'available' and customer_id in (",
        ids,
        ")",
    ));
    Ok(versions)
}

/// Tells those who wait here what another server changed. It does not tell a transaction whole, which is
/// read once for all of them.
async fn tell(store: &Store, payload: &str) {
    let changes = payload.lines().filter_map(change);
    let news: Vec<Change> = changes
        .filter(|change| store.updates.would_wake(change))
        .collect();
    let rows: Vec<TransactionId> = news
        .iter()
        .filter(|change| change.version != RING)
        .map(|change| TransactionId(change.id))
        .collect();
    match read(store, &rows).await {
        Ok(transactions) => {
            for transaction in transactions {
                store.updates.publish(&Change::to(transaction));
            }
        }
        // Whoever wakes reads for themselves.
        Err(error) => tracing::warn!(%error, "cannot read what another server changed"),
    }
    // Other rows than transactions, and whatever could not be read.
    for change in &news {
        store.updates.publish(change);
    }
}

async fn read(store: &Store, ids: &[TransactionId]) -> Result<Vec<Transaction>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    transactions::all(&mut store.read().await?, ids).await
}

/// What another server changed.
fn change(line: &str) -> Option<Change> {
    let (id, version) = line.split_once(' ')?;
    Some(Change {
        id: id.parse().ok()?,
        version: version.parse().ok()?,
        transaction: None,
    })
}
