//! One statement, two databases: each macro runs the same text with the same values on whichever
//! the connection belongs to.

use std::{collections::HashSet, error::Error, hash::Hash};

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

/// Puts rows as `values (…), (…)` between two parts of a statement, as many as fit into one at a time,
/// and runs it.
macro_rules! with_rows {
    (
        $run:tt, $conn:expr, $head:expr, $rows:expr,
        |$row:pat_param| [$($value:expr),+ $(,)?], $tail:expr
    ) => {
        for rows in $crate::store::query::parts($rows) {
            match $conn.backend() {
                $crate::store::connection::Backend::Sqlite(connection) => {
                    let mut sql = sqlx::QueryBuilder::<sqlx::Sqlite>::new($head);
                    sql.push_values(rows, |mut values, $row| { $(values.push_bind($value);)+ });
                    run_built!($run, sql.push($tail), connection);
                }
                $crate::store::connection::Backend::Postgres(connection) => {
                    let mut sql = sqlx::QueryBuilder::<sqlx::Postgres>::new($head);
                    sql.push_values(rows, |mut values, $row| { $(values.push_bind($value);)+ });
                    run_built!($run, sql.push($tail), connection);
                }
            }
        }
    };
}

macro_rules! run_built {
    ([execute], $sql:expr, $connection:ident) => {
        $sql.build().execute($connection).await?
    };
    ([fetch $answer:ty, $all:ident], $sql:expr, $connection:ident) => {
        $all.extend(
            $sql.build_query_as::<$answer>()
                .fetch_all($connection)
                .await?,
        )
    };
}

/// Runs a statement for many rows.
macro_rules! execute_rows {
    ($conn:expr, $head:expr, $rows:expr, |$row:pat_param| $values:tt, $tail:expr $(,)?) => {
        with_rows!([execute], $conn, $head, $rows, |$row| $values, $tail)
    };
}

/// All rows that a statement for many rows answers.
macro_rules! fetch_rows {
    ($answer:ty, $conn:expr, $head:expr, $rows:expr, |$row:pat_param| $values:tt, $tail:expr $(,)?) => {{
        let mut all: Vec<$answer> = Vec::new();
        with_rows!([fetch $answer, all], $conn, $head, $rows, |$row| $values, $tail);
        all
    }};
}

/// All rows that a statement answers with `in ($1, $2, …)` between its two parts. Where the list is of
/// the first column of an index, both databases look each of it up there.
macro_rules! fetch_in {
    ($answer:ty, $conn:expr, $head:expr, $list:expr, $tail:expr $(,)?) => {{
        let mut all: Vec<$answer> = Vec::new();
        for list in $crate::store::query::parts($list) {
            match $conn.backend() {
                $crate::store::connection::Backend::Sqlite(connection) => {
                    let mut sql = sqlx::QueryBuilder::<sqlx::Sqlite>::new($head);
                    let mut values = sql.separated(", ");
                    for value in list {
                        values.push_bind(value);
                    }
                    run_built!([fetch $answer, all], sql.push($tail), connection);
                }
                $crate::store::connection::Backend::Postgres(connection) => {
                    let mut sql = sqlx::QueryBuilder::<sqlx::Postgres>::new($head);
                    let mut values = sql.separated(", ");
                    for value in list {
                        values.push_bind(value);
                    }
                    run_built!([fetch $answer, all], sql.push($tail), connection);
                }
            }
        }
        all
    }};
}

/// All rows of a statement that is put together: the part in braces pushes what follows the first text.
/// Only the conditions that are asked for are in it, so that an index can answer them.
macro_rules! fetch_built {
    ($row:ty, $conn:expr, $head:expr, |$sql:ident| $build:block) => {
        match $conn.backend() {
            $crate::store::connection::Backend::Sqlite(connection) => {
                let mut $sql = sqlx::QueryBuilder::<sqlx::Sqlite>::new($head);
                $build
                $sql.build_query_as::<$row>().fetch_all(connection).await
            }
            $crate::store::connection::Backend::Postgres(connection) => {
                let mut $sql = sqlx::QueryBuilder::<sqlx::Postgres>::new($head);
                $build
                $sql.build_query_as::<$row>().fetch_all(connection).await
            }
        }
    };
}

/// Ends a statement with the part of the table that is wanted: after its cursor, sorted by a column
/// and the id, one row more than its limit, which says whether there is another part.
macro_rules! push_part {
    ($sql:ident, $part:expr, $column:literal, $id:literal) => {{
        let part: $crate::staff::Part = $part;
        if let Some(after) = part.after {
            $sql.push(if part.descending {
                concat!(" and (", $column, ", ", $id, ") < (")
            } else {
                concat!(" and (", $column, ", ", $id, ") > (")
            });
            $sql.push_bind(after.key)
                .push(", ")
                .push_bind(after.id)
                .push(")");
        }
        $sql.push(if part.descending {
            concat!(" order by ", $column, " desc, ", $id, " desc limit ")
        } else {
            concat!(" order by ", $column, ", ", $id, " limit ")
        });
        $sql.push_bind(part.limit.saturating_add(1));
    }};
}

/// Each row once, by its key, as it came first: PostgreSQL refuses a statement that means the same row
/// twice.
pub fn once_each<T, K: Eq + Hash>(rows: &[T], key: impl Fn(&T) -> K) -> Vec<&T> {
    let mut met = HashSet::new();
    rows.iter().filter(|row| met.insert(key(row))).collect()
}

/// Parts of rows, each as long as a power of two: so there are few different statements, and all of
/// them stay prepared. The longest has fewer parameters than either database takes.
pub fn parts<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    const LONGEST: usize = 256;
    std::iter::from_fn(move || {
        let length = 1 << rows.len().min(LONGEST).checked_ilog2()?;
        let (part, rest) = rows.split_at(length);
        rows = rest;
        Some(part)
    })
}

/// A text can be in no row: PostgreSQL takes none with a NUL in it. Its
/// [codes](https://www.postgresql.org/docs/current/errcodes-appendix.html) for that are named after
/// repertoires and translations.
pub fn is_unstorable_text(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("22021" | "22P05"))
}

/// The row is already there: a unique index refused another.
pub fn is_unique_violation(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.is_unique_violation())
}

/// Whether PostgreSQL ended a statement at the bottom of this, because its server and another waited for
/// each other: `40P01`, `deadlock_detected`.
pub fn is_deadlock(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source())
        .filter_map(|error| error.downcast_ref::<sqlx::Error>())
        .filter_map(|error| error.as_database_error()?.code())
        .any(|code| code == "40P01")
}
