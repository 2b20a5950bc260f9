//! The demo product: a few words become a picture.

use billing::{
    Billing,
    id::CustomerId,
    ledger::{Entry, Reason},
    money::Credits,
};
use leptos::prelude::*;
use leptos_meta::Title;
use uuid::Uuid;

use crate::{
    Trouble,
    context::{self, FormState},
    forms::{BuyButton, ErrorSummary, Field},
    problem::trouble,
    studio::{MAX_WORDS_CHARS, PRICE, Short, picture_svg, words_of},
    words,
};

/// How far back the gallery looks, and how much of it it shows.
const ENTRIES_LOOKED_AT: i64 = 100;
const PICTURES_SHOWN: usize = 12;

#[component]
pub(crate) fn Studio() -> impl IntoView {
    Suspend::new(async move {
        let Some(customer) = context::viewer().customer() else {
            return view! { <Window/> }.into_any();
        };
        match load(customer).await {
            Ok((billing, pictures)) => view! { <Workshop billing pictures/> }.into_any(),
            Err(what) => trouble(what),
        }
    })
}

async fn load(customer: CustomerId) -> Result<(Billing, Vec<Entry>), Trouble> {
    let billing = context::billing()?;
    let entries = billing.statement(customer, None, ENTRIES_LOOKED_AT).await?;
    let is_picture =
        |entry: &Entry| entry.reason == Reason::Spend && words_of(&entry.note).is_some();
    let pictures = entries
        .into_iter()
        .filter(is_picture)
        .take(PICTURES_SHOWN)
        .collect();
    Ok((billing, pictures))
}

/// For those who are signed in.
#[component]
fn Workshop(billing: Billing, pictures: Vec<Entry>) -> impl IntoView {
    let form = FormState::from_context();
    let typed = match form.value("words") {
        typed if typed.is_empty() => context::query("words").unwrap_or_default(),
        typed => typed,
    };
    let short = use_context::<Short>();
    view! {
        <Title text="Studio"/>
        <div class="page">
            <h1>"Studio"</h1>
            <p class="lead">
                "A few words become a landscape. The same words never give the same picture twice."
            </p>
            {short.map(|short| view! { <RunOut billing short words=typed.clone()/> })}
            <ErrorSummary form=form.clone()/>
            <form method="post" action="/studio" class="make-picture">
                <input type="hidden" name="key" value=Uuid::new_v4().to_string()/>
                <Field
                    name="words"
                    label="Words"
                    autocomplete="off"
                    hint="An hour, a season, a place: a harbour at dusk, mountains in winter."
                    maxlength=MAX_WORDS_CHARS
                    value=typed
                    form
                />
                <button class="button large" type="submit">
                    {format!("Make a picture ({})", words::credits(PRICE))}
                </button>
            </form>
            <Gallery pictures/>
        </div>
    }
}

/// Says politely that the credits do not suffice, and which pack helps.
#[component]
fn RunOut(billing: Billing, short: Short, words: String) -> impl IntoView {
    let missing = Credits(short.required.0.saturating_sub(short.available.0));
    let return_to = format!("/studio?words={}", words::escaped(&words));
    let help = billing.catalog().cheapest_pack_for(missing).map(|pack| {
        view! {
            <p>
                {format!(
                    "The {} pack brings {} for {}. Your words wait here.",
                    pack.name,
                    words::credits(pack.credits),
                    pack.price,
                )}
            </p>
            <BuyButton pack=pack.clone() return_to label=format!("Buy {}", pack.name)/>
        }
    });
    view! {
        <div class="alert run-out" role="alert">
            <p>
                <strong>
                    {format!(
                        "A picture takes {}, and you have {}.",
                        words::credits(short.required),
                        short.available,
                    )}
                </strong>
            </p>
            {help}
        </div>
    }
    .into_any()
}

#[component]
fn Gallery(pictures: Vec<Entry>) -> impl IntoView {
    let is_empty = pictures.is_empty();
    let pictures = pictures.into_iter().map(|entry| {
        let words = words_of(&entry.note).unwrap_or_default().to_owned();
        let page = format!("/studio/{}", entry.id);
        view! {
            <li>
                <a href=page.clone()>
                    <img src=format!("{page}.svg") alt="" width="960" height="640" loading="lazy"/>
                    <span>{words}</span>
                </a>
            </li>
        }
    });
    view! {
        <section aria-labelledby="gallery">
            <h2 id="gallery">"Your pictures"</h2>
            {if is_empty {
                view! {
                    <p class="empty">"None yet. Your first one will hang here."</p>
                    <Examples/>
                }
                .into_any()
            } else {
                view! { <ul class="gallery">{pictures.collect_view()}</ul> }.into_any()
            }}
        </section>
    }
    .into_any()
}

/// For passers-by: what it is, and how to come in.
#[component]
fn Window() -> impl IntoView {
    view! {
        <Title text="Studio"/>
        <div class="page">
            <h1>"Studio"</h1>
            <p class="lead">
                {format!(
                    "A few words become a landscape. Each picture takes {}.",
                    words::credits(PRICE),
                )}
            </p>
            <p class="actions">
                <a class="button large" href="/sign-up?next=/studio">
                    "Create account"
                </a>
                <a class="button large quiet" href="/sign-in?next=/studio">
                    "Sign in"
                </a>
            </p>
            <Examples/>
        </div>
    }
}

#[component]
fn Examples() -> impl IntoView {
    let examples = [
        ("forest in the fog", "3"),
        ("aurora over the peaks", "7"),
        ("a quiet lake at dawn", "5"),
        ("desert heat", "4"),
        ("city at night", "2"),
        ("hills in spring", "6"),
    ];
    let figures = examples.into_iter().map(|(words, id)| {
        view! {
            <li>
                <div inner_html=picture_svg(words, id)></div>
                <span aria-hidden="true">{words}</span>
            </li>
        }
    });
    view! { <ul class="gallery" aria-label="Examples">{figures.collect_view()}</ul> }.into_any()
}
