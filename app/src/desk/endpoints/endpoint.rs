//! An endpoint: trying it, its secret, and telling it nothing more.

use billing::{events::Listed, id::EndpointId};
use leptos::prelude::*;
use leptos_meta::Title;

use super::state;
use crate::{
    Trouble,
    context::{self, FormState},
    desk::{
        access::{self, Done, Reason, ShownOnce},
        spoken::counted,
    },
    forms::{ErrorSummary, Field},
    problem::trouble,
    words,
};

/// What came of a test event, in words. In the context of the page that answers it.
#[derive(Clone, Debug)]
pub struct Tested(pub String);

#[component]
pub(in crate::desk) fn EndpointPage() -> impl IntoView {
    let id: Option<EndpointId> = context::segment("id");
    let form = FormState::from_context();
    let tested = use_context().map(|Tested(answer)| {
        view! {
            <p class="done" role="status">
                {answer}
            </p>
        }
    });
    let once = view! { <ShownOnce what="The secret that signs what is sent there"/> };
    let news = view! { {tested} {once} }.into_any();
    Suspend::new(async move {
        match load(id).await {
            Ok(listed) => page(listed, form, news),
            Err(what) => trouble(what),
        }
    })
}

async fn load(id: Option<EndpointId>) -> Result<Listed, Trouble> {
    let (billing, id) = (access::billing()?, id.ok_or(Trouble::NotFound)?);
    billing.endpoint(id).await?.ok_or(Trouble::NotFound)
}

fn page(listed: Listed, form: FormState, news: AnyView) -> AnyView {
    let endpoint = listed.endpoint;
    let (id, is_disabled) = (endpoint.id, endpoint.disabled_at.is_some());
    let actions = (!is_disabled).then(|| actions(id, form.clone()));
    view! {
        <Title text="Endpoint"/>
        <div class="desk-page">
            <h1 class="secret">{endpoint.url}</h1>
            <Done/>
            {news}
            <ErrorSummary form/>
            <p>
                "It is " {state(is_disabled)} ". Added " <words::When time=endpoint.created_at/> ". "
                {counted(listed.delivered)} " delivered, " {counted(listed.pending)} " on their way, "
                {counted(listed.failed)} " given up."
            </p>
            {listed.trouble.map(|why| view! { <p>"The last one in vain: " {why}</p> })}
            <p>
                <a href=format!("/admin/deliveries?endpoint={id}")>"What is sent there"</a>
                " · "
                <a href=format!("/admin/audit?subject={id}")>"What was done to it"</a>
            </p>
            {actions}
        </div>
    }
    .into_any()
}

fn actions(id: EndpointId, form: FormState) -> AnyView {
    view! {
        <section aria-labelledby="try">
            <h2 id="try">"Try it"</h2>
            <div class="actions">
                <form method="post" action=format!("/admin/endpoints/{id}/test")>
                    <button class="button quiet" type="submit">
                        "Send a test event"
                    </button>
                </form>
                <form method="post" action=format!("/admin/endpoints/{id}/secret")>
                    <button class="button quiet" type="submit">
                        "Show the secret"
                    </button>
                </form>
            </div>
            <p class="hint">
                "The secret is shown a moment after you gave your second factor, and that is written down."
            </p>
        </section>
        <section aria-labelledby="again">
            <h2 id="again">"Tell it once more"</h2>
            <p class="hint">
                "All that it was told since that day began (UTC), or would have been, as for one that was away for "
                "more than three days. Ids stay the same, so whoever has an event already can tell."
            </p>
            <form method="post" action=format!("/admin/endpoints/{id}/replay") class="stack desk-form">
                <Field name="since" label="Since" kind="date" form=form.clone()/>
                <button class="button quiet" type="submit">
                    "Tell it once more"
                </button>
            </form>
        </section>
        <section aria-labelledby="disable">
            <h2 id="disable">"Tell it nothing more"</h2>
            <p class="hint">"At once and for good; what is on its way is given up."</p>
            <form method="post" action=format!("/admin/endpoints/{id}") class="stack desk-form">
                <Reason form/>
                <button class="button" type="submit">
                    "Disable the endpoint"
                </button>
            </form>
        </section>
    }
    .into_any()
}
