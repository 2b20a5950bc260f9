//! Which days are looked at: the last so many, or from one to another.

use billing::{clock::Day, staff::figures::Days};
use leptos::prelude::*;

use super::super::asked::Asked;

/// How many days can be chosen with one click.
const USUAL: [(i64, &str); 4] = [
    (7, "7 days"),
    (30, "30 days"),
    (90, "90 days"),
    (365, "A year"),
];
/// Without a choice.
const DEFAULT: i64 = 30;
/// Longer spans are cut off at their beginning.
const LONGEST: i64 = 3 * 366;

pub(super) struct Chosen {
    pub days: Days,
    /// The last so many days; not, when both ends were named.
    last: Option<i64>,
}

/// What an address chooses; what cannot be is the nearest that can.
pub(super) fn chosen(asked: &Asked, today: Day) -> Chosen {
    let from = asked.read::<Day>("from");
    let to = asked.read::<Day>("to").unwrap_or(today).min(today);
    match from {
        Some(from) => {
            let count = (to.since(from) + 1).clamp(1, LONGEST);
            let (days, last) = (Days::until(to, count), None);
            Chosen { days, last }
        }
        None => {
            let count = asked.read("days").unwrap_or(DEFAULT).clamp(1, LONGEST);
            let (days, last) = (Days::until(today, count), Some(count));
            Chosen { days, last }
        }
    }
}

impl Chosen {
    pub fn form(self) -> AnyView {
        let usual = USUAL.map(|(count, name)| {
            let here = (self.last == Some(count)).then_some("true");
            view! {
                <a href=format!("/admin?days={count}") aria-current=here>
                    {name}
                </a>
            }
        });
        let Days { from, to } = self.days;
        view! {
            <form class="filters" method="get" action="/admin" aria-label="Days to look at">
                <nav class="usual-spans" aria-label="The last days">
                    {usual}
                </nav>
                <div class="field">
                    <label for="from">"From"</label>
                    <input id="from" name="from" type="date" value=from.to_string() required/>
                </div>
                <div class="field">
                    <label for="to">"To"</label>
                    <input id="to" name="to" type="date" value=to.to_string() required/>
                </div>
                <button class="button quiet" type="submit">
                    "Show"
                </button>
            </form>
        }
        .into_any()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_chosen_is_the_nearest_that_can() {
        let today: Day = "2026-11-20".parse().unwrap();
        for (query, from, to) in [
            ("", "2026-10-22", "2026-11-20"),
            ("days=7", "2026-11-14", "2026-11-20"),
            ("days=-7", "2026-11-20", "2026-11-20"),
            ("from=2026-01-01&to=2026-01-31", "2026-01-01", "2026-01-31"),
            ("from=2026-01-31&to=2026-01-01", "2026-01-01", "2026-01-01"),
            ("from=2026-11-01&to=2030-01-01", "2026-11-01", "2026-11-20"),
        ] {
            let uri = format!("/admin?{query}").parse().unwrap();
            let Days {
                from: begin,
                to: end,
            } = chosen(&Asked::of(&uri), today).days;
            assert_eq!(
                (begin.to_string(), end.to_string()),
                (from.into(), to.into()),
                "{query}"
            );
        }
    }
}
