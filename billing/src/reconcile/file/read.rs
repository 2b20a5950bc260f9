//! Reads a file from beginning to end, and hands over what it says in chunks. It runs on a thread where
//! it may block.

use csv::{ByteRecord, ErrorKind, Position};
use tokio::sync::mpsc::Sender;

use super::{FileError, Settlement, row};
use crate::reconcile::{Line, Problem};

/// So many lines are looked up and written together: few enough that nobody waits long for a commit
/// with all of them.
const CHUNK: usize = 1024;

/// Some lines of a file.
pub struct Chunk {
    pub lines: Vec<Line>,
    /// How many say something that is not compared.
    pub others: usize,
    pub problems: Vec<Problem>,
    /// Where the next chunk begins; nothing at the end.
    pub next: Option<String>,
}

pub fn read(settlement: &Settlement, cursor: &str, to: &Sender<Result<Chunk, FileError>>) {
    if let Err(error) = try_read(settlement, cursor, to) {
        // Nobody listens any more: then nobody misses it.
        let _ = to.blocking_send(Err(error));
    }
}

fn try_read(
    settlement: &Settlement,
    cursor: &str,
    to: &Sender<Result<Chunk, FileError>>,
) -> Result<(), FileError> {
    let (mut reader, layout) = settlement.open()?;
    let broken = |error| FileError::Csv(settlement.path.clone(), error);
    if !cursor.is_empty() {
        let place = place(cursor).ok_or_else(|| FileError::Changed(settlement.path.clone()))?;
        reader.seek(place).map_err(broken)?;
    }
    let mut record = ByteRecord::new();
    loop {
        let mut chunk = Chunk {
            lines: Vec::with_capacity(CHUNK),
            others: 0,
            problems: Vec::new(),
            next: None,
        };
        for _ in 0..CHUNK {
            let begins = reader.position().line();
            let text = match reader.read_byte_record(&mut record) {
                Ok(false) => {
                    let _ = to.blocking_send(Ok(chunk));
                    return Ok(());
                }
                Ok(true) => match row::line(&record, &layout) {
                    Ok(Some(line)) => {
                        chunk.lines.push(line);
                        continue;
                    }
                    Ok(None) => {
                        chunk.others += 1;
                        continue;
                    }
                    Err(text) => text,
                },
                Err(error) => match error.kind() {
                    ErrorKind::UnequalLengths {
                        expected_len, len, ..
                    } => {
                        format!("columns: {len} instead of {expected_len}")
                    }
                    _ => return Err(broken(error)),
                },
            };
            let line = record.position().map_or(begins, Position::line);
            let line = i64::try_from(line).unwrap_or(i64::MAX);
            chunk.problems.push(Problem { line, text });
        }
        chunk.next = Some(cursor_at(reader.position()));
        if to.blocking_send(Ok(chunk)).is_err() {
            return Ok(());
        }
    }
}

fn cursor_at(position: &Position) -> String {
    format!(
        "{}:{}:{}",
        position.byte(),
        position.line(),
        position.record()
    )
}

fn place(cursor: &str) -> Option<Position> {
    let mut numbers = cursor.split(':').map(|number| number.parse().ok());
    let mut place = Position::new();
    place.set_byte(numbers.next()??);
    place.set_line(numbers.next()??);
    place.set_record(numbers.next()??);
    Some(place)
}
