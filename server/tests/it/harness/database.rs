//! A database that nobody else uses, and a look into it past the server.

use std::path::{Path, PathBuf};

use sqlx::{
    AssertSqlSafe, Connection, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// Dropping it drops the files; PostgreSQL's cluster is private and goes as a whole.
pub struct TestDatabase {
    pub url: String,
    folder: tempfile::TempDir,
}

impl TestDatabase {
    pub async fn fresh(database: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match database {
            Database::Sqlite => format!("sqlite:{}", folder.path().join("tender.db").display()),
            Database::Postgres => fresh_schema().await,
        };
        Self { url, folder }
    }

    /// A folder of its own for whatever the test leaves behind.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("tender.db")
    }

    pub async fn execute(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.is_sqlite() {
            let mut connection = self.sqlite().await;
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        }
    }

    /// Why the database itself refuses a statement.
    pub async fn refusal(&self, sql: &str) -> String {
        let sql = AssertSqlSafe(sql.to_owned());
        let refused = if self.is_sqlite() {
            let mut connection = self.sqlite().await;
            sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
        };
        refused.unwrap_err().to_string()
    }

    /// An id as it stands in a statement.
    pub fn id(&self, id: &str) -> String {
        match self.is_sqlite() {
            true => format!("x'{}'", id.replace('-', "")),
            false => format!("'{id}'"),
        }
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        let sql = AssertSqlSafe(format!("select count(*) from {table}"));
        let counted = if self.is_sqlite() {
            let mut connection = self.sqlite().await;
            sqlx::query_scalar(sql).fetch_one(&mut connection).await
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await
        };
        counted.unwrap()
    }

    /// The first column of what a query answers.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        let found = if self.is_sqlite() {
            let mut connection = self.sqlite().await;
            sqlx::query_scalar(sql).fetch_all(&mut connection).await
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_all(&mut connection).await
        };
        found.unwrap()
    }

    /// Every table of ours.
    pub async fn tables(&self) -> Vec<String> {
        self.texts(if self.is_sqlite() {
            "select name from sqlite_master where type = 'table'
               and name not like 'sqlite%' and name <> '_sqlx_migrations'"
        } else {
            "select table_name::text from information_schema.tables
             where table_schema = current_schema() and table_type = 'BASE TABLE'
               and table_name <> '_sqlx_migrations'"
        })
        .await
    }

    /// Every column of ours that holds text, as `table.column`.
    pub async fn text_columns(&self) -> Vec<String> {
        self.texts(if self.is_sqlite() {
            "select t.name || '.' || c.name from sqlite_master t, pragma_table_info(t.name) c
             where t.type = 'table' and lower(c.type) = 'text' and t.name <> '_sqlx_migrations'"
        } else {
            "select table_name || '.' || column_name from information_schema.columns
             where table_schema = current_schema() and data_type = 'text'
               and table_name <> '_sqlx_migrations'
               and table_name in (select tablename from pg_tables)"
        })
        .await
    }

    /// A connection beside the server's own.
    pub async fn sqlite(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.file());
        SqliteConnection::connect_with(&options).await.unwrap()
    }

    fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }
}

async fn fresh_schema() -> String {
    let cluster = std::env::var("TENDER_TEST_POSTGRES")
        .expect("TENDER_TEST_POSTGRES: run the tests under setup/postgres, as make test does");
    let schema = format!("t{}", uuid::Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(&cluster).await.unwrap();
    let create = AssertSqlSafe(format!("create schema {schema}"));
    sqlx::raw_sql(create)
        .execute(&mut connection)
        .await
        .unwrap();
    let joint = if cluster.contains('?') { '&' } else { '?' };
    format!("{cluster}{joint}options=-csearch_path%3D{schema}")
}
