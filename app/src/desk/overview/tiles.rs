//! The figures: each with what it was in the span before.

use std::time::Duration;

use billing::{money::Credits, staff::figures::Took};
use leptos::prelude::*;

use super::{Overview, SOON};
use crate::{desk::spoken::number, words};

/// A figure: its name, its value, and what there is to say about it.
struct Tile {
    name: String,
    value: String,
    about: Vec<String>,
}

impl Tile {
    fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            about: Vec::new(),
        }
    }

    fn about(mut self, about: impl Into<String>) -> Self {
        self.about.push(about.into());
        self
    }

    fn show(self) -> AnyView {
        let about = self
            .about
            .into_iter()
            .map(|about| view! { <dd class="secondary">{about}</dd> });
        view! {
            <div class="tile">
                <dt>{self.name}</dt>
                <dd class="value">{self.value}</dd>
                {about.collect_view()}
            </div>
        }
        .into_any()
    }
}

pub(super) fn tiles(overview: &Overview) -> AnyView {
    let groups = [
        ("Money", money(overview)),
        ("Credits", credits(overview)),
        ("Customers and plans", customers(overview)),
    ];
    let count = overview.days.count();
    let compared = format!(
        "Compared with the {} before. Days are in UTC, and today is not over.",
        words::days(count)
    );
    let groups = groups.map(|(name, tiles)| {
        view! {
            <section>
                <h2>{name}</h2>
                <dl class="tiles">{tiles.into_iter().map(Tile::show).collect_view()}</dl>
            </section>
        }
    });
    view! {
        {groups}
        <p class="hint">{compared}</p>
    }
    .into_any()
}

fn money(overview: &Overview) -> Vec<Tile> {
    let Overview { now, before, .. } = overview;
    let mut tiles: Vec<_> = overview
        .charts
        .money
        .iter()
        .map(|(currency, _)| {
            let (paid, back) = (now.revenue.of(*currency), now.refunded.of(*currency));
            let net = |of: &billing::staff::figures::Figures| {
                of.revenue.of(*currency).value - of.refunded.of(*currency).value
            };
            let shown = billing::money::Money {
                value: net(now),
                currency: *currency,
            };
            Tile::new(
                format!("Revenue, {}", currency.as_str().to_uppercase()),
                shown.to_string(),
            )
            .about(compared(net(now), net(before)))
            .about(format!("{paid} paid, {back} refunded"))
        })
        .collect();
    let tries = now.payments + now.declined;
    tiles.push(
        Tile::new("Payments", number(now.payments)).about(compared(now.payments, before.payments)),
    );
    tiles.push(
        Tile::new("Declined", number(now.declined))
            .about(compared(now.declined, before.declined))
            .about(share(now.declined, tries, "of all tries")),
    );
    tiles.push(took(
        "From payment to credits",
        now.payment_to_credit,
        before.payment_to_credit,
    ));
    tiles.push(took("Until an event is here", now.webhook, before.webhook));
    tiles
}

fn credits(overview: &Overview) -> Vec<Tile> {
    let (now, before) = (&overview.now, &overview.before);
    let issued = |sums: &billing::books::Sums| sums.paid.0 + sums.promotional.0;
    vec![
        Tile::new("Issued", Credits(issued(&now.credits)).to_string())
            .about(compared(issued(&now.credits), issued(&before.credits)))
            .about(format!("{} of them for nothing", now.credits.promotional)),
        Tile::new("Consumed", now.credits.consumed.to_string())
            .about(compared(now.credits.consumed.0, before.credits.consumed.0)),
        Tile::new("Outstanding", now.outstanding.to_string())
            .about(compared(now.outstanding.0, before.outstanding.0)),
        Tile::new(
            format!("Expiring within {}", words::days(SOON)),
            overview.expiring.to_string(),
        )
        .about(format!("{} ran out in these days", now.credits.expired)),
    ]
}

fn customers(overview: &Overview) -> Vec<Tile> {
    let (now, before) = (&overview.now, &overview.before);
    let at_first = now.plans - now.plans_begun + now.plans_ended;
    vec![
        Tile::new("New customers", number(now.customers))
            .about(compared(now.customers, before.customers)),
        Tile::new("Active plans", number(now.plans))
            .about(compared(now.plans, before.plans))
            .about(format!("{} begun", now.plans_begun)),
        Tile::new("Plans that ended", number(now.plans_ended))
            .about(compared(now.plans_ended, before.plans_ended))
            .about(share(now.plans_ended, at_first, "of those at first")),
    ]
}

fn took(name: &str, now: Took, before: Took) -> Tile {
    let within = |time: Option<Duration>| {
        time.map_or_else(|| "–".to_owned(), |time| format!("≤ {}", duration(time)))
    };
    Tile::new(name, within(now.median))
        .about(format!("99 of 100 {}", within(now.p99)))
        .about(format!(
            "before {}, {}",
            within(before.median),
            within(before.p99)
        ))
}

/// `12% more`, `7% less`, `as before`.
fn compared(now: i64, before: i64) -> String {
    let change = i128::from(now) - i128::from(before);
    let percent = |of: i64| {
        let of = i128::from(of.unsigned_abs());
        (change.abs() * 100 + of / 2) / of
    };
    match (change, before) {
        (0, _) => "as before".to_owned(),
        (_, 0) => "none before".to_owned(),
        (1.., _) => format!("{}% more", percent(before)),
        _ => format!("{}% less", percent(before)),
    }
}

/// `4.2% of all tries`
fn share(part: i64, whole: i64, of: &str) -> String {
    match whole {
        ..=0 => format!("none {of}"),
        _ => {
            let per_mille = (i128::from(part) * 1000 + i128::from(whole) / 2) / i128::from(whole);
            format!("{}.{}% {of}", per_mille / 10, per_mille % 10)
        }
    }
}

/// `2 s`, `5 min`, `6 h`.
fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ ..7200 => format!("{} min", seconds / 60),
        seconds @ ..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_compared_in_words() {
        assert_eq!(compared(112, 100), "12% more");
        assert_eq!(compared(0, 3), "100% less");
        assert_eq!(compared(5, 0), "none before");
        assert_eq!(compared(7, 7), "as before");
        assert_eq!(compared(i64::MAX, 1), "922337203685477580600% more");
        assert_eq!(compared(-50, -100), "50% more");
        assert_eq!(share(1, 24, "of all tries"), "4.2% of all tries");
        assert_eq!(share(0, 0, "of all tries"), "none of all tries");
    }

    #[test]
    fn durations_are_told_in_their_unit() {
        for (seconds, words) in [
            (1, "1 s"),
            (300, "5 min"),
            (21_600, "6 h"),
            (31_536_000, "365 days"),
        ] {
            assert_eq!(duration(Duration::from_secs(seconds)), words);
        }
    }
}
