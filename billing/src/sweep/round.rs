//! One round of questions to the gateway. It ends early when the gateway has fallen silent, and leaves
//! alone for a while what failed before: so neither an outage nor a single payment that always fails
//! keeps the rest from its turn.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::StreamExt;
use uuid::Uuid;

use crate::{Error, Result, clock::Time, retry::doubled};

/// How many questions are under way at once.
const AT_ONCE: usize = 8;
/// The gateway is silent when so many questions got no answer, and none got one.
const SILENT_AFTER: usize = 3;
/// What failed is left alone for so long, then for twice that, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// What failed in the rounds before. Lost when the server stops, which costs a question each.
#[derive(Default)]
pub(crate) struct Setbacks(Mutex<HashMap<Uuid, Setback>>);

struct Setback {
    failures: i64,
    /// Until then it is left alone.
    until: Time,
}

impl Setbacks {
    /// How many are left alone at this moment.
    pub(super) fn left_alone(&self, now: Time) -> i64 {
        let count = self.change(|all| all.values().filter(|it| it.until > now).count());
        count.try_into().unwrap_or(i64::MAX)
    }

    fn is_left_alone(&self, id: Uuid, now: Time) -> bool {
        self.change(|all| all.get(&id).is_some_and(|it| it.until > now))
    }

    fn note(&self, id: Uuid, has_failed: bool, now: Time) {
        self.change(|all| match has_failed {
            false => drop(all.remove(&id)),
            true => {
                let before = all.get(&id).map_or(0, |it| it.failures);
                let setback = Setback {
                    failures: before + 1,
                    until: now.plus(doubled(FIRST_PAUSE, before, LONGEST_PAUSE)),
                };
                all.insert(id, setback);
            }
        });
    }

    /// Forgets what is no longer due: it was settled in another way.
    fn forget_old(&self, now: Time) {
        self.change(|all| all.retain(|_, it| it.until.plus(LONGEST_PAUSE) > now));
    }

    fn change<T>(&self, change: impl FnOnce(&mut HashMap<Uuid, Setback>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(super) struct Round<'s> {
    setbacks: &'s Setbacks,
    now: Time,
    answered: AtomicUsize,
    unanswered: AtomicUsize,
}

impl<'s> Round<'s> {
    pub(super) fn begin(setbacks: &'s Setbacks, now: Time) -> Self {
        setbacks.forget_old(now);
        Self {
            setbacks,
            now,
            answered: AtomicUsize::new(0),
            unanswered: AtomicUsize::new(0),
        }
    }

    /// Asks about each of these, while the gateway answers.
    pub(super) async fn each<T, Asking>(
        &self,
        all: Vec<T>,
        id: impl Fn(&T) -> Uuid,
        ask: impl Fn(T) -> Asking,
    ) where
        Asking: Future<Output = Result<()>>,
    {
        let due = all.into_iter().map(|it| (id(&it), it));
        let due = due.filter(|(id, _)| !self.setbacks.is_left_alone(*id, self.now));
        futures::stream::iter(due)
            .take_while(|_| std::future::ready(!self.is_silent()))
            .for_each_concurrent(AT_ONCE, |(id, it)| {
                let asking = ask(it);
                async move { self.note(id, &asking.await) }
            })
            .await;
    }

    fn note(&self, id: Uuid, asked: &Result<()>) {
        let counted = match asked {
            Err(error) if is_silence(error) => &self.unanswered,
            _ => &self.answered,
        };
        counted.fetch_add(1, Ordering::Relaxed);
        self.setbacks.note(id, asked.is_err(), self.now);
    }

    fn is_silent(&self) -> bool {
        let count = |of: &AtomicUsize| of.load(Ordering::Relaxed);
        count(&self.answered) == 0 && count(&self.unanswered) >= SILENT_AFTER
    }
}

/// Whether the gateway said nothing at all.
pub(super) fn is_silence(error: &Error) -> bool {
    matches!(error, Error::Gateway(error) if error.is_silence())
}
