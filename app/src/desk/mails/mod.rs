//! The outbox: every mail that we owe or owed.

mod mail;

use billing::{
    clock::{Day, Time},
    mail::{Filter as Wanted, Letter, Mail, MailStatus},
};
use leptos::prelude::*;

use super::{
    asked::Asked,
    table::{Column, Filter, InFile, Row, Table},
};
use crate::{Trouble, context, problem::trouble, words};
pub(super) use mail::MailPage;

const COLUMNS: &[Column] = &[
    Column::new("Mail"),
    Column::new("To"),
    Column::new("State"),
    Column::new("Why").wide(),
    Column::new("Since").amount().sorted_first("at"),
];

#[component]
pub(super) fn MailsPage() -> impl IntoView {
    Suspend::new(async move {
        let asked = Asked::here();
        match table(&asked).await {
            Ok(table) => table.page("Mails", &asked),
            Err(what) => trouble(what),
        }
    })
}

async fn table(asked: &Asked) -> Result<Table, Trouble> {
    let billing = context::billing()?;
    let mails = billing.mails(&wanted(asked), asked.part()).await?;
    let states = MailStatus::ALL.iter().map(|status| {
        let word = status.as_str();
        (word.to_owned(), state(*status).to_owned())
    });
    let letters = Letter::NAMES.iter();
    let letters = letters.map(|name| ((*name).to_owned(), words::code(name)));
    Ok(Table {
        caption: "mails",
        columns: COLUMNS,
        rows: mails.rows.into_iter().map(row).collect(),
        next: mails.next,
        filters: vec![
            Filter::Choice {
                name: "state",
                label: "State",
                words: states.collect(),
            },
            Filter::Choice {
                name: "letter",
                label: "Kind",
                words: letters.collect(),
            },
            Filter::Text {
                name: "email",
                label: "To",
            },
            Filter::Day {
                name: "from",
                label: "From",
            },
            Filter::Day {
                name: "to",
                label: "Until",
            },
        ],
        export: Some("/admin/mails.csv".into()),
        empty: "No mail has been written yet.",
    })
}

/// Which mails an address asks for.
pub fn wanted(asked: &Asked) -> Wanted {
    let day = |name| asked.read::<Day>(name);
    Wanted {
        status: asked.read("state"),
        letter: asked.get("letter").map(str::to_owned),
        email: asked.get("email").map(str::to_lowercase),
        from: day("from").map(Day::begin),
        to: day("to").map(Day::end),
    }
}

fn row(mail: Mail) -> Row {
    let again = mail.next_attempt_at.filter(|_| mail.attempts > 0);
    let stands = view! {
        {state(mail.status)}
        <span class="secondary">
            {again.map(|time| view! { "Next try " <words::When time/> })}
        </span>
    };
    Row {
        href: Some(format!("/admin/mails/{}", mail.id)),
        cells: vec![
            words::code(mail.letter.name()).into_any(),
            mail.email.into_any(),
            stands.into_any(),
            mail.error.into_any(),
            view! { <words::When time=mail.created_at/> }.into_any(),
        ],
    }
}

/// How the state of a mail is said.
fn state(status: MailStatus) -> &'static str {
    match status {
        MailStatus::Owed => "On its way",
        MailStatus::Sent => "Sent",
        MailStatus::GivenUp => "Given up",
        MailStatus::Withdrawn => "Withdrawn",
    }
}

/// The columns of the file.
pub const FILE: &[InFile<Mail>] = &[
    ("created_at", |mail| Time::to_string(&mail.created_at)),
    ("letter", |mail| mail.letter.name().to_owned()),
    ("to", |mail| mail.email.clone()),
    ("state", |mail| mail.status.to_string()),
    ("attempts", |mail| mail.attempts.to_string()),
    ("sent_at", |mail| {
        mail.sent_at.map(|at| at.to_string()).unwrap_or_default()
    }),
    ("error", |mail| mail.error.clone().unwrap_or_default()),
];
