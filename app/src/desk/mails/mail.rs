//! One mail: what became of it, and what its reader sees.

use billing::{
    id::MailId,
    mail::{Mail, MailStatus},
    staff::Permission,
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::state;
use crate::{
    Trouble,
    context::{self, FormState},
    desk::{
        facts::{facts, text},
        parts::{done, may},
    },
    forms::ErrorSummary,
    problem::trouble,
    words,
};

const DONE: &[(&str, &str)] = &[("again", "It is on its way.")];

#[component]
pub(in crate::desk) fn MailPage() -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move {
        let found = async {
            let id: MailId = context::segment("mail").ok_or(Trouble::NotFound)?;
            let billing = context::billing()?;
            let mail = billing.mail(id).await?.ok_or(Trouble::NotFound)?;
            let subject = billing.preview(&mail).subject;
            Ok::<_, Trouble>((mail, subject))
        };
        match found.await {
            Ok((mail, subject)) => page(mail, subject, form),
            Err(what) => trouble(what),
        }
    })
}

fn page(mail: Mail, subject: String, form: FormState) -> AnyView {
    let when = |time| view! { <words::When time/> }.into_any();
    let log = format!("/admin/audit?subject={}", mail.id);
    let preview = format!("/admin/mails/{}/preview", mail.id);
    let again = may(Permission::Help).then(|| again(&mail, form)).flatten();
    let to = Some(mail.email).filter(|email| !email.is_empty());
    view! {
        <Title text=subject.clone()/>
        <div class="desk-page">
            <h1>{subject}</h1>
            {done(DONE)}
            {facts([
                ("To", text(to)),
                ("Kind", text(Some(words::code(mail.letter.name())))),
                ("State", text(Some(state(mail.status)))),
                ("Why", text(mail.error)),
                ("Tries", text(Some(mail.attempts))),
                ("Owed since", Some(when(mail.created_at))),
                ("Next try", mail.next_attempt_at.map(when)),
                ("Sent", mail.sent_at.map(when)),
                ("What was done", Some(view! { <a href=log>"In the audit log"</a> }.into_any())),
            ])}
            {again}
            <section aria-labelledby="preview">
                <h2 id="preview">"What its reader sees"</h2>
                <p class="hint">
                    "Links that only the reader may follow are replaced."
                </p>
                <iframe class="mail-preview" title="The mail" src=preview sandbox=""></iframe>
            </section>
            <p class="aside">
                <a href="/admin/mails">"All mails"</a>
            </p>
        </div>
    }
    .into_any()
}

fn again(mail: &Mail, form: FormState) -> Option<AnyView> {
    let label = match mail.status {
        MailStatus::Owed => "Try now",
        MailStatus::Sent | MailStatus::GivenUp => "Send again",
        MailStatus::Withdrawn => return None,
    };
    // Made now, so that a second click sends no second mail.
    let copy = MailId::new();
    let section = view! {
        <section aria-labelledby="do">
            <h2 id="do">"What to do"</h2>
            <p class="hint">
                "It goes to the address that its reader has now. A link that works once is replaced by a "
                "new one."
            </p>
            <ErrorSummary form/>
            <form method="post" action=format!("/admin/mails/{}", mail.id)>
                <input type="hidden" name="copy" value=copy.to_string()/>
                <button class="button" type="submit">
                    {label}
                </button>
            </form>
        </section>
    };
    Some(section.into_any())
}
