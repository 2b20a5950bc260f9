//! A copy of a SQLite database, made while others write to it.

use std::{
    fs::{self, File, Permissions},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::Location;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(
        "PostgreSQL is backed up by its own tools: pg_dump, or pg_basebackup and an archive of its log"
    )]
    Postgres,
    #[error("{}: there is a file already", .0.display())]
    Taken(PathBuf),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("the database: {0}")]
    Database(sqlx::Error),
}

/// Copies the database as it is at one moment into a new file, which only its owner reads. Nobody who
/// writes meanwhile waits for it. The file has its name once it is whole and durable.
pub async fn backup(from: &Location, to: &Path) -> Result<(), BackupError> {
    let Location::Sqlite(path) = from else {
        return Err(BackupError::Postgres);
    };
    let file = |error| BackupError::File {
        path: to.to_owned(),
        error,
    };
    if fs::exists(to).map_err(file)? {
        return Err(BackupError::Taken(to.to_owned()));
    }
    let part = to.with_added_extension("part");
    make_room(&part).map_err(file)?;
    if let Err(error) = copy(path, &part).await {
        fs::remove_file(&part).map_err(file)?;
        return Err(BackupError::Database(error));
    }
    keep(&part, to).map_err(file)
}

/// An empty file that only its owner reads, in place of what an earlier attempt left.
fn make_room(part: &Path) -> io::Result<()> {
    if fs::exists(part)? {
        fs::remove_file(part)?;
    }
    File::create_new(part)?.set_permissions(Permissions::from_mode(0o600))
}

/// Gives the copy its name, and makes both durable.
fn keep(part: &Path, to: &Path) -> io::Result<()> {
    File::open(part)?.sync_all()?;
    fs::rename(part, to)?;
    let folder = to.parent().filter(|folder| *folder != Path::new(""));
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

async fn copy(from: &Path, to: &Path) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(from);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    // A long read: what is written meanwhile goes on behind it, in the log.
    sqlx::query("vacuum into $1")
        .bind(to.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await?;
    connection.close().await
}
