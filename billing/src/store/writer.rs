//! Commits in groups. A durable commit is the physical limit, so the writer takes everything that
//! queued up while the last commit ran and commits it together: one job when idle, hundreds under
//! load, and no timer. A savepoint around each job keeps one's failure from the others.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{FutureExt, future::BoxFuture};
use sqlx::{
    Connection, PgConnection, SqliteConnection, postgres::PgConnectOptions,
    sqlite::SqliteConnectOptions,
};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, Span};

use super::{
    connection::{Backend, Conn, Tx},
    documents, listen,
    query::is_deadlock,
};
use crate::{Error, Result, events, metrics::METRICS, updates::Updates};

/// Jobs that may wait; one more is refused, so that callers can say so at once.
const QUEUE: usize = 8192;
/// Jobs in one commit. More would only make the first of them wait longer.
const BATCH: usize = 512;
/// A database that takes longer for one batch is given up on; the next begins anew.
const PATIENCE: Duration = Duration::from_secs(15);
/// So often a job is begun that PostgreSQL ends to free two servers that wait for each other.
const TRIES: usize = 4;
/// How a transaction begins on PostgreSQL. Rows that another server holds are waited for by one job and
/// not by all of the batch, and whoever holds some and says nothing more, as its machine is gone, lets go.
const BEGIN: &str = "begin;
    set local lock_timeout = '4s'; set local idle_in_transaction_session_timeout = '15s';
    set local enable_seqscan = off; set local enable_hashjoin = off;
    set local enable_mergejoin = off; set local jit = off";

/// Where the writer's own connection leads.
pub enum Target {
    Sqlite {
        options: SqliteConnectOptions,
        /// Told whenever something was written.
        committed: Arc<Notify>,
    },
    Postgres(PgConnectOptions),
}

impl Target {
    async fn connect(&self) -> Result<Conn, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { options, .. } => {
                Conn::Sqlite(SqliteConnection::connect_with(options).await?)
            }
            Self::Postgres(options) => Conn::Postgres(PgConnection::connect_with(options).await?),
        })
    }

    fn committed(&self) {
        if let Self::Sqlite { committed, .. } = self {
            committed.notify_one();
        }
    }
}

/// The queue in front of the writer.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Job>,
    closed: CancellationToken,
}

/// Does its work inside the transaction; what it gives back answers the caller after the commit.
type Job = Box<dyn for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<Answer, Answer>> + Send>;
/// Given what became of the commit. Dropped unheard, it answers [`Error::Unavailable`].
type Answer = Box<dyn FnOnce(Result<(), Arc<sqlx::Error>>) + Send>;

impl Writer {
    pub fn start(target: Target, updates: Updates, tasks: &TaskTracker) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let closed = CancellationToken::new();
        tasks.spawn(run(target, jobs, closed.clone(), updates));
        Self { queue, closed }
    }

    pub async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + std::error::Error + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Clone + Send + 'static,
    {
        for _ in 1..TRIES {
            match self.write_once(job.clone()).await {
                // The other goes on meanwhile; what was before it in its commit holds no row any more.
                Err(error) if is_deadlock(&error) => {}
                outcome => return outcome,
            }
        }
        self.write_once(job).await
    }

    async fn write_once<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        // What is logged about it belongs to whoever wished it.
        let span = Span::current();
        let job: Job = Box::new(move |tx| {
            Box::pin(async move {
                // The receiver is gone when the caller stopped waiting; the work stands anyway.
                match job(tx).instrument(span).await {
                    Ok(value) => Ok(answer(move |committed| {
                        let _ = sender.send(match committed {
                            Ok(()) => Ok(value),
                            Err(error) => Err(E::from(Error::Commit(error))),
                        });
                    })),
                    Err(error) => Err(answer(move |_| drop(sender.send(Err(error))))),
                }
            })
        });
        self.queue.try_send(job).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => Error::Busy,
            mpsc::error::TrySendError::Closed(_) => Error::Unavailable,
        })?;
        receiver.await.map_err(|_| Error::Unavailable)?
    }

    /// How many jobs wait.
    pub fn queued(&self) -> i64 {
        let waiting = self.queue.max_capacity() - self.queue.capacity();
        waiting.try_into().unwrap_or(i64::MAX)
    }

    pub fn close(&self) {
        self.closed.cancel();
    }
}

fn answer(answer: impl FnOnce(Result<(), Arc<sqlx::Error>>) + Send + 'static) -> Answer {
    Box::new(answer)
}

