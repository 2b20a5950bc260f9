//! Whole tables as files: what they cost the server's memory, and some of their rows.

use std::time::{Duration, Instant};

use crate::{
    Result,
    shop::{Customer, Shop},
};

/// So many rows are kept at least, where there are as many.
const SAMPLES: usize = 50;
/// How often the server's memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Takes a whole table along as a file, prints what that cost, and answers some of its lines, from the
/// newest to the oldest.
pub async fn taken_along(shop: &Shop, owner: &Customer<'_>, what: &str) -> Result<Vec<String>> {
    let before = shop.memory()?;
    let (begun, mut looked) = (Instant::now(), Instant::now());
    let (mut peak, mut bytes) = (before, 0);
    let path = format!("/admin/{what}.csv");
    let mut file = owner.get(&path).send().await?.error_for_status()?;
    let (mut rows, mut rest) = (Kept::default(), Vec::new());
    while let Some(part) = file.chunk().await? {
        bytes += part.len();
        rest.extend_from_slice(&part);
        let end = rest.iter().rposition(|byte| *byte == b'\n');
        let whole = end.map_or(0, |end| end + 1);
        for line in String::from_utf8_lossy(&rest[..whole]).lines() {
            rows.add(line);
        }
        rest.drain(..whole);
        if looked.elapsed() > LOOK_EVERY {
            looked = Instant::now();
            peak = shop.memory()?.max(peak);
        }
    }
    println!(
        "  {:<44} {:>9.1} MiB more   {} rows, {:.1} MiB, {:.1} s",
        format!("memory while {path} is sent"),
        (peak - before) as f64 / 1024.0 / 1024.0,
        rows.met - 1,
        bytes as f64 / 1024.0 / 1024.0,
        begun.elapsed().as_secs_f64(),
    );
    Ok(rows.lines)
}

/// Lines of a file of any length, as far from each other as keeps them few.
#[derive(Default)]
struct Kept {
    met: usize,
    lines: Vec<String>,
    /// Every second one was left out so often.
    halved: u32,
}

impl Kept {
    fn add(&mut self, line: &str) {
        if self.met.is_multiple_of(1 << self.halved) {
            self.lines.push(line.to_owned());
        }
        self.met += 1;
        if self.lines.len() > SAMPLES * 2 {
            let mut number = 0;
            self.lines.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            self.halved += 1;
        }
    }
}

/// Rows of a file, and how its columns are called.
pub struct Sample<'l> {
    columns: Vec<&'l str>,
    rows: Vec<Vec<&'l str>>,
}

impl<'l> Sample<'l> {
    pub fn of(lines: &'l [String]) -> Self {
        let mut lines = lines.iter().map(|line| line.split(',').collect());
        Self {
            columns: lines.next().unwrap_or_default(),
            rows: lines.collect(),
        }
    }

    /// What stands in a column, where something does.
    pub fn column(&self, name: &str) -> Vec<&'l str> {
        let place = self.columns.iter().position(|column| *column == name);
        let cells = self.rows.iter().filter_map(|row| row.get(place?).copied());
        cells.filter(|cell| !cell.is_empty()).collect()
    }
}
