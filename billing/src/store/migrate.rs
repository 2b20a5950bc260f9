//! Brings the schema up to date at start. Two servers that start together take turns: PostgreSQL
//! by an advisory lock of a session, which sqlx takes, SQLite by a lock on a file beside the database.

use std::{fs::File, path::Path};

use sqlx::{
    Connection, PgConnection, SqliteConnection, migrate::Migrator, postgres::PgConnectOptions,
    sqlite::SqliteConnectOptions,
};

static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");

pub async fn sqlite(path: &Path, options: &SqliteConnectOptions) -> Result<(), sqlx::Error> {
    let lock_path = path.with_added_extension("lock");
    let turn = tokio::task::spawn_blocking(move || {
        let file = File::create(lock_path)?;
        file.lock()?;
        std::io::Result::Ok(file)
    });
    let _turn = turn.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
    // A table that is made anew is missing for a moment; what refers to it is checked at the end.
    let options = options.clone().foreign_keys(false);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    SQLITE.run_direct(None, &mut connection, false).await?;
    let dangling = sqlx::query("pragma foreign_key_check")
        .fetch_optional(&mut connection)
        .await?;
    if dangling.is_some() {
        let problem = "rows refer to rows that are not there";
        return Err(sqlx::Error::Protocol(problem.to_owned()));
    }
    connection.close().await
}

pub async fn postgres(options: &PgConnectOptions) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    POSTGRES.run_direct(None, &mut connection, false).await?;
    connection.close().await
}
