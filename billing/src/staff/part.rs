//! Parts of long tables. A part goes on after the last row of the one before, found by an index
//! however long the table is.

use std::{fmt, str::FromStr};

use uuid::Uuid;

/// Where a part goes on: after the row with this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// What the table is sorted by: a time in microseconds, an amount, a count.
    pub key: i64,
    /// Tells rows apart whose keys are the same.
    pub id: Uuid,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.key, self.id.simple())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no place in a table")]
pub struct NotACursor;

impl FromStr for Cursor {
    type Err = NotACursor;
    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let (key, id) = text.split_once('_').ok_or(NotACursor)?;
        Ok(Self {
            key: key.parse().map_err(|_| NotACursor)?,
            id: id.parse().map_err(|_| NotACursor)?,
        })
    }
}

/// What belongs to something is counted for staff up to one more than so many, however much there is.
pub const MANY: i64 = 10_000;

/// Which part of a table is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The largest first: for times, the newest.
    pub descending: bool,
    /// From the beginning, when there is none.
    pub after: Option<Cursor>,
    pub limit: i64,
}

impl Part {
    /// The first rows, largest first.
    pub fn first(limit: i64) -> Self {
        Self {
            descending: true,
            after: None,
            limit,
        }
    }

    /// Makes an answer of the rows that were found when one more than the limit was asked for.
    pub(crate) fn rows<T>(self, mut rows: Vec<T>, cursor: impl Fn(&T) -> Cursor) -> Rows<T> {
        let limit = usize::try_from(self.limit).unwrap_or_default();
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| has_more).map(cursor);
        Rows { rows, next }
    }
}

/// A part of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<T> {
    pub rows: Vec<T>,
    /// Where the next part begins; nothing after the last.
    pub next: Option<Cursor>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_what_it_was() {
        for key in [0, -7, i64::MAX, i64::MIN] {
            let cursor = Cursor {
                key,
                id: Uuid::now_v7(),
            };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for wrong in ["", "_", "7", "7_", "x_0", "7_zz"] {
            assert_eq!(wrong.parse::<Cursor>(), Err(NotACursor), "{wrong}");
        }
    }

    #[test]
    fn only_a_full_part_has_a_next() {
        let cursor = |key: &i64| Cursor {
            key: *key,
            id: Uuid::nil(),
        };
        let part = Part::first(2);
        assert_eq!(part.rows(vec![3, 2], cursor).next, None);
        let rows = part.rows(vec![3, 2, 1], cursor);
        assert_eq!((rows.rows, rows.next), (vec![3, 2], Some(cursor(&2))));
    }
}
