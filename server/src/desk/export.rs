//! Tables as files. They are read part by part while they are sent, so that the longest takes no more
//! memory than the shortest.

use app::desk::InFile;
use axum::{
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use billing::staff::{Cursor, Part, Rows};
use futures::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

/// Rows that are read at once.
const ROWS: i64 = 1000;

/// Sends a table as a CSV file (RFC 4180), in the order in which `read` gives its parts.
///
/// # Errors
/// When the first part cannot be read; a later one ends the file early, which browsers tell.
pub async fn csv<T, F, R>(
    name: &str,
    columns: &'static [InFile<T>],
    descending: bool,
    read: F,
) -> billing::Result<Response>
where
    T: Send + 'static,
    F: Fn(Part) -> R + Send + 'static,
    R: Future<Output = billing::Result<Rows<T>>> + Send,
{
    let part = move |after: Option<Cursor>| Part {
        descending,
        after,
        limit: ROWS,
    };
    let first = read(part(None)).await?;
    let mut beginning = line(columns.iter().map(|(heading, _)| (*heading).to_owned()));
    beginning.extend(lines(columns, &first.rows));
    let rest = stream::try_unfold((first.next, read), move |(next, read)| async move {
        let Some(next) = next else {
            return Ok::<_, billing::Error>(None);
        };
        let more = read(part(Some(next))).await?;
        let text = Bytes::from(lines(columns, &more.rows));
        Ok(Some((text, (more.next, read))))
    });
    let beginning = stream::once(async { Ok(Bytes::from(beginning)) });
    let body = Body::from_stream(futures::StreamExt::chain(beginning, rest));
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, body).into_response())
}

fn lines<T>(columns: &[InFile<T>], rows: &[T]) -> Vec<u8> {
    rows.iter()
        .flat_map(|row| line(columns.iter().map(|(_, cell)| cell(row))))
        .collect()
}

fn line(cells: impl Iterator<Item = String>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing into memory does not fail.
    let _ = writer.write_record(cells.map(harmless));
    writer.into_inner().unwrap_or_default()
}

/// A spreadsheet takes what begins like this for a formula and runs it; an apostrophe keeps it a text.
/// Numbers stay what they are.
fn harmless(cell: String) -> String {
    let looks_like_one = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    match looks_like_one && cell.parse::<f64>().is_err() {
        true => format!("'{cell}"),
        false => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula() {
        let cells = ["=HYPERLINK(1)", "-5", "a, \"b\"", "+1 555"].map(str::to_owned);
        let text = String::from_utf8(line(cells.into_iter())).unwrap();
        assert_eq!(text, "'=HYPERLINK(1),-5,\"a, \"\"b\"\"\",'+1 555\r\n");
    }
}
