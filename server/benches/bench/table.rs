//! Rows of the printed table.

use std::time::Duration;

pub fn title(text: &str) {
    println!("\n{text}");
}

/// What stands at a part of the way through sorted times: 0.5 is the median.
pub fn quantile(times: &mut [Duration], part: f64) -> Duration {
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    // Rounded on purpose: the sample at that place.
    times
        .get((last as f64 * part).round() as usize)
        .copied()
        .unwrap_or_default()
}

/// A row: what, median, 99th percentile, and how many times the first row's median it is.
pub fn times(what: &str, times: &mut [Duration], first: Option<Duration>) -> Duration {
    let (p50, p99) = (quantile(times, 0.5), quantile(times, 0.99));
    let ratio = match first {
        Some(first) => format!("{:>9.0} x", p50.as_secs_f64() / first.as_secs_f64()),
        None => format!("{:>11}", "1 x"),
    };
    println!(
        "  {what:<44} p50 {:>9.2} ms   p99 {:>9.2} ms {ratio}   (n = {})",
        p50.as_secs_f64() * 1e3,
        p99.as_secs_f64() * 1e3,
        times.len(),
    );
    p50
}
