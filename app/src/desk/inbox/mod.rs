//! The inbox: every event that the gateway sent, and what came of it.

mod event;
mod refusals;
mod sandbox;

use std::time::Duration;

use billing::{
    clock::{Day, Time},
    inbox::{Counted, Event, EventStatus, Filter as Wanted},
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    asked::Asked,
    facts,
    parts::done,
    table::{Column, Filter, InFile, Row, Table},
};
use crate::{Trouble, context, problem::trouble, words};
pub(super) use event::EventPage;
pub use sandbox::OBJECT_HINT;

const COLUMNS: &[Column] = &[
    Column::new("Event"),
    Column::new("State"),
    Column::new("Why").wide(),
    Column::new("Transaction").wide(),
    Column::new("Received").amount().sorted_first("at"),
];

/// What was refused is shown for so long.
const REFUSED_WITHIN: Duration = Duration::from_secs(7 * 24 * 3600);

#[component]
pub(super) fn InboxPage() -> impl IntoView {
    let form = context::FormState::from_context();
    Suspend::new(async move {
        let asked = Asked::here();
        match load(&asked).await {
            Ok((table, refused)) => view! {
                <Title text="Inbox"/>
                <div class="desk-page">
                    <h1>"Inbox"</h1>
                    {done(&[("sent", "The sandbox sends the event. It is here in a moment.")])}
                    {refusals::refusals(&refused)}
                    {table.show(&asked)}
                    {sandbox::sender(form)}
                </div>
            }
            .into_any(),
            Err(what) => trouble(what),
        }
    })
}

async fn load(asked: &Asked) -> Result<(Table, Vec<Counted>), Trouble> {
    let billing = context::billing()?;
    let events = billing.inbox(&wanted(asked), asked.part()).await?;
    let since = billing.clock().now().minus(REFUSED_WITHIN);
    let refused = billing.refused_webhooks(since).await?;
    let states = EventStatus::ALL.iter().map(|status| {
        let word = status.as_str();
        (word.to_owned(), state(*status).to_owned())
    });
    let table = Table {
        caption: "events of the payment provider",
        columns: COLUMNS,
        rows: events.rows.into_iter().map(row).collect(),
        next: events.next,
        filters: vec![
            Filter::Choice {
                name: "state",
                label: "State",
                words: states.collect(),
            },
            Filter::Text {
                name: "type",
                label: "Type",
            },
            Filter::Text {
                name: "event",
                label: "Event id",
            },
            Filter::Text {
                name: "transaction",
                label: "Transaction",
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
        export: Some("/admin/inbox.csv".into()),
        empty: "The payment provider has not sent anything yet.",
    };
    Ok((table, refused))
}

/// Which events an address asks for.
pub fn wanted(asked: &Asked) -> Wanted {
    let day = |name| asked.read::<Day>(name);
    Wanted {
        status: asked.read("state"),
        kind: asked.get("type").map(str::to_lowercase),
        event: asked.get("event").map(str::to_owned),
        transaction: asked.read("transaction"),
        from: day("from").map(Day::begin),
        to: day("to").map(Day::end),
    }
}

fn row(event: Event) -> Row {
    let again = event.next_attempt_at.filter(|_| event.attempts > 0);
    let tries = match event.attempts {
        0 | 1 => None,
        tries => Some(format!("{tries} tries")),
    };
    let stands = view! {
        {state(event.status)}
        <span class="secondary">
            {tries} {again.map(|time| view! { " next " <words::When time/> })}
        </span>
    };
    let name = view! {
        {event.kind}
        <span class="secondary">
            <code>{event.event_id}</code>
        </span>
    };
    Row {
        href: Some(format!("/admin/inbox/{}", event.id)),
        cells: vec![
            name.into_any(),
            stands.into_any(),
            event.reason.into_any(),
            facts::transaction(event.transaction).into_any(),
            view! { <words::When time=event.received_at/> }.into_any(),
        ],
    }
}

/// How the state of an event is said.
pub(super) fn state(status: EventStatus) -> &'static str {
    match status {
        EventStatus::Received => "Received",
        EventStatus::Processed => "Processed",
        EventStatus::Ignored => "Means nothing here",
        EventStatus::Parked => "Parked",
        EventStatus::Failed => "Failing",
        EventStatus::SetAside => "Set aside",
    }
}

/// The columns of the file.
pub const FILE: &[InFile<Event>] = &[
    ("received_at", |event| Time::to_string(&event.received_at)),
    ("gateway", |event| event.gateway.clone()),
    ("event", |event| event.event_id.clone()),
    ("type", |event| event.kind.clone()),
    ("state", |event| event.status.to_string()),
    ("reason", |event| event.reason.clone().unwrap_or_default()),
    ("attempts", |event| event.attempts.to_string()),
    ("duplicates", |event| event.duplicates.to_string()),
    ("came_as", |event| event.witness.to_string()),
    ("transaction", |event| {
        event
            .transaction
            .map(|id| id.to_string())
            .unwrap_or_default()
    }),
];
