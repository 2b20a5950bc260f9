//! What somebody has set up, and where they are signed in.

use billing::{
    people::Session,
    staff::{Passkey, Standing},
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    Own,
    ask::{next, ways},
};
use crate::{
    context::FormState,
    desk::{
        access::Done,
        asked::Asked,
        parts::button,
        table::{Column, Row, Table},
    },
    forms::ErrorSummary,
    pages::account::sessions::browser_name,
    words,
};

const PASSKEYS: &[Column] = &[
    Column::new("Passkey"),
    Column::new("Added"),
    Column::new("Last used"),
];

pub(super) fn overview(own: Own, form: FormState) -> AnyView {
    let factor = factor(&own, form.clone());
    view! {
        <Title text="Security"/>
        <div class="desk-page">
            <h1>"Security"</h1>
            <Done/>
            <ErrorSummary form/>
            <section aria-labelledby="factor" class="stack">
                <h2 id="factor">"Second factor"</h2>
                {factor}
            </section>
            <Sessions sessions=own.sessions this_session=own.session/>
        </div>
    }
    .into_any()
}

/// What there is, and how it is changed: only a moment after it was given.
fn factor(own: &Own, form: FormState) -> AnyView {
    let standing = own.standing;
    let passkeys = Table {
        caption: "your passkeys",
        columns: PASSKEYS,
        rows: own.passkeys.iter().cloned().map(row).collect(),
        next: None,
        filters: Vec::new(),
        export: None,
        empty: "You have no passkey.",
    };
    let change = match own.may_change {
        true => changes(standing),
        false => {
            let next = next(&form).unwrap_or_else(|| "/admin/security".to_owned());
            view! {
                <p>"To change it, give it once more."</p>
                {ways(own, Some(next), form)}
            }
            .into_any()
        }
    };
    view! {
        {stands(standing)}
        {passkeys.show(&Asked::default())}
        {change}
    }
    .into_any()
}

fn row(passkey: Passkey) -> Row {
    let used = match passkey.last_used_at {
        Some(at) => view! { <words::When time=at/> }.into_any(),
        None => "never".into_any(),
    };
    Row {
        href: Some(format!("/admin/security/passkeys/{}", passkey.id)),
        cells: vec![
            passkey.name.into_any(),
            view! { <words::When time=passkey.added_at/> }.into_any(),
            used,
        ],
    }
}

fn stands(standing: Standing) -> AnyView {
    if standing.factors() == 0 {
        return view! { <p>"You have none. Whoever knows your password is you."</p> }.into_any();
    }
    let app = match standing.set_up_at {
        Some(at) => {
            view! { "An app shows your codes since " <words::When time=at/> ". " }.into_any()
        }
        None => "No app shows codes of yours. ".into_any(),
    };
    let left = match standing.recovery_codes {
        0 => "No recovery code is left. Make new ones now.".to_owned(),
        1 => "1 recovery code is left. Make new ones soon.".to_owned(),
        codes => format!("{codes} recovery codes are left."),
    };
    view! { <p>{app} {left}</p> }.into_any()
}

fn changes(standing: Standing) -> AnyView {
    let has_app = standing.set_up_at.is_some();
    let app = if has_app {
        "Use another app"
    } else {
        "Set up an app"
    };
    view! {
        <div class="actions">
            <a class="button quiet" href="/admin/security/passkeys">
                "Add a passkey"
            </a>
            {button("/admin/security/authenticator/offer".to_owned(), app)}
            {(has_app && standing.passkeys > 0)
                .then(|| {
                    button("/admin/security/authenticator/remove".to_owned(), "Remove the app")
                })}
            {(standing.factors() > 0)
                .then(|| {
                    button("/admin/security/recovery-codes".to_owned(), "Make new recovery codes")
                })}
        </div>
    }
    .into_any()
}

#[component]
fn Sessions(sessions: Vec<Session>, this_session: Session) -> impl IntoView {
    let has_others = sessions.len() > 1;
    let rows = sessions.into_iter().map(|session| {
        let is_this = session.id == this_session.id;
        let name = browser_name(&session.user_agent);
        let end = format!("/admin/security/sessions/{}/end", session.id);
        let control = match is_this {
            true => view! { <span class="tag">"This browser"</span> }.into_any(),
            false => view! {
                <form method="post" action=end>
                    <button class="button quiet" type="submit">
                        "Sign out"
                        <span class="visually-hidden">" of " {name.clone()}</span>
                    </button>
                </form>
            }
            .into_any(),
        };
        view! {
            <li>
                <span>
                    {name}
                    <span class="secondary">
                        "Last seen " <words::When time=session.last_seen_at/>
                    </span>
                </span>
                {control}
            </li>
        }
    });
    view! {
        <section aria-labelledby="sessions" class="stack desk-form">
            <h2 id="sessions">"Where you are signed in"</h2>
            <ul class="sessions">{rows.collect_view()}</ul>
            {has_others
                .then(|| {
                    view! {
                        <form method="post" action="/admin/security/sessions/end-others">
                            <button class="button quiet" type="submit">
                                "Sign out everywhere else"
                            </button>
                        </form>
                    }
                })}
        </section>
    }
    .into_any()
}
