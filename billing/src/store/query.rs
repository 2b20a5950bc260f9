//! One statement, two databases: each macro runs the same text with the same values on whichever
//! the connection belongs to.

/// Runs a statement and answers how many rows it changed.
macro_rules! execute {
    ($conn:expr, $sql:expr $(, $value:expr)* $(,)?) => {
        match $conn.backend() {
            $crate::store::connection::Backend::Sqlite(connection) => sqlx::query($sql)
                $(.bind($value))*
                .execute(connection).await.map(|done| done.rows_affected()),
            $crate::store::connection::Backend::Postgres(connection) => sqlx::query($sql)
                $(.bind($value))*
                .execute(connection).await.map(|done| done.rows_affected()),
        }
    };
}

macro_rules! fetch {
    ($how:ident, $row:ty, $conn:expr, $sql:expr $(, $value:expr)* $(,)?) => {
        match $conn.backend() {
            $crate::store::connection::Backend::Sqlite(connection) => sqlx::query_as::<_, $row>($sql)
                $(.bind($value))*
                .$how(connection).await,
            $crate::store::connection::Backend::Postgres(connection) => sqlx::query_as::<_, $row>($sql)
                $(.bind($value))*
                .$how(connection).await,
        }
    };
}

/// The one row of the answer.
macro_rules! fetch_one {
    ($($of:tt)*) => { fetch!(fetch_one, $($of)*) };
}

/// The row of the answer, if there is one.
macro_rules! fetch_optional {
    ($($of:tt)*) => { fetch!(fetch_optional, $($of)*) };
}

/// All rows of the answer.
macro_rules! fetch_all {
    ($($of:tt)*) => { fetch!(fetch_all, $($of)*) };
}

/// The row is already there: a unique index refused another.
pub fn is_unique_violation(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.is_unique_violation())
}
