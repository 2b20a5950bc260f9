//! `Idempotency-Key`: the first answer is replayed, whatever it was, for 24 hours.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::errors::ApiError;

const REMEMBERED_FOR_S: i64 = 24 * 60 * 60;
const LONGEST_KEY: usize = 255;
/// Far more than a day of tests; beyond it the oldest half is forgotten early.
const KEPT: usize = 20_000;

/// What a key is bound to, and the answer it replays.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Remembered {
    pub key: String,
    pub method_and_path: String,
    pub params: Value,
    pub status: u16,
    pub body: Value,
    pub at: i64,
}

#[derive(Debug)]
enum Slot {
    InProgress,
    Done(Box<Remembered>),
}

#[derive(Debug, Default)]
pub struct Keys {
    slots: HashMap<String, Slot>,
    changed: Vec<Remembered>,
}

/// What to do with a request that carries a key.
#[derive(Debug)]
pub enum Begun {
    Fresh,
    Replay { status: u16, body: Value },
    Refused(ApiError),
}

impl Keys {
    /// Claims the key for this request, unless it was used before.
    pub fn begin(&mut self, key: &str, method_and_path: &str, params: &Value, now: i64) -> Begun {
        if key.len() > LONGEST_KEY {
            return Begun::Refused(ApiError::invalid(format!(
                "Idempotency keys can be at most {LONGEST_KEY} characters long."
            )));
        }
        match self.slots.get(key) {
            Some(Slot::InProgress) => Begun::Refused(ApiError::key_in_use(key)),
            Some(Slot::Done(first)) if first.at + REMEMBERED_FOR_S > now => {
                if first.method_and_path != method_and_path {
                    return Begun::Refused(ApiError::idempotency(format!(
                        "Keys for idempotent requests can only be used for the same endpoint they \
                         were first used for ('{method_and_path}' vs '{}'). Try using a key other \
                         than '{key}' if you meant to execute a different request.",
                        first.method_and_path
                    )));
                }
                if first.params != *params {
                    return Begun::Refused(ApiError::idempotency(format!(
                        "Keys for idempotent requests can only be used with the same parameters \
                         they were first used with. Try using a key other than '{key}' if you \
                         meant to execute a different request."
                    )));
                }
                Begun::Replay {
                    status: first.status,
                    body: first.body.clone(),
                }
            }
            _ => {
                self.slots.insert(key.to_owned(), Slot::InProgress);
                Begun::Fresh
            }
        }
    }

    /// The request is over and its answer is to be replayed.
    pub fn remember(&mut self, answer: Remembered) {
        self.changed.push(answer.clone());
        self.restore(answer);
    }

    /// The request is over and the key is free again.
    pub fn release(&mut self, key: &str) {
        if matches!(self.slots.get(key), Some(Slot::InProgress)) {
            self.slots.remove(key);
        }
    }

    pub fn restore(&mut self, answer: Remembered) {
        if self.slots.len() >= KEPT {
            self.forget_oldest();
        }
        self.slots
            .insert(answer.key.clone(), Slot::Done(Box::new(answer)));
    }

    /// Forgets all keys, as 24 hours would.
    pub fn forget_all(&mut self) {
        self.slots
            .retain(|_, slot| matches!(slot, Slot::InProgress));
    }

    pub fn remembered(&self) -> impl Iterator<Item = &Remembered> {
        self.slots.values().filter_map(|slot| match slot {
            Slot::Done(answer) => Some(&**answer),
            Slot::InProgress => None,
        })
    }

    pub fn take_changed(&mut self) -> Vec<Remembered> {
        std::mem::take(&mut self.changed)
    }

    fn forget_oldest(&mut self) {
        let mut times: Vec<i64> = self.remembered().map(|answer| answer.at).collect();
        times.sort_unstable();
        let Some(&middle) = times.get(times.len() / 2) else {
            return;
        };
        self.slots.retain(|_, slot| match slot {
            Slot::Done(answer) => answer.at > middle,
            Slot::InProgress => true,
        });
    }
}
