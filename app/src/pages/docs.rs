//! The API, for those who write programs.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{Trouble, context::Site, problem::trouble};

/// What can be asked of the API. In the context of its page.
#[derive(Clone, Debug)]
pub struct Api {
    pub words: String,
    pub groups: Vec<Group>,
    pub nouns: Vec<Noun>,
}

/// Operations on one thing.
#[derive(Clone, Debug)]
pub struct Group {
    pub name: String,
    pub operations: Vec<Operation>,
}

#[derive(Clone, Debug)]
pub struct Operation {
    pub method: &'static str,
    pub path: String,
    pub summary: String,
    pub words: String,
    pub parameters: Vec<Field>,
    pub body: Option<Kind>,
    pub answers: Vec<Answer>,
}

/// What may be answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: String,
    pub words: String,
    pub kind: Option<Kind>,
}

/// What is sent or answered, with its fields.
#[derive(Clone, Debug)]
pub struct Noun {
    pub name: String,
    pub words: String,
    pub fields: Vec<Field>,
}

#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub kind: Kind,
    pub is_required: bool,
    pub words: String,
}

/// What a value is.
#[derive(Clone, Debug, Default)]
pub struct Kind {
    /// `list of Lot`
    pub words: String,
    /// The noun in it, if it is or holds one: `Lot`.
    pub noun: Option<String>,
}

#[component]
pub(crate) fn Docs() -> impl IntoView {
    let (Some(api), Some(site)) = (use_context::<Arc<Api>>(), use_context::<Site>()) else {
        return trouble(Trouble::NotFound);
    };
    let groups: Vec<_> = api.groups.iter().map(group).collect();
    let nouns: Vec<_> = api.nouns.iter().map(noun).collect();
    let contents: Vec<_> = api
        .groups
        .iter()
        .map(|group| {
            let href = format!("#{}", group_anchor(&group.name));
            view! { <li><a href=href>{group.name.clone()}</a></li> }
        })
        .collect();
    let example = format!(
        "curl -H \"Authorization: Bearer $KEY\" {}/v1/customers/external:user-7/balance",
        site.public_url
    );
    view! {
        <Title text="API"/>
        <div class="page docs">
            <h1>"API"</h1>
            <p class="lead">{api.words.clone()}</p>
            <p>
                "A key lets a program in: " <code>"tender keys add NAME"</code>
                " prints one, once. The same description for programs is "
                <a href="/openapi.json">"openapi.json"</a> "."
            </p>
            <p>
                "Without a valid key every route answers 401, and whatever else goes wrong is a "
                <a href="#problem">"Problem"</a> " too."
            </p>
            <pre tabindex="0" aria-label="An example"><code>{example}</code></pre>
            <nav aria-label="Contents">
                <ul class="contents">
                    {contents} <li><a href="#nouns">"What is sent and answered"</a></li>
                </ul>
            </nav>
            {groups}
            <section aria-labelledby="nouns">
                <h2 id="nouns">"What is sent and answered"</h2>
                {nouns}
            </section>
        </div>
    }
    .into_any()
}

fn group(group: &Group) -> impl IntoView + use<> {
    let id = group_anchor(&group.name);
    let label = id.clone();
    let operations: Vec<_> = group.operations.iter().map(operation).collect();
    view! {
        <section aria-labelledby=label>
            <h2 id=id>{group.name.clone()}</h2>
            {operations}
        </section>
    }
}

fn operation(operation: &Operation) -> impl IntoView + use<> {
    let id = anchor(&format!("{} {}", operation.method, operation.path));
    let answers: Vec<_> = operation.answers.iter().map(answer).collect();
    view! {
        <article class="operation" id=id>
            <h3>
                <span class="method">{operation.method}</span>
                " "
                <code>{operation.path.clone()}</code>
            </h3>
            <p>{said(&operation.summary)} " " {said(&operation.words)}</p>
            {fields(&operation.parameters)}
            {operation.body.as_ref().map(|body| view! { <p>"Body: " {kind(body)}</p> })}
            <dl class="answers">{answers}</dl>
        </article>
    }
}

fn answer(answer: &Answer) -> impl IntoView + use<> {
    view! {
        <dt>{answer.status.clone()}</dt>
        <dd>{said(&answer.words)} {answer.kind.as_ref().map(|it| view! { ": " {kind(it)} })}</dd>
    }
}

fn noun(noun: &Noun) -> impl IntoView + use<> {
    view! {
        <article class="noun" id=anchor(&noun.name)>
            <h3>{noun.name.clone()}</h3>
            <p>{said(&noun.words)}</p>
            {fields(&noun.fields)}
        </article>
    }
}

/// Fields, one below the other.
fn fields(fields: &[Field]) -> Option<impl IntoView + use<>> {
    let rows: Vec<_> = fields
        .iter()
        .map(|field| {
            let note = (!field.is_required).then_some(" · may be left out");
            view! {
                <dt>
                    <code>{field.name.clone()}</code>
                </dt>
                <dd>
                    <span class="kind">{kind(&field.kind)} {note}</span>
                    {said(&field.words)}
                </dd>
            }
        })
        .collect();
    let any = !rows.is_empty();
    any.then(|| view! { <dl class="fields">{rows}</dl> })
}

fn kind(kind: &Kind) -> impl IntoView + use<> {
    let words = kind.words.clone();
    match &kind.noun {
        Some(noun) => view! { <a href=format!("#{}", anchor(noun))>{words}</a> }.into_any(),
        None => words.into_any(),
    }
}

/// Words in which what stands between backticks is code.
fn said(words: &str) -> impl IntoView + use<> {
    let parts = words.split('`').enumerate().map(|(n, part)| {
        let part = part.to_owned();
        match n % 2 {
            0 => part.into_any(),
            _ => view! { <code>{part}</code> }.into_any(),
        }
    });
    parts.collect::<Vec<_>>()
}

/// A group may be called like a thing that is sent.
fn group_anchor(name: &str) -> String {
    format!("about-{}", anchor(name))
}

/// The part of an address that leads to a place on the page.
fn anchor(name: &str) -> String {
    let plain = |c: char| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_lowercase(),
        false => '-',
    };
    name.chars().map(plain).collect()
}
