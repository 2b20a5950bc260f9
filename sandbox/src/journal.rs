//! What survives a restart: one line of JSON for each call that changed something.
//!
//! A line is whole or absent: a process that is killed while it writes leaves a torn last line,
//! which is dropped at the next start. Opening rewrites the file with what is still alive, so it
//! does not grow for ever.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::idempotency::Remembered;
use crate::store::Record;

/// Everything that one call changed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Entry {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub put: Vec<Record>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Remembered>,
    /// How far the clock is ahead, when it was moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_offset_s: Option<i64>,
}

impl Entry {
    pub fn is_empty(&self) -> bool {
        self.put.is_empty()
            && self.removed.is_empty()
            && self.keys.is_empty()
            && self.clock_offset_s.is_none()
    }
}

#[derive(Debug)]
pub struct Journal {
    file: File,
}

impl Journal {
    /// Replays what is there into `account`, then starts a compact file.
    pub fn open(path: &Path, account: &mut Account) -> anyhow::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
        }
        replay(path, account).with_context(|| format!("cannot read {}", path.display()))?;
        account.store.take_changed();
        rewrite(path, account).with_context(|| format!("cannot write {}", path.display()))?;
        let file = OpenOptions::new().append(true).open(path)?;
        Ok(Self { file })
    }

    pub fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

fn replay(path: &Path, account: &mut Account) -> io::Result<()> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for line in BufReader::new(file).split(b'\n') {
        let Ok(entry) = serde_json::from_slice::<Entry>(&line?) else {
            tracing::warn!("the sandbox's journal holds a torn line, which is dropped");
            continue;
        };
        for record in entry.put {
            account.store.restore(record);
        }
        for id in entry.removed {
            account.store.forget(&id);
        }
        for key in entry.keys {
            account.keys.restore(key);
        }
        if let Some(offset_s) = entry.clock_offset_s {
            account.clock.restore(offset_s);
        }
    }
    Ok(())
}

/// Writes beside the old file and renames, so that a kill in between loses nothing.
fn rewrite(path: &Path, account: &Account) -> io::Result<()> {
    let mut beside: PathBuf = path.to_owned();
    beside.as_mut_os_string().push(".new");
    let mut writer = BufWriter::new(File::create(&beside)?);
    let mut write = |entry: &Entry| -> io::Result<()> {
        serde_json::to_writer(&mut writer, entry)?;
        writer.write_all(b"\n")
    };
    for record in account.store.records() {
        write(&Entry {
            put: vec![record.clone()],
            ..Entry::default()
        })?;
    }
    write(&Entry {
        keys: account.keys.remembered().cloned().collect(),
        clock_offset_s: Some(account.clock.offset_s()),
        ..Entry::default()
    })?;
    writer.into_inner()?.sync_all()?;
    fs::rename(beside, path)
}
