//! What staff wrote and did about a customer, what they were written, and where they are signed in.

use billing::{
    id::CustomerId,
    mail::Mail,
    people::Session,
    staff::{Permission, audit_log::Line, customers::Note},
};
use leptos::prelude::*;

use super::super::{
    parts::{Key, button, linked, may},
    spoken,
};
use crate::{context::FormState, words};

pub(super) fn notes(id: CustomerId, notes: Vec<Note>, is_open: bool) -> AnyView {
    let is_empty = notes.is_empty();
    let items = notes.into_iter().map(|note| {
        view! {
            <li>
                <words::When time=note.at/>
                <div>
                    <p class="as-typed">{note.text}</p>
                    <p class="secondary">{note.by}</p>
                </div>
            </li>
        }
    });
    let write = (is_open && may(Permission::Help)).then(|| write_note(id));
    view! {
        <section aria-labelledby="notes">
            <h2 id="notes">"Notes"</h2>
            {write}
            {is_empty.then(|| view! { <p class="empty">"Nobody has noted anything."</p> })}
            <ul class="timeline">{items.collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn write_note(id: CustomerId) -> AnyView {
    let form = FormState::from_context();
    let error = form.errors.get("text").cloned();
    view! {
        <form method="post" action=format!("/admin/customers/{id}/notes") class="beside">
            <Key form=form.clone()/>
            <div class="field">
                <label for="text">"New note"</label>
                <textarea
                    id="text"
                    name="text"
                    rows="2"
                    maxlength="2000"
                    required
                    autofocus=error.is_some()
                    aria-invalid=error.is_some().then_some("true")
                    aria-describedby=error.is_some().then_some("text-error")
                >
                    {form.value("text")}
                </textarea>
                {error.map(|error| view! { <p class="field-error" id="text-error">{error}</p> })}
            </div>
            <button class="button quiet" type="submit">
                "Keep the note"
            </button>
        </form>
    }
    .into_any()
}

pub(super) fn sessions(id: CustomerId, sessions: Vec<Session>) -> AnyView {
    let is_empty = sessions.is_empty();
    let end = (!is_empty && may(Permission::Help)).then(|| {
        button(
            format!("/admin/customers/{id}/sign-out"),
            "Sign them out everywhere",
        )
    });
    let items = sessions.into_iter().map(|session| {
        view! {
            <li>
                <span>
                    {session.user_agent}
                    <span class="secondary">
                        "Since " <words::When time=session.created_at/> ", last seen "
                        <words::When time=session.last_seen_at/>
                    </span>
                </span>
            </li>
        }
    });
    view! {
        <section aria-labelledby="sessions">
            <h2 id="sessions">"Signed in"</h2>
            {is_empty.then(|| view! { <p class="empty">"Nowhere."</p> })}
            <ul class="sessions">{items.collect_view()}</ul>
            {end}
        </section>
    }
    .into_any()
}

pub(super) fn mails(mails: Vec<Mail>) -> AnyView {
    let is_empty = mails.is_empty();
    let items = mails.into_iter().map(|mail| {
        let href = format!("/admin/mails/{}", mail.id);
        let about = match mail.error {
            Some(error) => format!("{}: {error}", spoken::mail_status(mail.status)),
            None => spoken::mail_status(mail.status).to_owned(),
        };
        view! {
            <li>
                <words::When time=mail.created_at/>
                <div>
                    <p>{linked(href, words::code(mail.letter.name()))}</p>
                    <p class="secondary">{about}</p>
                </div>
            </li>
        }
    });
    view! {
        <section aria-labelledby="mails">
            <h2 id="mails">"Mails"</h2>
            {is_empty.then(|| view! { <p class="empty">"Nothing was sent."</p> })}
            <ul class="timeline">{items.collect_view()}</ul>
        </section>
    }
    .into_any()
}

pub(super) fn deeds(id: CustomerId, lines: Vec<Line>) -> AnyView {
    let is_empty = lines.is_empty();
    let items = lines.into_iter().map(|line| {
        let why = match line.deed.reason.as_str() {
            "" => line.actor.name,
            reason => format!("{}: {reason}", line.actor.name),
        };
        view! {
            <li>
                <words::When time=line.at/>
                <div>
                    <p>{line.deed.action.as_str()}</p>
                    <p class="secondary">{why}</p>
                </div>
            </li>
        }
    });
    view! {
        <section aria-labelledby="deeds">
            <h2 id="deeds">"What staff did"</h2>
            {is_empty.then(|| view! { <p class="empty">"Nothing."</p> })}
            <ul class="timeline">{items.collect_view()}</ul>
            {(!is_empty)
                .then(|| {
                    view! {
                        <p>
                            <a href=format!("/admin/audit?customer={id}")>"All of it"</a>
                        </p>
                    }
                })}
        </section>
    }
    .into_any()
}
