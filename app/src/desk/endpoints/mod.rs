//! Where what happens is told.

mod endpoint;

use billing::events::{EventType, Listed};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    access::{self, Done, ShownOnce},
    asked::Asked,
    spoken,
    table::{Column, Row, Table},
};
use crate::{
    context::FormState,
    forms::{ErrorSummary, Field},
    problem::trouble,
};
pub(super) use endpoint::EndpointPage;
pub use endpoint::Tested;

const COLUMNS: &[Column] = &[
    Column::new("Address"),
    Column::new("State"),
    Column::new("Events").wide(),
    Column::new("Delivered").amount(),
    Column::new("On their way").amount(),
    Column::new("Given up").amount(),
];

#[component]
pub(super) fn EndpointsPage() -> impl IntoView {
    let form = FormState::from_context();
    let once = view! { <ShownOnce what="The secret that signs what is sent there"/> };
    Suspend::new(async move {
        let endpoints = async { Ok(access::billing()?.endpoints().await?) };
        match endpoints.await {
            Ok(endpoints) => page(endpoints, form, once.into_any()),
            Err(what) => trouble(what),
        }
    })
}

fn page(endpoints: Vec<Listed>, form: FormState, once: AnyView) -> AnyView {
    let table = Table {
        caption: "the endpoints",
        columns: COLUMNS,
        rows: endpoints.into_iter().map(row).collect(),
        next: None,
        filters: Vec::new(),
        export: None,
        empty: "Nobody is told what happens yet.",
    };
    let types = EventType::ALL.iter().map(|kind| {
        view! {
            <label class="check">
                <input type="checkbox" name="event" value=kind.as_str()/>
                {kind.as_str()}
            </label>
        }
    });
    view! {
        <Title text="Endpoints"/>
        <div class="desk-page">
            <h1>"Endpoints"</h1>
            <Done/>
            {once}
            <ErrorSummary form=form.clone()/>
            {table.show(&Asked::default())}
            <section aria-labelledby="add">
                <h2 id="add">"Add an endpoint"</h2>
                <form method="post" action="/admin/endpoints" class="stack desk-form">
                    <Field
                        name="url"
                        label="Address"
                        kind="url"
                        hint="https://…, or http:// on this machine."
                        form
                    />
                    <fieldset class="field">
                        <legend>"Which events; all, if you choose none"</legend>
                        {types.collect_view()}
                    </fieldset>
                    <button class="button" type="submit">
                        "Add and show the secret"
                    </button>
                </form>
            </section>
        </div>
    }
    .into_any()
}

fn row(listed: Listed) -> Row {
    let endpoint = listed.endpoint;
    let types: Vec<_> = endpoint.types.iter().map(|kind| kind.as_str()).collect();
    let types = match types.is_empty() {
        true => "all".to_owned(),
        false => types.join(", "),
    };
    let trouble = listed
        .trouble
        .map(|why| view! { <span class="secondary">{why}</span> });
    let state = state(endpoint.disabled_at.is_some());
    Row {
        href: Some(format!("/admin/endpoints/{}", endpoint.id)),
        cells: vec![
            endpoint.url.into_any(),
            view! { {state} {trouble} }.into_any(),
            types.into_any(),
            spoken::counted(listed.delivered).into_any(),
            spoken::counted(listed.pending).into_any(),
            spoken::counted(listed.failed).into_any(),
        ],
    }
}

fn state(is_disabled: bool) -> &'static str {
    if is_disabled { "disabled" } else { "enabled" }
}
