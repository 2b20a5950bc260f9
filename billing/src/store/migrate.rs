//! Brings the schema up to date at start. Two servers that start together take turns: PostgreSQL
//! by an advisory lock of a session, which sqlx takes, SQLite by a lock on a file beside the database.

use std::{fs::File, path::Path};

use sqlx::{
    AssertSqlSafe, Connection, PgConnection, SqliteConnection, migrate::Migrator,
    postgres::PgConnectOptions, sqlite::SqliteConnectOptions,
};

static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");

/// The sum of the text that migration 32 was released with the second time: its comment was another one.
const SECOND_TEXT: &str = "77ec2f9dda1c69bfa16813b280cc1ad7bcf6ecff90a712a5a36fe6a0c9505fbe\
                           9cbd6faf6bcc454d8e5499d4a0a81cf7";

/// Whoever ran the second text of migration 32 ran the first, which it has now: their statements are the
/// same. Nothing is written where there is nothing to do, as beside a server that writes.
macro_rules! know_both_texts {
    ($migrator:ident, $connection:expr, $is_there:literal) => {
        let (mut is_known,): (bool,) = sqlx::query_as($is_there).fetch_one($connection).await?;
        let second = hex::decode(SECOND_TEXT).map_err(|error| sqlx::Error::Decode(error.into()))?;
        if is_known {
            let known = "select exists (select 1 from _sqlx_migrations where checksum = $1)";
            let known = sqlx::query_as(known).bind(&second);
            (is_known,) = known.fetch_one($connection).await?;
        }
        let first = $migrator.iter().find(|it| it.version == 32);
        if let Some(first) = first.filter(|_| is_known) {
            sqlx::query("update _sqlx_migrations set checksum = $1 where checksum = $2")
                .bind(&*first.checksum)
                .bind(second)
                .execute($connection)
                .await?;
        }
    };
}

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
    know_both_texts!(
        SQLITE,
        &mut connection,
        "select exists (select 1 from sqlite_master where name = '_sqlx_migrations')"
    );
    SQLITE.run_direct(None, &mut connection, false).await?;
    // The check reads all there is, so it is done once for each schema, and noted in the file.
    let (schema,): (i64,) = asked(&mut connection, "pragma schema_version").await?;
    let (checked,): (i64,) = asked(&mut connection, "pragma user_version").await?;
    if schema != checked {
        no_row_dangles(&mut connection).await?;
        let noted = AssertSqlSafe(format!("pragma user_version = {schema}"));
        sqlx::query(noted).execute(&mut connection).await?;
    }
    connection.close().await
}

async fn asked(
    connection: &mut SqliteConnection,
    pragma: &'static str,
) -> Result<(i64,), sqlx::Error> {
    sqlx::query_as(pragma).fetch_one(connection).await
}

async fn no_row_dangles(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let dangling = sqlx::query("pragma foreign_key_check");
    match dangling.fetch_optional(connection).await? {
        None => Ok(()),
        Some(_) => {
            let problem = "rows refer to rows that are not there";
            Err(sqlx::Error::Protocol(problem.to_owned()))
        }
    }
}

pub async fn postgres(options: &PgConnectOptions) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    know_both_texts!(
        POSTGRES,
        &mut connection,
        "select to_regclass('_sqlx_migrations') is not null"
    );
    POSTGRES.run_direct(None, &mut connection, false).await?;
    connection.close().await
}
