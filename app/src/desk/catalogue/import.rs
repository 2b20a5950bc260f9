//! A file takes the place of what is sold: what that changes is told first.

use billing::{
    catalog::CatalogFile,
    staff::{Permission, catalogue::Wish},
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{super::parts::may, preview::STAYS, words};
use crate::{
    Trouble,
    context::{self, FormState},
    desk::parts::{Key, Reason, confirm, is_to_confirm},
    forms::ErrorSummary,
    problem::trouble,
};

const ACTION: &str = "/admin/catalogue/import";

#[component]
pub(in crate::desk) fn ImportPage() -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move { load(form).await.unwrap_or_else(trouble) })
}

async fn load(mut form: FormState) -> Result<AnyView, Trouble> {
    if !may(Permission::Sell) {
        return Err(Trouble::NotFound);
    }
    let billing = context::billing()?;
    let foreseen = match CatalogFile::parse(&form.value("text")) {
        Ok(file) if is_to_confirm(&form) => {
            let wish = Wish::Import(Box::new(file));
            billing.preview_wish(&wish).await.ok()
        }
        _ => None,
    };
    let step = match foreseen {
        Some(foreseen) => {
            form.values
                .insert("number".to_owned(), foreseen.before.number.to_string());
            view! {
                <ErrorSummary form=form.clone()/>
                <section aria-labelledby="differs">
                    <h2 id="differs">"What differs"</h2>
                    {words::differences(&foreseen.differences)}
                    <p class="hint">{STAYS}</p>
                </section>
                {confirm(ACTION.to_owned(), &form, "Publish it".to_owned())}
            }
            .into_any()
        }
        None => first_step(form),
    };
    let page = view! {
        <Title text="Import a catalogue"/>
        <div class="desk-page">
            <h1>"Import a catalogue"</h1>
            <p class="lead">
                "The file is all that is on sale then: what it does not name is taken off. "
                "You see what differs before anything is published."
            </p>
            {step}
            <p class="aside">
                <a href="/admin/catalogue">"Back, and change nothing"</a>
            </p>
        </div>
    };
    Ok(page.into_any())
}

fn first_step(form: FormState) -> AnyView {
    let text = form.value("text");
    let wrong = form.errors.contains_key("text").then_some("true");
    // Of a file that was not read yet, nothing is wrong.
    let lines = match (wrong, CatalogFile::parse(&text)) {
        (Some(_), Err(error)) => error.lines(),
        _ => Vec::new(),
    };
    let lines = (!lines.is_empty()).then(|| {
        let lines = lines.into_iter().map(|line| view! { <li>{line}</li> });
        view! {
            <ul class="field-error" id="text-error">
                {lines.collect_view()}
            </ul>
        }
    });
    view! {
        <ErrorSummary form=form.clone()/>
        <form method="post" action=ACTION enctype="multipart/form-data" class="stack desk-form">
            <Key form=form.clone()/>
            <div class="field">
                <label for="file">"File"</label>
                <input id="file" name="file" type="file" accept=".toml,text/plain"/>
            </div>
            <div class="field">
                <label for="text">"Or its text"</label>
                <textarea
                    id="text"
                    name="text"
                    rows="16"
                    spellcheck="false"
                    aria-invalid=wrong
                    aria-describedby=wrong.map(|_| "text-error")
                >
                    {text}
                </textarea>
                {lines}
            </div>
            <Reason form/>
            <button class="button" type="submit">
                "See what it does"
            </button>
        </form>
    }
    .into_any()
}
