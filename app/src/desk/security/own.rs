//! What somebody has set up, and where they are signed in.

use billing::{people::Session, staff::Standing};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    Own,
    ask::{CodeForm, next},
};
use crate::{
    context::FormState, desk::access::Done, forms::ErrorSummary,
    pages::account::sessions::browser_name, words,
};

pub(super) fn overview(own: Own, form: FormState) -> AnyView {
    let Own {
        session,
        sessions,
        standing,
        is_fresh,
    } = own;
    view! {
        <Title text="Security"/>
        <div class="desk-page">
            <h1>"Security"</h1>
            <Done/>
            <ErrorSummary form=form.clone()/>
            <section aria-labelledby="factor" class="stack">
                <h2 id="factor">"Second factor"</h2>
                {stands(standing)}
                {match is_fresh || standing.set_up_at.is_none() {
                    true => changes(standing),
                    false => {
                        view! {
                            <p>"To change it, give your code once more."</p>
                            <CodeForm
                                next=Some(next(&form).unwrap_or_else(|| "/admin/security".to_owned()))
                                label="Give the code"
                                form
                            />
                        }
                            .into_any()
                    }
                }}
            </section>
            <Sessions sessions this_session=session/>
        </div>
    }
    .into_any()
}

fn stands(standing: Standing) -> AnyView {
    let left = match standing.recovery_codes {
        0 => "No recovery code is left. Make new ones now.".to_owned(),
        1 => "1 recovery code is left. Make new ones soon.".to_owned(),
        codes => format!("{codes} recovery codes are left."),
    };
    match standing.set_up_at {
        Some(at) => view! {
            <p>"An app shows your codes since " <words::When time=at/> "."</p>
            <p>{left}</p>
        }
        .into_any(),
        None => view! { <p>"You have none. Whoever knows your password is you."</p> }.into_any(),
    }
}

fn changes(standing: Standing) -> AnyView {
    let renew = standing.set_up_at.is_some().then(|| {
        view! {
            <form method="post" action="/admin/security/recovery-codes">
                <button class="button quiet" type="submit">
                    "Make new recovery codes"
                </button>
            </form>
        }
    });
    view! {
        <div class="actions">
            <form method="post" action="/admin/security/authenticator/offer">
                <button class="button quiet" type="submit">
                    {if standing.set_up_at.is_some() { "Use another app" } else { "Set up an app" }}
                </button>
            </form>
            {renew}
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
