//! A copy of a SQLite database, made while others write to it.

use std::{
    fs::{self, File, Permissions},
    io,
    os::unix::fs::PermissionsExt,
    path::Path,
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
    #[error("{0}: there is a file already")]
    Taken(String),
    #[error("{0}")]
    File(#[from] io::Error),
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
}

/// Copies the database as it is at one moment into a new file, which only its owner reads. Nobody who
/// writes meanwhile waits for it. The file has its name once it is whole and durable.
pub async fn backup(from: &Location, to: &Path) -> Result<(), BackupError> {
    let Location::Sqlite(path) = from else {
        return Err(BackupError::Postgres);
    };
    if fs::exists(to)? {
        return Err(BackupError::Taken(to.display().to_string()));
    }
    let part = to.with_added_extension("part");
    // What an earlier attempt left.
    if fs::exists(&part)? {
        fs::remove_file(&part)?;
    }
    // Empty and closed to others before there is anything in it.
    File::create_new(&part)?.set_permissions(Permissions::from_mode(0o600))?;
    let copied = copy(path, &part).await;
    if let Err(error) = copied {
        fs::remove_file(&part)?;
        return Err(error);
    }
    File::open(&part)?.sync_all()?;
    fs::rename(&part, to)?;
    // The name, too, is durable.
    let folder = to.parent().filter(|folder| *folder != Path::new(""));
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

async fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    let options = SqliteConnectOptions::new().filename(from);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    // A long read: what is written meanwhile goes on behind it, in the log.
    sqlx::query("vacuum into $1")
        .bind(to.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(())
}
