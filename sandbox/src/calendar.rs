//! Billing periods: where they begin and end, and what part of one is left.

use jiff::{Span, Timestamp, tz::TimeZone};

const DAY_S: i64 = 24 * 60 * 60;

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    pub unit: Unit,
    pub count: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Day,
    Week,
    Month,
    Year,
}

impl Unit {
    pub const NAMES: &[&str] = &["day", "week", "month", "year"];

    pub fn named(name: &str) -> Unit {
        match name {
            "day" => Unit::Day,
            "week" => Unit::Week,
            "year" => Unit::Year,
            _ => Unit::Month,
        }
    }
}

/// The end of the period that runs at `at`, for periods that are counted from `anchor`.
///
/// Months are always counted from the anchor and never from the last period, so that one which
/// begins on the 31st ends on the last day of a shorter month and comes back to the 31st.
/// Source: <https://docs.stripe.com/billing/subscriptions/billing-cycle>.
pub fn period_end(anchor: i64, at: i64, every: Interval) -> i64 {
    if anchor > at {
        return anchor;
    }
    let mut periods = (at - anchor) / longest_s(every);
    loop {
        periods += 1;
        let end = later(anchor, periods, every);
        if end > at {
            return end;
        }
    }
}

/// The time that is so many periods after the anchor, or before it.
pub fn later(anchor: i64, periods: i64, every: Interval) -> i64 {
    let units = periods.saturating_mul(every.count);
    let months = match every.unit {
        Unit::Day => return anchor + units * DAY_S,
        Unit::Week => return anchor + units * 7 * DAY_S,
        Unit::Month => units,
        Unit::Year => units * 12,
    };
    let start = Timestamp::from_second(anchor)
        .unwrap_or_default()
        .to_zoned(TimeZone::UTC);
    Span::new()
        .try_months(months)
        .and_then(|span| start.checked_add(span))
        .map_or(i64::MAX, |end| end.timestamp().as_second())
}

/// A period is at most this long, so that dividing by it never counts too many.
fn longest_s(every: Interval) -> i64 {
    let days = match every.unit {
        Unit::Day => 1,
        Unit::Week => 7,
        Unit::Month => 31,
        Unit::Year => 366,
    };
    days * DAY_S * every.count
}

/// So much of an amount as `part` is of `whole`, in whole cents, half a cent away from zero.
/// Source: <https://docs.stripe.com/billing/subscriptions/prorations>, to the second.
pub fn share(amount: i64, part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    let (amount, part, whole) = (i128::from(amount), i128::from(part), i128::from(whole));
    let product = amount * part;
    let rounded = (product.abs() * 2 + whole) / (whole * 2) * product.signum();
    i64::try_from(rounded).unwrap_or(0)
}

/// `21 Nov 2026`, as lines of an invoice write it.
pub fn day(at: i64) -> String {
    let at = Timestamp::from_second(at).unwrap_or_default();
    at.strftime("%-d %b %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    fn ends(anchor: &str, unit: Unit, count: i64, times: usize) -> Vec<String> {
        let anchor = at(anchor);
        let mut end = anchor;
        let next = || {
            end = period_end(anchor, end, Interval { unit, count });
            Timestamp::from_second(end).unwrap().to_string()
        };
        std::iter::repeat_with(next).take(times).collect()
    }

    #[test]
    fn a_month_that_is_too_short_is_made_up_for() {
        assert_eq!(
            ends("2027-01-31T10:00:00Z", Unit::Month, 1, 4),
            [
                "2027-02-28T10:00:00Z",
                "2027-03-31T10:00:00Z",
                "2027-04-30T10:00:00Z",
                "2027-05-31T10:00:00Z",
            ]
        );
        assert_eq!(
            ends("2028-01-30T00:00:00Z", Unit::Month, 1, 2),
            ["2028-02-29T00:00:00Z", "2028-03-30T00:00:00Z"]
        );
        assert_eq!(
            ends("2028-02-29T00:00:00Z", Unit::Year, 1, 4),
            [
                "2029-02-28T00:00:00Z",
                "2030-02-28T00:00:00Z",
                "2031-02-28T00:00:00Z",
                "2032-02-29T00:00:00Z",
            ]
        );
        assert_eq!(
            ends("2026-11-30T00:00:00Z", Unit::Month, 3, 2),
            ["2027-02-28T00:00:00Z", "2027-05-30T00:00:00Z"]
        );
        assert_eq!(
            ends("2026-12-31T23:59:59Z", Unit::Week, 2, 2),
            ["2027-01-14T23:59:59Z", "2027-01-28T23:59:59Z"]
        );
    }

    #[test]
    fn an_anchor_to_come_ends_the_first_period() {
        let (now, anchor) = (at("2027-01-10T00:00:00Z"), at("2027-02-01T00:00:00Z"));
        let month = Interval {
            unit: Unit::Month,
            count: 1,
        };
        assert_eq!(period_end(anchor, now, month), anchor);
        assert_eq!(
            period_end(anchor, anchor, month),
            at("2027-03-01T00:00:00Z")
        );
    }

    #[test]
    fn shares_are_rounded_alike_on_both_sides() {
        assert_eq!(share(1_000, 1, 3), 333);
        assert_eq!(share(1_000, 2, 3), 667);
        assert_eq!(share(-1_000, 2, 3), -667);
        assert_eq!(share(1, 1, 2), 1);
        assert_eq!(share(-1, 1, 2), -1);
        assert_eq!(share(i64::MAX, 3, 3), i64::MAX);
        assert_eq!(share(1_900, 5, 0), 0);
    }
}
