//! One thing that is or was sold: each of its versions, what changed in it, and how often it was sold.

use billing::{
    catalog::{Item, Name},
    staff::{Permission, catalogue::Ware},
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    super::{
        asked::Asked,
        parts::{Reason, done, fact, facts, linked, may},
        spoken::counted,
        table::{Column, Row, Table},
    },
    words,
};
use crate::{
    Trouble,
    context::{self, FormState},
    forms::ErrorSummary,
    problem::trouble,
    words::When,
};

const VERSIONS: &[Column] = &[
    Column::new("Version"),
    Column::new("Since"),
    Column::new("What changed"),
    Column::new("Sold or used").amount(),
];

#[component]
pub(in crate::desk) fn OfferPage() -> impl IntoView {
    page(context::segment("key").map(Name::Offer))
}

#[component]
pub(in crate::desk) fn CodePage() -> impl IntoView {
    page(context::segment("code").map(Name::Coupon))
}

fn page(name: Option<Name>) -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move { load(name, form).await.unwrap_or_else(trouble) })
}

async fn load(name: Option<Name>, form: FormState) -> Result<AnyView, Trouble> {
    let name = name.ok_or(Trouble::NotFound)?;
    let versions = context::billing()?.versions(&name).await?;
    let newest = versions.first().ok_or(Trouble::NotFound)?;
    let title = newest.item.title().to_owned();
    let is_on_sale = versions.iter().any(|version| version.is_on_sale);
    let stands = match is_on_sale {
        true => "On sale",
        false => "Not on sale",
    };
    let log = format!(
        "/admin/audit?subject={}",
        crate::words::escaped(name.as_str())
    );
    let about = [
        fact("State", stands),
        fact("Kind", newest.item.kind().as_str()),
        fact("Key", name.as_str().to_owned()),
        fact("Who did what", linked(log, "In the audit log")),
    ];
    let about = about.into_iter().chain(
        words::fields(&newest.item)
            .into_iter()
            .map(|(name, value)| fact(name, value)),
    );
    let about = facts(about);
    let may_sell = may(Permission::Sell);
    let acts = may_sell.then(|| acts(&name, is_on_sale, form));
    let page = view! {
        <Title text=title.clone()/>
        <div class="desk-page">
            <h1>{title}</h1>
            {said()}
            {about}
            {acts}
            <section aria-labelledby="versions">
                <h2 id="versions">"Versions"</h2>
                {table(&versions)}
            </section>
            <p class="aside">
                <a href="/admin/catalogue">"The catalogue"</a>
            </p>
        </div>
    };
    Ok(page.into_any())
}

fn said() -> Option<AnyView> {
    done(&[
        ("published", "Published: this is on sale from now on."),
        ("off", "It is not on sale any more."),
        ("on", "It is on sale again."),
    ])
}

fn acts(name: &Name, is_on_sale: bool, form: FormState) -> AnyView {
    let path = words::path(name);
    let change = format!("{path}/change");
    let (word, label) = match is_on_sale {
        true => ("off", "Take it off sale"),
        false => ("on", "Put it on sale again"),
    };
    view! {
        <section aria-labelledby="acts">
            <h2 id="acts">"What can be done"</h2>
            <p class="actions">
                <a class="button" href=change>
                    "Change it"
                </a>
            </p>
            <ErrorSummary form=form.clone()/>
            <form method="post" action=path class="stack desk-form">
                <Reason form/>
                <button class="button quiet" type="submit" name="do" value=word>
                    {label}
                </button>
            </form>
        </section>
    }
    .into_any()
}

fn table(versions: &[Ware]) -> AnyView {
    let before = versions.iter().skip(1).map(|ware| Some(&ware.item));
    let before = before.chain([None]);
    let rows = versions
        .iter()
        .zip(before)
        .map(|(ware, before)| row(ware, before));
    let table = Table {
        caption: "versions",
        columns: VERSIONS,
        rows: rows.collect(),
        next: None,
        filters: Vec::new(),
        export: None,
        empty: "None.",
    };
    table.show(&Asked::default())
}

fn row(ware: &Ware, before: Option<&Item>) -> Row {
    let mark = ware
        .is_on_sale
        .then(|| view! { <span class="secondary">"on sale"</span> });
    let changed = match before {
        Some(before) => {
            let lines = words::differing(Some(before), &ware.item).into_iter();
            let lines = lines.map(|(name, it)| view! { <li>{name} ": " {it}</li> });
            view! { <ul class="plain-list">{lines.collect_view()}</ul> }.into_any()
        }
        None => "The first version".into_any(),
    };
    Row {
        href: None,
        cells: vec![
            view! { {ware.item.version()} " " {mark} }.into_any(),
            view! { <When time=ware.since/> }.into_any(),
            changed,
            counted(ware.sold).into_any(),
        ],
    }
}
