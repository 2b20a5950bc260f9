//! A member of staff, and what can be done about them.

use billing::{id::PersonId, staff::Member};
use leptos::prelude::*;
use leptos_meta::Title;

use super::roles;
use crate::{
    Trouble,
    context::{self, FormState},
    desk::access::{self, Choice, Done, Reason},
    forms::ErrorSummary,
    problem::trouble,
    words,
};

#[component]
pub(in crate::desk) fn MemberPage() -> impl IntoView {
    let id: Option<PersonId> = context::segment("id");
    let form = FormState::from_context();
    Suspend::new(async move {
        match load(id).await {
            Ok(member) => page(member, form),
            Err(what) => trouble(what),
        }
    })
}

async fn load(id: Option<PersonId>) -> Result<Member, Trouble> {
    let (billing, id) = (access::billing()?, id.ok_or(Trouble::NotFound)?);
    billing.member(id).await?.ok_or(Trouble::NotFound)
}

fn page(member: Member, form: FormState) -> AnyView {
    let action = format!("/admin/staff/{}", member.id);
    let log = format!("/admin/audit?subject={}", member.id);
    let did = format!("/admin/audit?who={}", words::escaped(&member.email));
    let factor = match (member.has_app, member.passkeys) {
        (false, 0) => "They have no second factor yet.".to_owned(),
        (true, 0) => "An app shows their codes.".to_owned(),
        (has_app, passkeys) => {
            let app = if has_app { "an app and " } else { "" };
            let keys = if passkeys == 1 { "passkey" } else { "passkeys" };
            format!("They have {app}{passkeys} {keys}.")
        }
    };
    let signed_in = match member.sessions {
        0 => "Signed in nowhere".to_owned(),
        1 => "Signed in in one browser".to_owned(),
        number => format!("Signed in in {number} browsers"),
    };
    let seen = member
        .last_seen_at
        .map(|at| view! { ", last seen " <words::When time=at/> });
    view! {
        <Title text=member.email.clone()/>
        <div class="desk-page">
            <h1>{member.email}</h1>
            <Done/>
            <ErrorSummary form=form.clone()/>
            <p>
                "Added " <words::When time=member.added_at/> ". " {factor} " " {signed_in} {seen} "."
            </p>
            <p>
                <a href=did>"What they did"</a>
                " · "
                <a href=log>"What was done about them"</a>
            </p>
            <section aria-labelledby="change">
                <h2 id="change">"Change"</h2>
                <form method="post" action=action class="stack desk-form">
                    <Reason form=form.clone()/>
                    <Choice
                        name="role"
                        label="Role"
                        words=roles()
                        chosen=member.role.as_str()
                        form
                    />
                    <div class="actions">
                        <button class="button" name="action" value="role">
                            "Change the role"
                        </button>
                        <button class="button quiet" name="action" value="sign-out">
                            "Sign out everywhere"
                        </button>
                        <button class="button quiet" name="action" value="reset">
                            "Reset the second factor"
                        </button>
                        <button class="button quiet" name="action" value="close">
                            "Close the account"
                        </button>
                    </div>
                    <p class="hint">
                        "A reset signs out, too. Closing cannot be undone; what they did stays in the audit log."
                    </p>
                </form>
            </section>
        </div>
    }
    .into_any()
}
