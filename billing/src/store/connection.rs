//! A connection to either database, and the right to write.

use std::ops::{Deref, DerefMut};

use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, pool::PoolConnection};
use uuid::Uuid;

use crate::{
    clock::Time,
    events::Event,
    id::TransactionId,
    transaction::Transaction,
    updates::{Change, RING},
};

/// A connection, to read with.
pub enum Conn {
    PooledSqlite(PoolConnection<Sqlite>),
    PooledPostgres(PoolConnection<Postgres>),
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Which driver speaks on a connection.
pub enum Backend<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Conn {
    pub fn backend(&mut self) -> Backend<'_> {
        match self {
            Self::PooledSqlite(connection) => Backend::Sqlite(connection),
            Self::PooledPostgres(connection) => Backend::Postgres(connection),
            Self::Sqlite(connection) => Backend::Sqlite(connection),
            Self::Postgres(connection) => Backend::Postgres(connection),
        }
    }
}

/// The right to write: an open database transaction. Only the writer makes one, and only the
/// writer ends it.
pub struct Tx {
    pub(super) conn: Conn,
    /// What changed; told to those who wait once it is committed.
    pub(super) changed: Vec<Change>,
    /// Whether a mail is owed: then the worker is woken once it is committed.
    pub(super) owes_mail: bool,
    /// What others are told, with its cause; written at the end of the commit.
    pub(super) told: Vec<(Event, String)>,
    /// Settled at that time, and to be given a receipt at the end of the commit.
    pub(super) receipts: Vec<(TransactionId, Time)>,
}

impl Tx {
    /// Remembers that `id` now has `version`; whoever waits for it is told after the commit.
    pub fn announce(&mut self, id: Uuid, version: i64) {
        self.changed.push(Change {
            id,
            version,
            transaction: None,
        });
    }

    /// Remembers to wake the worker that sleeps beside this bell.
    pub fn ring(&mut self, bell: Uuid) {
        self.announce(bell, RING);
    }

    /// Remembers that a transaction has changed, and what it is then.
    pub fn announce_transaction(&mut self, transaction: &Transaction) {
        self.changed.push(Change::to(transaction.clone()));
    }

    /// Remembers that a mail is owed.
    pub fn owes_mail(&mut self) {
        self.owes_mail = true;
    }

    /// Tells others what happened, unless this cause told the same before.
    pub fn tell(&mut self, event: Event, cause: String) {
        self.told.push((event, cause));
    }

    /// What is told so far, to be written down.
    pub fn take_told(&mut self) -> Vec<(Event, String)> {
        std::mem::take(&mut self.told)
    }

    /// Owes a receipt. It is numbered in this commit, after all that others wait for.
    pub fn owe_receipt(&mut self, transaction: TransactionId, now: Time) {
        self.receipts.push((transaction, now));
    }
}

impl Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}
