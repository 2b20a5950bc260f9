//! A key, and taking it back.

use billing::{api_key::ApiKey, id::ApiKeyId};
use leptos::prelude::*;
use leptos_meta::Title;

use super::state;
use crate::{
    Trouble,
    context::{self, FormState},
    desk::access::{self, Done, Reason},
    forms::ErrorSummary,
    problem::trouble,
    words,
};

#[component]
pub(in crate::desk) fn KeyPage() -> impl IntoView {
    let id: Option<ApiKeyId> = context::segment("id");
    let form = FormState::from_context();
    Suspend::new(async move {
        match load(id).await {
            Ok(key) => page(key, form),
            Err(what) => trouble(what),
        }
    })
}

async fn load(id: Option<ApiKeyId>) -> Result<ApiKey, Trouble> {
    let (billing, id) = (access::billing()?, id.ok_or(Trouble::NotFound)?);
    billing.find_api_key(id).await?.ok_or(Trouble::NotFound)
}

fn page(key: ApiKey, form: FormState) -> AnyView {
    let (id, is_revoked) = (key.id, key.revoked_at.is_some());
    let used = match key.last_used_at {
        Some(at) => view! { " Last used " <words::When time=at/> "." }.into_any(),
        None => " It was never used.".into_any(),
    };
    let revoking = (!is_revoked).then(|| {
        view! {
            <section aria-labelledby="revoke">
                <h2 id="revoke">"Take it back"</h2>
                <p class="hint">"Whoever uses it is refused at once, and for good."</p>
                <form method="post" action=format!("/admin/keys/{id}") class="stack desk-form">
                    <Reason form=form.clone()/>
                    <button class="button" type="submit">
                        "Revoke the key"
                    </button>
                </form>
            </section>
        }
    });
    view! {
        <Title text=key.name.clone()/>
        <div class="desk-page">
            <h1>{key.name}</h1>
            <Done/>
            <ErrorSummary form=form.clone()/>
            <p>
                "A " {state(is_revoked)} " key to " {key.scope.as_str()} ", made "
                <words::When time=key.created_at/> "." {used}
            </p>
            <p>
                <a href=format!("/admin/audit?subject={id}")>"What was done to it"</a>
            </p>
            {revoking}
        </div>
    }
    .into_any()
}
