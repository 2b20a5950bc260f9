//! What is drawn: money and credits, day by day.

use billing::{
    books::Sums,
    clock::Day,
    money::{Credits, Currency, Money},
};
use jiff::{Timestamp, tz::TimeZone};
use leptos::prelude::*;

use super::chart::{Series, Shape, svg};

pub(super) struct Charts {
    /// For each currency.
    pub money: Vec<(Currency, Vec<(Day, Money)>)>,
    pub credits: Vec<(Day, Sums)>,
}

impl Charts {
    pub fn show(self) -> AnyView {
        let money = self
            .money
            .into_iter()
            .map(|(currency, days)| revenue(currency, days));
        view! {
            <section class="charts" aria-label="Day by day">
                {money.collect_view()}
                {credits(self.credits)}
            </section>
        }
        .into_any()
    }
}

fn revenue(currency: Currency, days: Vec<(Day, Money)>) -> AnyView {
    let bars = Series {
        values: days.iter().map(|(_, money)| money.value).collect(),
        shape: Shape::Bars,
    };
    let picture = svg(
        &places(days.iter().map(|(day, _)| *day)),
        &[bars],
        |value| Money { value, currency }.to_string(),
    );
    let code = currency.as_str().to_uppercase();
    let rows = days
        .into_iter()
        .map(|(day, money)| (day, vec![money.to_string()]));
    let title = format!("Revenue a day, {code}, less refunds");
    figure(
        &format!("revenue-{code}"),
        title,
        None,
        picture,
        &["Revenue"],
        rows.collect(),
    )
}

fn credits(days: Vec<(Day, Sums)>) -> AnyView {
    let issued = |sums: &Sums| sums.paid.0 + sums.promotional.0;
    let series = [
        Series {
            values: days.iter().map(|(_, sums)| issued(sums)).collect(),
            shape: Shape::QuietLine,
        },
        Series {
            values: days.iter().map(|(_, sums)| sums.consumed.0).collect(),
            shape: Shape::Line,
        },
    ];
    let places = places(days.iter().map(|(day, _)| *day));
    let picture = svg(&places, &series, |value| Credits(value).to_string());
    let rows = days.iter().map(|(day, sums)| {
        let cells = vec![Credits(issued(sums)).to_string(), sums.consumed.to_string()];
        (*day, cells)
    });
    let legend = view! {
        <span class="legend main">"Consumed"</span>
        <span class="legend other">"Issued"</span>
    };
    figure(
        "credits",
        "Credits a day".to_owned(),
        Some(legend.into_any()),
        picture,
        &["Issued", "Consumed"],
        rows.collect(),
    )
}

/// `3 Nov`, for each day.
fn places(days: impl Iterator<Item = Day>) -> Vec<String> {
    days.map(|day| {
        let begin = Timestamp::from(day.begin()).to_zoned(TimeZone::UTC);
        begin.strftime("%-d %b").to_string()
    })
    .collect()
}

/// A picture, and the same as a table for those who cannot see it or want the numbers.
fn figure(
    id: &str,
    title: String,
    legend: Option<AnyView>,
    picture: String,
    columns: &'static [&'static str],
    rows: Vec<(Day, Vec<String>)>,
) -> AnyView {
    let headings = columns.iter().map(|name| {
        view! {
            <th scope="col" class="amount">
                {*name}
            </th>
        }
    });
    let rows = rows.into_iter().rev().map(|(day, cells)| {
        let cells = cells
            .into_iter()
            .map(|cell| view! { <td class="amount">{cell}</td> });
        view! {
            <tr>
                <th scope="row">{day.to_string()}</th>
                {cells.collect_view()}
            </tr>
        }
    });
    view! {
        <figure class="chart">
            <figcaption>
                <h3>{title.clone()}</h3>
                {legend}
            </figcaption>
            // On a narrow screen it is moved sideways, by keyboard too.
            <div
                class="chart-picture"
                tabindex="0"
                role="group"
                aria-label=title
                inner_html=picture
            ></div>
            <details id=format!("table-{id}")>
                <summary>"As a table"</summary>
                <table class="desk-table">
                    <thead>
                        <tr>
                            <th scope="col">"Day (UTC)"</th>
                            {headings.collect_view()}
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </details>
        </figure>
    }
    .into_any()
}
