//! One event: how it came, what it says, what came of it, and what can be done about it.

use billing::{
    id::InboxId,
    inbox::{Event, EventStatus},
    staff::Permission,
    transaction::Transaction,
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::state;
use crate::{
    Trouble,
    context::{self, FormState},
    desk::{
        facts::{code, facts, text, transaction},
        parts::{done, may},
    },
    forms::{ErrorSummary, Field},
    problem::trouble,
    words,
};

const DONE: &[(&str, &str)] = &[
    ("handled", "It was handled, and is done."),
    (
        "tried",
        "It was tried, and is not done: the reason stands below.",
    ),
    (
        "set-aside",
        "It is set aside. Nothing comes of it until it is taken back.",
    ),
    (
        "taken-back",
        "It is taken back, and is handled within a moment.",
    ),
];

#[component]
pub(in crate::desk) fn EventPage() -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move {
        let found = async {
            let id: InboxId = context::segment("event").ok_or(Trouble::NotFound)?;
            let found = context::billing()?.inbox_event(id).await?;
            found.ok_or(Trouble::NotFound)
        };
        match found.await {
            Ok((event, led_to)) => page(event, led_to, form),
            Err(what) => trouble(what),
        }
    })
}

fn page(event: Event, led_to: Option<Transaction>, form: FormState) -> AnyView {
    let when = |time| view! { <words::When time/> }.into_any();
    let is_found = event.signature.is_none();
    let came = match is_found {
        true => "Found in the list of the payment provider, which had not sent it",
        false => "Sent to us, and its signature was right",
    };
    let log = format!("/admin/audit?subject={}", event.id);
    let actions = may(Permission::Help).then(|| actions(&event, form));
    let body = event.body_in_lines();
    view! {
        <Title text=event.kind.clone()/>
        <div class="desk-page">
            <h1>{event.kind.clone()}</h1>
            {done(DONE)}
            {facts([
                ("Event", code(Some(event.event_id))),
                ("State", text(Some(state(event.status)))),
                ("Why", text(event.reason)),
                ("Tries", text(Some(event.attempts))),
                ("Next try", event.next_attempt_at.map(when)),
                ("Came again", text(Some(event.duplicates).filter(|times| *times > 0))),
                ("Led to", transaction(led_to.map(|transaction| transaction.id))),
                ("Received", Some(when(event.received_at))),
                ("How", text(Some(came))),
                ("Sender", text(event.user_agent)),
                ("Stripe-Signature", code(event.signature)),
                ("What was done", Some(view! { <a href=log>"In the audit log"</a> }.into_any())),
            ])}
            {actions}
            <section aria-labelledby="body">
                <h2 id="body">"What it says"</h2>
                <pre class="desk-body" tabindex="0" aria-labelledby="body">
                    {body}
                </pre>
            </section>
            <p class="aside">
                <a href="/admin/inbox">"All events"</a>
            </p>
        </div>
    }
    .into_any()
}

fn actions(event: &Event, form: FormState) -> AnyView {
    let action = format!("/admin/inbox/{}", event.id);
    let again = view! {
        <form method="post" action=action.clone()>
            <button class="button" type="submit" name="do" value="again">
                "Handle again"
            </button>
        </form>
    };
    let second = match event.status {
        EventStatus::SetAside => view! {
            <form method="post" action=action>
                <button class="button quiet" type="submit" name="do" value="take-back">
                    "Take back"
                </button>
            </form>
        }
        .into_any(),
        EventStatus::Received | EventStatus::Parked | EventStatus::Failed => view! {
            <form method="post" action=action class="beside">
                <input type="hidden" name="do" value="set-aside"/>
                <Field name="reason" label="Why nothing is to come of it" maxlength=500 form=form.clone()/>
                <button class="button quiet" type="submit">
                    "Set aside"
                </button>
            </form>
        }
        .into_any(),
        EventStatus::Processed | EventStatus::Ignored => ().into_any(),
    };
    view! {
        <section aria-labelledby="do">
            <h2 id="do">"What to do"</h2>
            <p class="hint">
                "Handling it again changes nothing that is in the books: every event may come twice."
            </p>
            <ErrorSummary form=form/>
            <div class="desk-actions">{again} {second}</div>
        </section>
    }
    .into_any()
}
