//! One table of what needs attention: how all of them look.

use billing::clock::Time;
use leptos::prelude::*;

use crate::words;

/// The heading of a column, and the class of its cells.
pub(super) type Column = (&'static str, Class);
type Class = Option<&'static str>;

pub(super) const PLAIN: Class = None;
pub(super) const AMOUNT: Class = Some("amount");
/// Shown where there is room for it.
pub(super) const WIDE: Class = Some("secondary-cell");
pub(super) const WIDE_AMOUNT: Class = Some("amount secondary-cell");

/// A table with a heading; nothing, when it has no rows. The first cell of a row names it.
pub(super) fn listing<const N: usize>(
    id: &'static str,
    title: &'static str,
    hint: Option<&'static str>,
    columns: [Column; N],
    rows: Vec<[AnyView; N]>,
) -> Option<AnyView> {
    if rows.is_empty() {
        return None;
    }
    let headings = columns.map(|(heading, class)| {
        view! {
            <th scope="col" class=class>
                {heading}
            </th>
        }
    });
    let rows = rows.into_iter().map(|cells| {
        let mut cells = cells.into_iter();
        let name = cells
            .next()
            .map(|name| view! { <th scope="row">{name}</th> });
        let others = columns.iter().skip(1).zip(cells);
        let others = others.map(|((_, class), cell)| view! { <td class=*class>{cell}</td> });
        view! {
            <tr>
                {name}
                {others.collect_view()}
            </tr>
        }
    });
    let listing = view! {
        <section aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {hint.map(|hint| view! { <p class="hint">{hint}</p> })}
            <table>
                <thead>
                    <tr>{headings.collect_view()}</tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
    };
    Some(listing.into_any())
}

/// An id, and what there is to say about it.
pub(super) fn named(id: String, more: Option<String>) -> AnyView {
    view! {
        <code>{id}</code>
        <span class="secondary">{more}</span>
    }
    .into_any()
}

/// A name that leads to its page, and what there is to say about it.
pub(super) fn linked(href: String, name: String, more: String) -> AnyView {
    view! {
        <a href=href>{name}</a>
        <span class="secondary">{more}</span>
    }
    .into_any()
}

/// Words, and what there is to say about them.
pub(super) fn with(words: String, more: String) -> AnyView {
    view! { {words} <span class="secondary">{more}</span> }.into_any()
}

pub(super) fn code(id: String) -> AnyView {
    view! { <code>{id}</code> }.into_any()
}

pub(super) fn when(time: Time) -> AnyView {
    view! { <words::When time/> }.into_any()
}

pub(super) fn perhaps(time: Option<Time>) -> AnyView {
    time.map(when).into_any()
}

/// How often something was tried.
pub(super) fn tries(count: i64) -> String {
    match count {
        1 => "1 try".to_owned(),
        count => format!("{count} tries"),
    }
}
