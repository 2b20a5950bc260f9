//! Who did what, to what, and why.

use billing::{
    clock::{Day, Time},
    staff::audit_log::{Action, Filter as Wanted, Line},
};
use leptos::prelude::*;

use super::{
    asked::Asked,
    table::{Column, Filter, InFile, Row, Table},
};
use crate::{Trouble, context, problem::trouble, words};

const COLUMNS: &[Column] = &[
    Column::new("When").sorted_first("at"),
    Column::new("Who"),
    Column::new("What"),
    Column::new("Why").wide(),
    Column::new("Before and after").wide(),
];

#[component]
pub(super) fn AuditPage() -> impl IntoView {
    Suspend::new(async move {
        let asked = Asked::here();
        match table(&asked).await {
            Ok(table) => table.page("Audit log", &asked),
            Err(what) => trouble(what),
        }
    })
}

async fn table(asked: &Asked) -> Result<Table, Trouble> {
    let log = context::billing()?;
    let lines = log.audit_log(&wanted(asked), asked.part()).await?;
    let actions = Action::ALL.iter().map(|action| {
        let word = action.as_str();
        (word.to_owned(), word.to_owned())
    });
    Ok(Table {
        caption: "the audit log",
        columns: COLUMNS,
        rows: lines.rows.into_iter().map(row).collect(),
        next: lines.next,
        filters: vec![
            Filter::Text {
                name: "who",
                label: "Who",
            },
            Filter::Choice {
                name: "action",
                label: "What",
                words: actions.collect(),
            },
            Filter::Text {
                name: "subject",
                label: "Id of what it was done to",
            },
            Filter::Day {
                name: "from",
                label: "From",
            },
            Filter::Day {
                name: "to",
                label: "To",
            },
        ],
        export: Some("/admin/audit.csv".into()),
        empty: "Nobody has done anything yet.",
    })
}

/// Which lines an address asks for.
pub fn wanted(asked: &Asked) -> Wanted {
    let day = |name| asked.read::<Day>(name);
    Wanted {
        who: asked.get("who").map(str::to_lowercase),
        action: asked.read("action"),
        customer: asked.read("customer"),
        subject: asked.get("subject").map(str::to_owned),
        from: day("from").map(Day::begin),
        to: day("to").map(Day::end),
    }
}

fn row(line: Line) -> Row {
    let Line {
        at, actor, deed, ..
    } = line;
    let role = actor.role.map(|role| role.as_str());
    let from = actor.address.map(|address| format!("from {address}"));
    let about = [role.map(str::to_owned), from];
    let about: Vec<_> = about.into_iter().flatten().collect();
    let who = view! { {actor.name} <span class="secondary">{about.join(", ")}</span> };
    let what = view! {
        {deed.action.as_str()}
        <span class="secondary">
            {deed.kind.as_str().replace('_', " ")} " " <code>{deed.subject}</code>
        </span>
    };
    let values = [deed.before, deed.after].map(|value| {
        value.map(|value| view! { <code class="secondary">{value.to_string()}</code> })
    });
    Row {
        href: None,
        cells: vec![
            view! { <words::When time=at/> }.into_any(),
            who.into_any(),
            what.into_any(),
            deed.reason.into_any(),
            values.into_any(),
        ],
    }
}

/// The columns of the file.
pub const FILE: &[InFile<Line>] = &[
    ("at", |line| Time::to_string(&line.at)),
    ("who", |line| line.actor.name.clone()),
    ("role", |line| words_of(line.actor.role)),
    ("address", |line| {
        line.actor.address.clone().unwrap_or_default()
    }),
    ("action", |line| line.deed.action.to_string()),
    ("subject_kind", |line| line.deed.kind.to_string()),
    ("subject", |line| line.deed.subject.clone()),
    ("customer", |line| words_of(line.deed.customer)),
    ("reason", |line| line.deed.reason.clone()),
    ("before", |line| words_of(line.deed.before.as_ref())),
    ("after", |line| words_of(line.deed.after.as_ref())),
];

fn words_of(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
