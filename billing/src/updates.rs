//! Who waits for what. A waiter subscribes before it looks, so nothing slips between the two, and
//! then sleeps without asking the database. A commit wakes those who wait for what it changed.

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

    /// Something may have been missed: everybody looks again.
    pub fn publish_all(&self) {
        for sender in self.lock().values() {
            sender.send_modify(|news| news.transaction = None);
        }
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
    receiver: Option<watch::Receiver<News>>,
    updates: Updates,
}

impl Subscription {
    /// Waits for a change that this subscription has not heard of yet. Answers what is there now, if
    /// the change told that.
    pub async fn changed(&mut self) -> Option<Arc<Transaction>> {
        let Some(receiver) = &mut self.receiver else {
            return std::future::pending().await;
        };
        // The sender lives as long as its receivers do, so this cannot fail.
        let _ = receiver.changed().await;
        receiver.borrow_and_update().transaction.clone()
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
        updates.publish_all();
        waiter.changed().await;
        for _ in 0..2 {
            updates.publish(&change(RING));
            waiter.changed().await;
        }
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
