//! Who waits for what. A waiter subscribes before it looks, so nothing slips between the two, and
//! then sleeps without asking the database. A commit wakes those who wait for what it changed. What
//! one of them has read is news to the others; so it is known which version all of them have seen.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::transaction::Transaction;

/// What a commit changed.
#[derive(Clone, Debug)]
pub struct Change {
    pub id: Uuid,
    /// From 1; [`RING`] for a bell.
    pub version: i64,
    /// What it is now, where those who wait need not read it again.
    pub transaction: Option<Arc<Transaction>>,
}

impl Change {
    /// A transaction has become this.
    pub fn to(transaction: Transaction) -> Self {
        Self {
            id: transaction.id.0,
            version: transaction.version,
            transaction: Some(Arc::new(transaction)),
        }
    }
}

/// The version of a bell, which wakes whenever it rings: it is no row whose changes are counted.
pub const RING: i64 = 0;

/// The last that was heard of something.
#[derive(Default)]
struct News {
    version: i64,
    transaction: Option<Arc<Transaction>>,
}

/// The waiters of this process, by the id of what they wait for.
#[derive(Clone, Default)]
pub struct Updates {
    waited_for: Arc<Mutex<HashMap<Uuid, watch::Sender<News>>>>,
    mail: Arc<Notify>,
}

impl Updates {
    /// From now on, changes of `id` are noticed.
    pub fn subscribe(&self, id: Uuid) -> Subscription {
        let receiver = self.lock().entry(id).or_default().subscribe();
        Subscription {
            id,
            seen: RING,
            receiver: Some(receiver),
            updates: self.clone(),
        }
    }

    /// Tells those who wait for it. Hearing it twice, or late, wakes nobody.
    pub fn publish(&self, change: &Change) {
        if let Some(sender) = self.lock().get(&change.id) {
            sender.send_if_modified(|news| {
                let is_newer = change.version == RING || change.version > news.version;
                if is_newer {
                    news.version = change.version;
                    news.transaction.clone_from(&change.transaction);
                }
                is_newer
            });
        }
    }

    /// Whether somebody waits for a change like this one, and has not heard of it.
    pub fn would_wake(&self, change: &Change) -> bool {
        let waited_for = self.lock();
        let news = waited_for.get(&change.id).map(watch::Sender::borrow);
        news.is_some_and(|news| change.version == RING || change.version > news.version)
    }

    /// The rows that somebody has read and waits to change. Bells are none.
    pub fn awaited(&self) -> Vec<Uuid> {
        let waited_for = self.lock();
        let rows = waited_for
            .iter()
            .filter(|(_, news)| news.borrow().version > RING);
        rows.map(|(id, _)| *id).collect()
    }

    /// A mail is owed: the worker that delivers it looks at once.
    pub fn owe_mail(&self) {
        self.mail.notify_one();
    }

    /// Waits until a mail is owed. What was owed since the last time counts.
    pub async fn mail_owed(&self) {
        self.mail.notified().await;
    }

    /// How many wait at this moment.
    pub fn waiters(&self) -> i64 {
        let waiters = self
            .lock()
            .values()
            .map(watch::Sender::receiver_count)
            .sum::<usize>();
        waiters.try_into().unwrap_or(i64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, watch::Sender<News>>> {
        self.waited_for
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A wish to hear of changes; forgotten when dropped.
pub struct Subscription {
    id: Uuid,
    /// The newest version that it has heard of or read.
    seen: i64,
    receiver: Option<watch::Receiver<News>>,
    updates: Updates,
}

impl Subscription {
    /// Notes the version that was read.
    pub fn saw(&mut self, version: i64) {
        self.seen = self.seen.max(version);
        self.updates.publish(&Change {
            id: self.id,
            version,
            transaction: None,
        });
    }

    /// Waits for a version that this subscription has not seen yet, or for the bell. Answers what is
    /// there now, if the change told that.
    pub async fn changed(&mut self) -> Option<Arc<Transaction>> {
        let Some(receiver) = &mut self.receiver else {
            return std::future::pending().await;
        };
        loop {
            // The sender lives as long as its receivers do, so this cannot fail.
            let _ = receiver.changed().await;
            let news = receiver.borrow_and_update();
            if news.version == RING || news.version > self.seen {
                self.seen = news.version;
                return news.transaction.clone();
            }
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut waited_for = self.updates.lock();
        self.receiver = None;
        if waited_for
            .get(&self.id)
            .is_some_and(|sender| sender.receiver_count() == 0)
        {
            waited_for.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_change_wakes_once_and_an_old_one_not_at_all() {
        let updates = Updates::default();
        let id = Uuid::now_v7();
        let mut waiter = updates.subscribe(id);
        let change = |version| Change {
            id,
            version,
            transaction: None,
        };
        updates.publish(&change(2));
        waiter.changed().await;
        updates.publish(&change(2));
        updates.publish(&change(1));
        assert!(waiter.changed().now_or_never().is_none());
        // What was read is no news to who read it, and news to everybody else.
        let mut reader = updates.subscribe(id);
        assert!(waiter.changed().now_or_never().is_none());
        reader.saw(3);
        waiter.changed().await;
        assert!(reader.changed().now_or_never().is_none());
        updates.publish(&change(4));
        waiter.changed().await;
        reader.changed().await;
    }

    #[tokio::test]
    async fn a_bell_wakes_whenever_it_rings_and_is_no_row() {
        let updates = Updates::default();
        let (bell, row) = (Uuid::nil(), Uuid::now_v7());
        let (mut worker, mut waiter) = (updates.subscribe(bell), updates.subscribe(row));
        for _ in 0..2 {
            let ring = Change {
                id: bell,
                version: RING,
                transaction: None,
            };
            updates.publish(&ring);
            worker.changed().await;
        }
        assert!(updates.awaited().is_empty(), "nobody has read the row yet");
        waiter.saw(1);
        assert_eq!(updates.awaited(), [row]);
    }

    #[tokio::test]
    async fn the_last_waiter_takes_the_entry_with_it() {
        let updates = Updates::default();
        let id = Uuid::now_v7();
        let (first, second) = (updates.subscribe(id), updates.subscribe(id));
        drop(first);
        assert_eq!(updates.lock().len(), 1);
        drop(second);
        assert!(updates.lock().is_empty());
    }
}
