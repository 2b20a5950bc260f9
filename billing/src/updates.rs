//! Who waits for what. A waiter subscribes before it looks, so nothing slips between the two, and
//! then sleeps without asking the database. A commit wakes those who wait for what it changed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, watch};
use uuid::Uuid;

/// The waiters of this process, by the id of what they wait for.
#[derive(Clone, Default)]
pub struct Updates {
    waited_for: Arc<Mutex<HashMap<Uuid, watch::Sender<i64>>>>,
    mail: Arc<Notify>,
}

impl Updates {
    /// From now on, changes of `id` are noticed.
    pub fn subscribe(&self, id: Uuid) -> Subscription {
        let receiver = self
            .lock()
            .entry(id)
            .or_insert_with(|| watch::Sender::new(0))
            .subscribe();
        Subscription {
            id,
            receiver: Some(receiver),
            updates: self.clone(),
        }
    }

    /// `id` now has `version`. Hearing it twice, or late, wakes nobody.
    pub fn publish(&self, id: Uuid, version: i64) {
        if let Some(sender) = self.lock().get(&id) {
            sender.send_if_modified(|seen| {
                let newer = version > *seen;
                *seen = version.max(*seen);
                newer
            });
        }
    }

    /// Something may have been missed: everybody looks again.
    pub fn publish_all(&self) {
        for sender in self.lock().values() {
            sender.send_modify(|_| ());
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

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, watch::Sender<i64>>> {
        self.waited_for
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A wish to hear of changes; forgotten when dropped.
pub struct Subscription {
    id: Uuid,
    receiver: Option<watch::Receiver<i64>>,
    updates: Updates,
}

impl Subscription {
    /// Waits for a change that this subscription has not heard of yet.
    pub async fn changed(&mut self) {
        match &mut self.receiver {
            // The sender lives as long as its receivers do, so this cannot fail.
            Some(receiver) => drop(receiver.changed().await),
            None => std::future::pending().await,
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
        updates.publish(id, 2);
        waiter.changed().await;
        updates.publish(id, 2);
        updates.publish(id, 1);
        assert!(waiter.changed().now_or_never().is_none());
        updates.publish_all();
        waiter.changed().await;
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
