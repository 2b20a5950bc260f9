//! Reconciliations: what the gateway says it did, compared with the books.

mod act;
mod finding;
mod run;
mod upload;
pub(super) mod words;

use billing::{
    clock::Day,
    reconcile::{Reconciliation, Stage},
    staff::Permission,
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    asked::Asked,
    parts::may,
    table::{Column, Row, Table},
};
use crate::{
    Trouble,
    context::{self, FormState},
    forms::{ErrorSummary, Field},
    problem::trouble,
    words::When,
};
pub(super) use finding::FindingPage;
pub(super) use run::RunPage;
pub use run::{FINDINGS_FILE, UNREADABLE_FILE, wanted_class};
pub(super) use upload::UploadPage;

const COLUMNS: &[Column] = &[
    Column::new("Compared"),
    Column::new("State"),
    Column::new("Lines").amount(),
    Column::new("Unreadable").amount().wide(),
    Column::new("Begun by").wide(),
    Column::new("Begun").amount().sorted_first("at"),
];

#[component]
pub(super) fn RunsPage() -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move {
        let asked = Asked::here();
        match load(&asked).await {
            Ok((table, yesterday)) => view! {
                <Title text="Reconciliation"/>
                <div class="desk-page">
                    <h1>"Reconciliation"</h1>
                    {may(Permission::Help).then(|| start(form, yesterday))}
                    {table.show(&asked)}
                </div>
            }
            .into_any(),
            Err(what) => trouble(what),
        }
    })
}

async fn load(asked: &Asked) -> Result<(Table, Day), Trouble> {
    let billing = context::billing()?;
    let runs = billing.runs(asked.part()).await?;
    let yesterday = Day::from(billing.clock().now()).before();
    let table = Table {
        caption: "reconciliations",
        columns: COLUMNS,
        rows: runs.rows.into_iter().map(row).collect(),
        next: runs.next,
        filters: Vec::new(),
        export: None,
        empty: "Nothing was compared yet.",
    };
    Ok((table, yesterday))
}

fn row(run: Reconciliation) -> Row {
    let kind = match (run.stage, run.applies) {
        (Stage::Finished, true) => "Acted as the rules say",
        (Stage::Finished, false) => "Nothing was done about it",
        _ => "",
    };
    let state = view! {
        {words::stage(&run)}
        <span class="secondary">{kind}</span>
    };
    Row {
        href: Some(format!("/admin/reconciliation/{}", run.id)),
        cells: vec![
            words::subject(&run),
            state.into_any(),
            run.lines.into_any(),
            run.unreadable.into_any(),
            run.started_by.into_any(),
            view! { <When time=run.created_at/> }.into_any(),
        ],
    }
}

/// Compares days with what the gateway lists. Nothing is done about what differs before somebody has
/// seen it.
fn start(form: FormState, yesterday: Day) -> AnyView {
    view! {
        <section aria-labelledby="start">
            <h2 id="start">"Compare days"</h2>
            <p class="hint">
                "What the payment provider lists is compared with the books. Nothing is done about what "
                "differs: you decide when you have seen it. "
                <a href="/admin/reconciliation/upload">"Compare a settlement file instead"</a>
            </p>
            <ErrorSummary form=form.clone()/>
            <form method="post" action="/admin/reconciliation" class="filters">
                <Field name="from" label="First day" kind="date" value=yesterday.to_string() form=form.clone()/>
                <Field name="to" label="Last day" kind="date" value=yesterday.to_string() form/>
                <button class="button" type="submit">
                    "Compare"
                </button>
            </form>
        </section>
    }
    .into_any()
}
