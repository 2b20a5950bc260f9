//! A passkey of one's own: its name, and the end of it.

use billing::{id::PasskeyId, staff::Passkey};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{Own, load};
use crate::{
    Trouble,
    context::{self, FormState},
    forms::{ErrorSummary, Field},
    problem::trouble,
    words,
};

#[component]
pub(in crate::desk) fn PasskeyPage() -> impl IntoView {
    let id: Option<PasskeyId> = context::segment("id");
    let form = FormState::from_context();
    Suspend::new(async move {
        match find(id).await {
            Ok((passkey, is_last)) => page(passkey, is_last, form),
            Err(what) => trouble(what),
        }
    })
}

async fn find(id: Option<PasskeyId>) -> Result<(Passkey, bool), Trouble> {
    let Own {
        standing, passkeys, ..
    } = load().await?;
    let passkey = passkeys.into_iter().find(|passkey| Some(passkey.id) == id);
    Ok((passkey.ok_or(Trouble::NotFound)?, standing.factors() == 1))
}

fn page(passkey: Passkey, is_last: bool, form: FormState) -> AnyView {
    let action = format!("/admin/security/passkeys/{}", passkey.id);
    let used = match passkey.last_used_at {
        Some(at) => view! { "Last used " <words::When time=at/> "." }.into_any(),
        None => "It was not used yet.".into_any(),
    };
    let remove = match is_last {
        true => view! {
            <p class="hint">"It is your only second factor. Add another one before you remove it."</p>
        }
        .into_any(),
        false => view! {
            <p class="hint">
                "It lets nobody in any more. The device still offers it until you delete it there, too."
            </p>
            <form method="post" action=action.clone()>
                <button id="passkey" class="button quiet" name="action" value="remove">
                    "Remove this passkey"
                </button>
            </form>
        }
        .into_any(),
    };
    view! {
        <Title text=passkey.name.clone()/>
        <div class="desk-page">
            <h1>{passkey.name.clone()}</h1>
            <ErrorSummary form=form.clone()/>
            <p>"Added " <words::When time=passkey.added_at/> ". " {used}</p>
            <form method="post" action=action class="stack desk-form">
                <Field name="name" label="Name" maxlength=60 value=passkey.name form/>
                <button class="button" name="action" value="rename">
                    "Rename"
                </button>
            </form>
            <section aria-labelledby="remove" class="stack">
                <h2 id="remove">"Remove it"</h2>
                {remove}
            </section>
            <p>
                <a href="/admin/security">"Back to your second factor"</a>
            </p>
        </div>
    }
    .into_any()
}
