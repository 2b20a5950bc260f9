//! Every object of the account, by id and in order of creation.
//!
//! An object is kept as the JSON that the API shows, beside hidden facts that it must not show (a
//! test card's number, a webhook secret). A new kind of object needs no change here: its
//! `object` field names its list.
//!
//! An object may also wait for a time, when something is to happen to it. The one that waits for
//! the earliest is found at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::errors::{ApiError, Result};

/// How many objects of one kind are kept; the oldest go first.
const KEPT_PER_KIND: usize = 20_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// Order of creation, because `created` counts only seconds.
    pub serial: u64,
    pub object: Value,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub hidden: Value,
    /// When something is to happen to it, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<i64>,
}

#[derive(Debug, Default)]
pub struct Store {
    records: HashMap<String, Record>,
    order: BTreeMap<String, BTreeMap<u64, String>>,
    due: BTreeSet<(i64, u64, String)>,
    last_serial: u64,
    /// Ids touched since the last call of [`Store::take_changed`].
    changed: Vec<String>,
}

impl Store {
    pub fn get(&self, kind: &str, id: &str) -> Option<&Value> {
        self.records
            .get(id)
            .map(|record| &record.object)
            .filter(|object| object["object"] == kind)
    }

    /// The object that the address names, or the gateway's 404.
    pub fn find(&self, kind: &str, id: &str) -> Result<Value> {
        self.get(kind, id)
            .cloned()
            .ok_or_else(|| ApiError::missing_object(kind, id))
    }

    /// The object that a parameter names, or the gateway's 400.
    pub fn find_for_param(&self, kind: &str, id: &str, param: &str) -> Result<Value> {
        self.find(kind, id).map_err(|error| error.for_param(param))
    }

    pub fn any(&self, id: &str) -> Option<&Value> {
        self.records.get(id).map(|record| &record.object)
    }

    pub fn record(&self, id: &str) -> Option<&Record> {
        self.records.get(id)
    }

    pub fn hidden(&self, id: &str) -> &Value {
        self.records
            .get(id)
            .map_or(&Value::Null, |record| &record.hidden)
    }

    /// Creates or replaces an object; what is hidden about it stays.
    pub fn put(&mut self, object: Value) {
        let id = id_of(&object);
        let record = match self.records.get(&id) {
            Some(old) => Record {
                object,
                ..old.clone()
            },
            None => Record {
                serial: self.last_serial + 1,
                object,
                hidden: Value::Null,
                due: None,
            },
        };
        self.restore(record);
        self.changed.push(id);
    }

    pub fn hide(&mut self, id: &str, name: &str, value: Value) {
        if let Some(record) = self.records.get_mut(id) {
            record.hidden[name] = value;
            self.changed.push(id.to_owned());
        }
    }

    /// Has the object wait until a time, or for nothing any more.
    pub fn wait(&mut self, id: &str, until: Option<i64>) {
        let Some(record) = self.records.get_mut(id) else {
            return;
        };
        if let Some(at) = record.due {
            self.due.remove(&(at, record.serial, id.to_owned()));
        }
        record.due = until;
        if let Some(at) = until {
            self.due.insert((at, record.serial, id.to_owned()));
        }
        self.changed.push(id.to_owned());
    }

    /// The object that waits for the earliest time, and that time.
    pub fn next_due(&self) -> Option<(i64, &str)> {
        let (at, _, id) = self.due.first()?;
        Some((*at, id))
    }

    pub fn remove(&mut self, id: &str) {
        self.wait(id, None);
        if let Some(record) = self.records.remove(id) {
            let kind = kind_of(&record.object);
            if let Some(list) = self.order.get_mut(&kind) {
                list.remove(&record.serial);
            }
            self.changed.push(id.to_owned());
        }
    }

    /// Puts back what the journal remembers, without marking it as changed.
    pub fn restore(&mut self, record: Record) {
        let id = id_of(&record.object);
        let list = self.order.entry(kind_of(&record.object)).or_default();
        list.insert(record.serial, id.clone());
        let surplus = list.len().saturating_sub(KEPT_PER_KIND);
        let dropped: Vec<String> = (0..surplus)
            .filter_map(|_| list.pop_first())
            .map(|(_, id)| id)
            .collect();
        self.last_serial = self.last_serial.max(record.serial);
        let (serial, due) = (record.serial, record.due);
        if let Some(Record { due: Some(at), .. }) = self.records.insert(id.clone(), record) {
            self.due.remove(&(at, serial, id.clone()));
        }
        self.due.extend(due.map(|at| (at, serial, id)));
        for id in dropped {
            self.wait(&id, None);
            self.records.remove(&id);
            self.changed.push(id);
        }
    }

    /// Forgets an object because the journal says that it was removed.
    pub fn forget(&mut self, id: &str) {
        self.remove(id);
        self.changed.clear();
    }

    /// Objects of one kind, newest first.
    pub fn newest(&self, kind: &str) -> impl DoubleEndedIterator<Item = &Value> + use<'_> {
        self.order
            .get(kind)
            .into_iter()
            .flat_map(|list| list.values().rev())
            .filter_map(|id| self.any(id))
    }

    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// Ids that changed since the last call, each once.
    pub fn take_changed(&mut self) -> Vec<String> {
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort();
        changed.dedup();
        changed
    }
}

fn id_of(object: &Value) -> String {
    object["id"].as_str().unwrap_or_default().to_owned()
}

fn kind_of(object: &Value) -> String {
    object["object"].as_str().unwrap_or_default().to_owned()
}
