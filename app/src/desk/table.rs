//! The table of a page: filters above it, its order in its headings, its parts below it. It is the
//! same everywhere on the desk, and all that is asked of it stands in the address.

use std::borrow::Cow;

use billing::staff::Cursor;
use leptos::prelude::*;
use leptos_meta::Title;

use super::asked::Asked;

/// A column of a table that is taken along as a file: its heading, and what stands in it of a row.
pub type InFile<T> = (&'static str, fn(&T) -> String);

/// A column of a table.
#[derive(Clone, Copy)]
pub(super) struct Column {
    name: &'static str,
    class: Option<&'static str>,
    sort: Option<Sort>,
}

#[derive(Clone, Copy)]
struct Sort {
    key: &'static str,
    is_default: bool,
}

impl Column {
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            class: None,
            sort: None,
        }
    }

    /// Numbers, aligned at their end.
    pub const fn amount(mut self) -> Self {
        self.class = Some("amount");
        self
    }

    /// Shown where there is room for it.
    pub const fn wide(mut self) -> Self {
        self.class = Some(match self.class {
            Some(_) => "amount secondary-cell",
            None => "secondary-cell",
        });
        self
    }

    /// What can be sorted by this column, under this name in the address.
    pub const fn sorted(mut self, key: &'static str) -> Self {
        let is_default = false;
        self.sort = Some(Sort { key, is_default });
        self
    }

    /// What is sorted by this column unless the address names another.
    pub const fn sorted_first(mut self, key: &'static str) -> Self {
        let is_default = true;
        self.sort = Some(Sort { key, is_default });
        self
    }
}

/// A row: its first cell names it, and leads to its page, if it has one.
pub(super) struct Row {
    pub href: Option<String>,
    pub cells: Vec<AnyView>,
}

/// What can be filtered by.
pub(super) enum Filter {
    Text {
        name: &'static str,
        label: &'static str,
    },
    Day {
        name: &'static str,
        label: &'static str,
    },
    /// One of the words, each as it stands in the address and as it is shown.
    Choice {
        name: &'static str,
        label: &'static str,
        words: Vec<(String, String)>,
    },
}

/// A table with what surrounds it.
pub(super) struct Table {
    /// Says what the rows are; heard, not seen.
    pub caption: &'static str,
    pub columns: &'static [Column],
    pub rows: Vec<Row>,
    pub next: Option<Cursor>,
    pub filters: Vec<Filter>,
    /// Where the whole table is to be had as a file.
    pub export: Option<Cow<'static, str>>,
    /// What is said when there is no row, and nothing was filtered.
    pub empty: &'static str,
}

impl Table {
    /// A page that is this table alone.
    pub fn page(self, title: &'static str, asked: &Asked) -> AnyView {
        view! {
            <Title text=title/>
            <div class="desk-page">
                <h1>{title}</h1>
                {self.show(asked)}
            </div>
        }
        .into_any()
    }

    pub fn show(self, asked: &Asked) -> AnyView {
        let has_rows = !self.rows.is_empty();
        let empty = match asked.is_filtered() {
            true => "Nothing is like that.",
            false => self.empty,
        };
        let file = self
            .export
            .filter(|_| has_rows)
            .map(|path| asked.exported(&path));
        let next = self.next.map(|cursor| asked.continued(cursor));
        let begin = asked.is_continued().then(|| asked.from_the_beginning());
        let body = has_rows.then(|| rows(self.caption, self.columns, self.rows, asked));
        view! {
            {filters(self.filters, asked)}
            {body}
            {(!has_rows).then(|| view! { <p class="empty">{empty}</p> })}
            <nav class="table-parts" aria-label=format!("Parts of {}", self.caption)>
                {begin.map(|href| view! { <a href=href>"From the beginning"</a> })}
                {next.map(|href| view! { <a href=href rel="next">"Next"</a> })}
                {file.map(|href| view! { <a class="table-file" href=href download>"Export CSV"</a> })}
            </nav>
        }
        .into_any()
    }
}

fn rows(
    caption: &'static str,
    columns: &'static [Column],
    rows: Vec<Row>,
    asked: &Asked,
) -> AnyView {
    let headings = columns.iter().map(|column| heading(column, asked));
    let rows = rows.into_iter().map(|row| {
        let mut cells = row.cells.into_iter();
        let name = cells.next();
        let name = match row.href {
            Some(href) => view! { <a href=href>{name}</a> }.into_any(),
            None => name.into_any(),
        };
        let others = columns.iter().skip(1).zip(cells);
        let others = others.map(|(column, cell)| view! { <td class=column.class>{cell}</td> });
        view! {
            <tr>
                <th scope="row">{name}</th>
                {others.collect_view()}
            </tr>
        }
    });
    view! {
        <div class="table-scroll">
            <table class="desk-table">
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>{headings.collect_view()}</tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn heading(column: &Column, asked: &Asked) -> AnyView {
    let Some(Sort { key, is_default }) = column.sort else {
        return view! {
            <th scope="col" class=column.class>
                {column.name}
            </th>
        }
        .into_any();
    };
    view! {
        <th scope="col" class=column.class aria-sort=asked.sorted(key, is_default)>
            <a href=asked.sorted_by(key, is_default)>{column.name}</a>
        </th>
    }
    .into_any()
}

/// A form that asks the same page again: it works without a script, and Enter sends it.
fn filters(filters: Vec<Filter>, asked: &Asked) -> Option<AnyView> {
    if filters.is_empty() {
        return None;
    }
    let sort = asked.get("sort").map(str::to_owned);
    let clear = asked.is_filtered().then(|| asked.path().to_owned());
    let fields = filters.into_iter().map(|filter| field(filter, asked));
    let form = view! {
        <form class="filters" method="get" role="search" aria-label="Filter">
            {fields.collect_view()}
            {sort.map(|sort| view! { <input type="hidden" name="sort" value=sort/> })}
            <button class="button quiet" type="submit">
                "Filter"
            </button>
            {clear.map(|href| view! { <a href=href>"Show all"</a> })}
        </form>
    };
    Some(form.into_any())
}

fn field(filter: Filter, asked: &Asked) -> AnyView {
    let value = |name: &str| asked.get(name).map(str::to_owned);
    let (name, label, control) = match filter {
        Filter::Text { name, label } => {
            let input = view! { <input id=name name=name type="search" value=value(name)/> };
            (name, label, input.into_any())
        }
        Filter::Day { name, label } => {
            let input = view! { <input id=name name=name type="date" value=value(name)/> };
            (name, label, input.into_any())
        }
        Filter::Choice { name, label, words } => {
            let chosen = value(name);
            let options = words.into_iter().map(|(word, shown)| {
                let selected = chosen.as_ref() == Some(&word);
                view! {
                    <option value=word selected=selected>
                        {shown}
                    </option>
                }
            });
            let select = view! {
                <select id=name name=name>
                    <option value="">"All"</option>
                    {options.collect_view()}
                </select>
            };
            (name, label, select.into_any())
        }
    };
    view! {
        <div class="field">
            <label for=name>{label}</label>
            {control}
        </div>
    }
    .into_any()
}
