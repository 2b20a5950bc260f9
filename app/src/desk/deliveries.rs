//! What products and operators' systems were told, and whether it got there.

use billing::{
    clock::Time,
    events::{DeliveryStatus, Event, Filter as Wanted, Listed, Sent},
    staff::Permission,
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    asked::Asked,
    facts,
    parts::{done, may},
    table::{Column, Filter, InFile, Row, Table},
};
use crate::{
    Trouble,
    context::{self, FormState},
    forms::ErrorSummary,
    problem::trouble,
    words,
};

const COLUMNS: &[Column] = &[
    Column::new("Event"),
    Column::new("To"),
    Column::new("State"),
    Column::new("Last answer"),
    Column::new("Once more").wide(),
    Column::new("Told").amount().sorted_first("at"),
];

#[component]
pub(super) fn DeliveriesPage() -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move {
        let asked = Asked::here();
        match load(&asked).await {
            Ok((table, event)) => view! {
                <Title text="Deliveries"/>
                <div class="desk-page">
                    <h1>"Deliveries"</h1>
                    {done(&[("replayed", "The event is on its way once more.")])}
                    <ErrorSummary form/>
                    {table.show(&asked)}
                    {event.map(told)}
                </div>
            }
            .into_any(),
            Err(what) => trouble(what),
        }
    })
}

async fn load(asked: &Asked) -> Result<(Table, Option<Event>), Trouble> {
    let billing = context::billing()?;
    let wanted = wanted(asked);
    let sent = billing.deliveries(&wanted, asked.part()).await?;
    let endpoints = billing.endpoints().await?.into_iter();
    let endpoints =
        endpoints.map(|Listed { endpoint, .. }| (endpoint.id.to_string(), endpoint.url));
    let event = match wanted.event {
        Some(id) => billing.event(id).await?,
        None => None,
    };
    let states = DeliveryStatus::ALL.iter().map(|status| {
        let word = status.as_str();
        (word.to_owned(), state(*status).to_owned())
    });
    let may_replay = may(Permission::Help);
    let table = Table {
        caption: "deliveries",
        columns: COLUMNS,
        rows: sent
            .rows
            .into_iter()
            .map(|sent| row(sent, may_replay))
            .collect(),
        next: sent.next,
        filters: vec![
            Filter::Choice {
                name: "state",
                label: "State",
                words: states.collect(),
            },
            Filter::Choice {
                name: "endpoint",
                label: "To",
                words: endpoints.collect(),
            },
            Filter::Text {
                name: "event",
                label: "Event id",
            },
        ],
        export: Some("/admin/deliveries.csv".into()),
        empty: "Nobody is told anything yet: there is no endpoint, or nothing has happened since.",
    };
    Ok((table, event))
}

/// Which deliveries an address asks for.
pub fn wanted(asked: &Asked) -> Wanted {
    Wanted {
        status: asked.read("state"),
        endpoint: asked.read("endpoint"),
        event: asked.read("event"),
    }
}

fn row(sent: Sent, may_replay: bool) -> Row {
    let answer = match sent.answer {
        Some(answer) => answer.to_string(),
        None => String::new(),
    };
    let tries = match sent.attempts {
        1 => "1 try".to_owned(),
        tries => format!("{tries} tries"),
    };
    let again = sent.next_attempt_at.filter(|_| sent.attempts > 0);
    let stands = view! {
        {state(sent.status)}
        <span class="secondary">
            {tries} {again.map(|time| view! { ", next " <words::When time/> })}
        </span>
    };
    let answered = view! {
        {answer}
        <span class="secondary">{sent.error}</span>
    };
    let replay = may_replay.then(|| {
        view! {
            <form method="post" action="/admin/deliveries">
                <input type="hidden" name="event" value=sent.event.to_string()/>
                <input type="hidden" name="endpoint" value=sent.endpoint.to_string()/>
                <button class="button quiet" type="submit">
                    "Send again"
                </button>
            </form>
        }
    });
    Row {
        href: Some(format!("/admin/deliveries?event={}", sent.event)),
        cells: vec![
            sent.kind.as_str().into_any(),
            sent.url.into_any(),
            stands.into_any(),
            answered.into_any(),
            replay.into_any(),
            view! { <words::When time=sent.told_at/> }.into_any(),
        ],
    }
}

/// What an event says, below its deliveries.
fn told(event: Event) -> AnyView {
    let customer = view! {
        <a href=format!("/admin/customers/{}", event.customer)>
            <code>{event.customer.to_string()}</code>
        </a>
    };
    view! {
        <section aria-labelledby="told">
            <h2 id="told">"What is told"</h2>
            {facts::facts([
                ("Event", facts::code(Some(event.id))),
                ("Type", facts::text(Some(event.kind))),
                ("Customer", Some(customer.into_any())),
            ])}
            <pre class="desk-body" tabindex="0" aria-labelledby="told">
                {event.data_in_lines()}
            </pre>
        </section>
    }
    .into_any()
}

fn state(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Pending => "On its way",
        DeliveryStatus::Delivered => "Delivered",
        DeliveryStatus::Failed => "Given up",
    }
}

/// The columns of the file.
pub const FILE: &[InFile<Sent>] = &[
    ("told_at", |sent| Time::to_string(&sent.told_at)),
    ("event", |sent| sent.event.to_string()),
    ("type", |sent| sent.kind.to_string()),
    ("customer", |sent| sent.customer.to_string()),
    ("endpoint", |sent| sent.url.clone()),
    ("state", |sent| sent.status.to_string()),
    ("attempts", |sent| sent.attempts.to_string()),
    ("answer", |sent| {
        sent.answer
            .map(|answer| answer.to_string())
            .unwrap_or_default()
    }),
    ("error", |sent| sent.error.clone().unwrap_or_default()),
    ("delivered_at", |sent| {
        sent.delivered_at
            .map(|at| at.to_string())
            .unwrap_or_default()
    }),
];
