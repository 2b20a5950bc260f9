//! The keys with which programs use the API.

mod key;

use billing::api_key::{ApiKey, Scope};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    access::{self, Choice, Done, ShownOnce},
    asked::Asked,
    table::{Column, Row, Table},
};
use crate::{
    context::FormState,
    forms::{ErrorSummary, Field},
    problem::trouble,
    words,
};
pub(super) use key::KeyPage;

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("May"),
    Column::new("State"),
    Column::new("Last used"),
    Column::new("Made").wide(),
];

#[component]
pub(super) fn KeysPage() -> impl IntoView {
    let form = FormState::from_context();
    let once = view! { <ShownOnce what="The new key. It is not shown again"/> };
    Suspend::new(async move {
        let keys = async { Ok(access::billing()?.api_keys().await?) };
        match keys.await {
            Ok(keys) => page(keys, form, once.into_any()),
            Err(what) => trouble(what),
        }
    })
}

fn page(keys: Vec<ApiKey>, form: FormState, once: AnyView) -> AnyView {
    let table = Table {
        caption: "the keys",
        columns: COLUMNS,
        rows: keys.into_iter().map(row).collect(),
        next: None,
        filters: Vec::new(),
        export: None,
        empty: "No program uses the API yet.",
    };
    let scopes = Scope::ALL.iter().map(|scope| scope.as_str());
    view! {
        <Title text="API keys"/>
        <div class="desk-page">
            <h1>"API keys"</h1>
            <Done/>
            {once}
            <ErrorSummary form=form.clone()/>
            {table.show(&Asked::default())}
            <section aria-labelledby="add">
                <h2 id="add">"Add a key"</h2>
                <form method="post" action="/admin/keys" class="stack desk-form">
                    <Field
                        name="name"
                        label="Name"
                        hint="Which product, which server."
                        maxlength=100
                        form=form.clone()
                    />
                    <Choice
                        name="scope"
                        label="It may"
                        words=scopes.collect()
                        chosen="write"
                        form
                    />
                    <button class="button" type="submit">
                        "Add and show the key"
                    </button>
                </form>
            </section>
        </div>
    }
    .into_any()
}

fn row(key: ApiKey) -> Row {
    let used = match key.last_used_at {
        Some(at) => view! { <words::When time=at/> }.into_any(),
        None => "never".into_any(),
    };
    Row {
        href: Some(format!("/admin/keys/{}", key.id)),
        cells: vec![
            key.name.into_any(),
            key.scope.as_str().into_any(),
            state(key.revoked_at.is_some()).into_any(),
            used,
            view! { <words::When time=key.created_at/> }.into_any(),
        ],
    }
}

fn state(is_revoked: bool) -> &'static str {
    if is_revoked { "revoked" } else { "valid" }
}
