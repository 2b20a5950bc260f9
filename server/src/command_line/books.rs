//! `tender books`: what was issued, and what became of it.

use std::process::ExitCode;

use billing::{books::Books, clock::Day};
use clap::Args;

use super::open;
use crate::settings::Settings;

#[derive(Args)]
pub(super) struct Span {
    /// The first day in UTC; from the beginning, if it is not said.
    #[arg(long, value_name = "DATE")]
    from: Option<Day>,
    /// The last day; today, if it is not said.
    #[arg(long, value_name = "DATE")]
    to: Option<Day>,
}

pub(super) async fn run(settings: &Settings, span: Span) -> anyhow::Result<ExitCode> {
    let billing = open(settings).await?;
    let to = span.to.unwrap_or_else(|| billing.clock().now().into());
    let books = billing.books(span.from, to).await;
    billing.stop().await;
    print(&books?);
    Ok(ExitCode::SUCCESS)
}

fn print(books: &Books) {
    let Books {
        from,
        to,
        moved,
        standing,
    } = books;
    let since = from.map_or("the beginning".to_owned(), |day| day.to_string());
    say!("Credits of all customers, from {since} to {to}, and how they stand then");
    for (name, moved, standing) in [
        ("Issued, paid", moved.paid, standing.paid),
        (
            "Issued, promotional",
            moved.promotional,
            standing.promotional,
        ),
        ("Owed", moved.owed, standing.owed),
        ("Consumed", moved.consumed, standing.consumed),
        ("Expired", moved.expired, standing.expired),
        ("Clawed back", moved.clawed_back, standing.clawed_back),
        ("Outstanding", moved.outstanding, standing.outstanding),
    ] {
        say!(
            "{name:<20}{:>16}{:>16}",
            moved.to_string(),
            standing.to_string()
        );
    }
    say!("Issued and owed is what was consumed, expired, was clawed back and is outstanding.");
}
