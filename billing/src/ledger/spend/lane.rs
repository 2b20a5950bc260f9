//! Spends wait here while the last of them are committed, and then go together. One by itself goes at
//! once.

use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Spend, SpendError,
    batch::{Answer, take_all},
};
use crate::{Error, clock::Clock, money::Credits, store::Store};

/// Spends that may wait; one more is refused, so that callers can say so at once.
const QUEUE: usize = 8192;
/// Spends that go together. More would only make the first of them wait longer.
const BATCH: usize = 512;

/// Where spends wait.
pub(crate) struct Lane {
    queue: mpsc::Sender<Waiting>,
    closed: CancellationToken,
    tasks: TaskTracker,
}

struct Waiting {
    wish: Spend,
    /// The receiver is gone when the caller stopped waiting; the work stands anyway. Given nothing,
    /// the caller tries by itself.
    answer: oneshot::Sender<Option<Answer>>,
}

impl Lane {
    pub(crate) fn open(store: Store, clock: Clock, low: Credits) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (closed, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(run(store, clock, low, waiting, closed.clone()));
        tasks.close();
        Self {
            queue,
            closed,
            tasks,
        }
    }

    /// What came of a wish that was taken together with others; nothing when that failed.
    pub(super) async fn take(&self, wish: Spend) -> Result<Option<Answer>, SpendError> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { wish, answer };
        self.queue
            .try_send(waiting)
            .map_err(|refused| match refused {
                mpsc::error::TrySendError::Full(_) => Error::Busy,
                mpsc::error::TrySendError::Closed(_) => Error::Unavailable,
            })?;
        answered.await.map_err(|_| Error::Unavailable.into())
    }

    /// Takes no more, and comes back when those that wait are answered.
    pub(crate) async fn close(&self) {
        self.closed.cancel();
        self.tasks.wait().await;
    }
}

async fn run(
    store: Store,
    clock: Clock,
    low: Credits,
    mut waiting: mpsc::Receiver<Waiting>,
    closed: CancellationToken,
) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            taken = waiting.recv_many(&mut batch, BATCH) => if taken == 0 { return },
            () = closed.cancelled(), if !waiting.is_closed() => waiting.close(),
        }
        if batch.is_empty() {
            continue;
        }
        let now = clock.now();
        let (wishes, answers): (Vec<_>, Vec<_>) = batch
            .drain(..)
            .map(|Waiting { wish, answer }| (wish, answer))
            .unzip();
        let taken = store
            .write(move |tx| Box::pin(async move { take_all(tx, &wishes, low, now).await }))
            .await;
        match taken {
            Ok(taken) => {
                for (answer, sender) in taken.into_iter().zip(answers) {
                    let _ = sender.send(Some(answer));
                }
            }
            // Maybe one of them is to blame: each tries by itself.
            Err(error) => {
                tracing::warn!(%error, spends = answers.len(), "cannot spend together");
                for sender in answers {
                    let _ = sender.send(None);
                }
            }
        }
    }
}