/// Takes what is queued, commits it, answers; until it is closed and the queue is empty.
async fn run(
    target: Target,
    mut jobs: mpsc::Receiver<Job>,
    closed: CancellationToken,
    updates: Updates,
) {
    let mut connection = None;
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            taken = jobs.recv_many(&mut batch, BATCH) => if taken == 0 { return },
            () = closed.cancelled(), if !jobs.is_closed() => jobs.close(),
        }
        if batch.is_empty() {
            continue;
        }
        let idle = connection.take();
        METRICS.commit_jobs.observe(batch.len() as f64);
        let begun = Instant::now();
        let work = async {
            let tx = begin(&target, idle).await?;
            Ok::<_, sqlx::Error>(commit(tx, &mut batch, &updates).await)
        };
        let worked = tokio::time::timeout(PATIENCE, work).await;
        METRICS.commit.observe(begun.elapsed().as_secs_f64());
        match worked {
            Ok(Ok(conn)) => {
                connection = conn;
                target.committed();
            }
            Ok(Err(error)) => tracing::error!(%error, "cannot write"),
            Err(_) => tracing::error!("the database does not answer"),
        }
        // What was not answered by now is dropped, which answers that nothing was done.
        batch.clear();
    }
}

/// Opens a transaction, on a new connection when the old one broke while it was idle.
async fn begin(target: &Target, idle: Option<Conn>) -> Result<Tx, sqlx::Error> {
    if let Some(conn) = idle {
        // A file does not go away: when it is locked, a new connection would only wait again.
        let is_file = matches!(conn, Conn::Sqlite(_));
        match begin_on(conn).await {
            Err(_) if !is_file => {}
            begun => return begun,
        }
    }
    begin_on(target.connect().await?).await
}

/// SQLite takes its write lock at once, so that a job never fails half way for want of it.
///
/// The writer names the rows it means, so an index always leads to them; left to itself, PostgreSQL's
/// planner reads small tables whole, again and again, and takes the price of what is off for a reason
/// to compile it. It is told so for each transaction, in the message that begins it: a pooler may lend
/// another connection for the next.
async fn begin_transaction(conn: &mut Conn) -> Result<(), sqlx::Error> {
    match conn.backend() {
        Backend::Sqlite(conn) => {
            sqlx::query("begin immediate").execute(conn).await?;
        }
        Backend::Postgres(conn) => {
            sqlx::raw_sql(BEGIN).execute(conn).await?;
        }
    }
    Ok(())
}

async fn begin_on(mut conn: Conn) -> Result<Tx, sqlx::Error> {
    begin_transaction(&mut conn).await?;
    Ok(Tx {
        conn,
        changed: Vec::new(),
        owes_mail: false,
        told: Vec::new(),
        receipts: Vec::new(),
    })
}

/// Runs the jobs in one transaction. Gives the connection back unless it may be broken.
async fn commit(mut tx: Tx, batch: &mut Vec<Job>, updates: &Updates) -> Option<Conn> {
    let mut answers = Vec::with_capacity(batch.len());
    // A job by itself needs no savepoint: the whole transaction is its own.
    let is_alone = batch.len() == 1;
    for job in batch.drain(..) {
        let (changed, told, receipts) = (tx.changed.len(), tx.told.len(), tx.receipts.len());
        let worked = async {
            if !is_alone {
                execute!(tx, "savepoint job")?;
            }
            let done = AssertUnwindSafe(job(&mut tx)).catch_unwind().await;
            match done {
                Ok(Ok(answer)) => {
                    if !is_alone {
                        execute!(tx, "release savepoint job")?;
                    }
                    answers.push(answer);
                }
                Ok(Err(_)) | Err(_) => {
                    if is_alone {
                        execute!(tx, "rollback")?;
                        begin_transaction(&mut tx).await?;
                    } else {
                        execute!(tx, "rollback to savepoint job")?;
                        execute!(tx, "release savepoint job")?;
                    }
                    tx.changed.truncate(changed);
                    tx.told.truncate(told);
                    tx.receipts.truncate(receipts);
                    match done {
                        Ok(Err(answer)) => answer(Ok(())),
                        _ => tracing::error!("a write panicked; its changes were undone"),
                    }
                }
            }
            Ok::<(), sqlx::Error>(())
        };
        if let Err(error) = worked.await {
            tracing::error!(%error, "the connection broke while writing");
            finish(answers, Err(error));
            return None;
        }
    }
    let committed = async {
        events::write(&mut tx).await?;
        documents::issue(&mut tx).await?;
        listen::notify(&mut tx).await?;
        kill_point!("committing");
        execute!(tx, "commit")
    };
    if let Err(error) = committed.await {
        tracing::error!(%error, "cannot commit");
        finish(answers, Err(error));
        return None;
    }
    kill_point!("committed");
    for change in &tx.changed {
        updates.publish(change);
    }
    if tx.owes_mail {
        updates.owe_mail();
    }
    kill_point!("told");
    finish(answers, Ok(()));
    Some(tx.conn)
}

fn finish(answers: Vec<Answer>, committed: Result<(), sqlx::Error>) {
    let committed = committed.map_err(Arc::new);
    for answer in answers {
        answer(committed.clone());
    }
}
