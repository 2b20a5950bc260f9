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

use crate::idempotency::{Keys, Remembered};
use crate::store::{Record, Store};

/// Everything that one call changed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Entry {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub put: Vec<Record>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Remembered>,
}

#[derive(Debug)]
pub struct Journal {
    file: File,
}

impl Journal {
    /// Replays what is there into `store` and `keys`, then starts a compact file.
    pub fn open(path: &Path, store: &mut Store, keys: &mut Keys) -> anyhow::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
        }
        replay(path, store, keys).with_context(|| format!("cannot read {}", path.display()))?;
        store.take_changed();
        rewrite(path, store, keys).with_context(|| format!("cannot write {}", path.display()))?;
        let file = OpenOptions::new().append(true).open(path)?;
        Ok(Self { file })
    }

    pub fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

fn replay(path: &Path, store: &mut Store, keys: &mut Keys) -> io::Result<()> {
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
            store.restore(record);
        }
        for id in entry.removed {
            store.forget(&id);
        }
        for key in entry.keys {
            keys.restore(key);
        }
    }
    Ok(())
}

/// Writes beside the old file and renames, so that a kill in between loses nothing.
fn rewrite(path: &Path, store: &Store, keys: &Keys) -> io::Result<()> {
    let mut beside: PathBuf = path.to_owned();
    beside.as_mut_os_string().push(".new");
    let mut writer = BufWriter::new(File::create(&beside)?);
    let mut write = |entry: &Entry| -> io::Result<()> {
        serde_json::to_writer(&mut writer, entry)?;
        writer.write_all(b"\n")
    };
    for record in store.records() {
        write(&Entry {
            put: vec![record.clone()],
            ..Entry::default()
        })?;
    }
    write(&Entry {
        keys: keys.remembered().cloned().collect(),
        ..Entry::default()
    })?;
    writer.into_inner()?.sync_all()?;
    fs::rename(beside, path)
}
