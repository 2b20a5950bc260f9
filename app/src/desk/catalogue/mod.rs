//! The catalogue: what is on sale, what was, and what staff make of it.

mod form;
mod import;
mod item;
mod preview;
pub mod typed;
pub mod words;

use billing::{
    catalog::{Catalog, Item, ItemKind, Published},
    staff::{Permission, catalogue::Ware},
};
use leptos::prelude::*;
use leptos_meta::Title;

pub(super) use form::{ChangeCodePage, ChangeOfferPage, NewPage};
pub(super) use import::ImportPage;
pub(super) use item::{CodePage, OfferPage};

use super::{
    asked::Asked,
    parts::{done, fact, facts, may},
    spoken::counted,
    table::{Column, Row, Table},
};
use crate::{
    Trouble, context,
    problem::trouble,
    words::{When, credits, days},
};

const OFFERS: &[Column] = &[
    Column::new("Name"),
    Column::new("Price").amount(),
    Column::new("Credits").amount(),
    Column::new("Version").amount().wide(),
    Column::new("Since").wide(),
    Column::new("Orders paid").amount(),
    Column::new("Move"),
];

const COUPONS: &[Column] = &[
    Column::new("Code"),
    Column::new("Brings"),
    Column::new("Version").amount().wide(),
    Column::new("Since").wide(),
    Column::new("Uses").amount(),
    Column::new("Move"),
];

const GONE: &[Column] = &[
    Column::new("Name"),
    Column::new("What it was"),
    Column::new("Version").amount().wide(),
    Column::new("Sold or used").amount(),
];

#[component]
pub(super) fn CataloguePage() -> impl IntoView {
    Suspend::new(async move { load().await.unwrap_or_else(trouble) })
}

async fn load() -> Result<AnyView, Trouble> {
    let billing = context::billing()?;
    let (on_sale, wares) = (billing.on_sale().await?, billing.wares().await?);
    let of_kind = |kind| {
        let wares = wares.iter().filter(|ware| ware.is_on_sale);
        wares
            .filter(move |ware| ware.item.kind() == kind)
            .collect::<Vec<_>>()
    };
    let (number, may_sell) = (on_sale.number, may(Permission::Sell));
    let gone = wares.iter().filter(|ware| !ware.is_on_sale);
    let gone = gone.map(gone_row).collect();
    let page = view! {
        <Title text="Catalogue"/>
        <div class="desk-page">
            <h1>"Catalogue"</h1>
            {said()}
            {lead(&on_sale)}
            {may_sell.then(links)}
            {section("plans", "Plans", OFFERS, &of_kind(ItemKind::Plan), number)}
            {section("packs", "Packs", OFFERS, &of_kind(ItemKind::Pack), number)}
            {section("coupons", "Coupons", COUPONS, &of_kind(ItemKind::Coupon), number)}
            {of_the_file(&on_sale)}
            <section aria-labelledby="gone">
                <h2 id="gone">"Not on sale any more"</h2>
                {table("what is not on sale any more", GONE, gone)}
            </section>
        </div>
    };
    Ok(page.into_any())
}

fn said() -> Option<AnyView> {
    done(&[
        ("imported", "Published: this is on sale from now on."),
        ("moved", "Moved."),
        (
            "raced",
            "Nothing was done: what is sold was changed meanwhile. Look again.",
        ),
    ])
}

fn lead(on_sale: &Published) -> AnyView {
    view! {
        <p class="lead">
            {format!("Catalogue {}, by {}, since ", on_sale.number, on_sale.by)}
            <When time=on_sale.at/>
        </p>
    }
    .into_any()
}

fn links() -> AnyView {
    view! {
        <p class="actions">
            <a class="button quiet" href="/admin/catalogue/new/plan">
                "New plan"
            </a>
            <a class="button quiet" href="/admin/catalogue/new/pack">
                "New pack"
            </a>
            <a class="button quiet" href="/admin/catalogue/new/coupon">
                "New coupon"
            </a>
            <a class="button quiet" href="/admin/catalogue/import">
                "Import a file"
            </a>
        </p>
    }
    .into_any()
}

fn section(
    id: &'static str,
    title: &'static str,
    columns: &'static [Column],
    wares: &[&Ware],
    number: i64,
) -> AnyView {
    let may_sell = may(Permission::Sell);
    let last = wares.len().saturating_sub(1);
    let rows = wares.iter().enumerate().map(|(at, ware)| {
        let mut row = row(ware);
        if may_sell {
            let moves = [("up", "Up", at > 0), ("down", "Down", at < last)];
            let moves = moves.into_iter().filter(|(.., can)| *can);
            let moves = moves.map(|(word, label, _)| shift(&ware.item, word, label, number));
            let moves = view! { <div class="actions">{moves.collect_view()}</div> };
            row.cells.push(moves.into_any());
        }
        row
    });
    let rows = rows.collect();
    let columns = match may_sell {
        true => columns,
        false => &columns[..columns.len() - 1],
    };
    view! {
        <section aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {table(title, columns, rows)}
        </section>
    }
    .into_any()
}

fn table(caption: &'static str, columns: &'static [Column], rows: Vec<Row>) -> AnyView {
    let table = Table {
        caption,
        columns,
        rows,
        next: None,
        filters: Vec::new(),
        export: None,
        empty: "None.",
    };
    table.show(&Asked::default())
}

fn row(ware: &Ware) -> Row {
    let (name, what) = named(&ware.item);
    let since = view! { <When time=ware.since/> }.into_any();
    let counts = [
        ware.item.version().into_any(),
        since,
        counted(ware.sold).into_any(),
    ];
    Row {
        href: Some(words::path(&ware.item.name())),
        cells: std::iter::once(name).chain(what).chain(counts).collect(),
    }
}

fn gone_row(ware: &Ware) -> Row {
    let (name, what) = named(&ware.item);
    let kind = view! { <span class="secondary">{ware.item.kind().as_str()}</span> };
    let what = view! { {what.into_iter().next()} {kind} };
    Row {
        href: Some(words::path(&ware.item.name())),
        cells: vec![
            name,
            what.into_any(),
            ware.item.version().into_any(),
            counted(ware.sold).into_any(),
        ],
    }
}

/// Its name, and what it costs or brings.
fn named(item: &Item) -> (AnyView, Vec<AnyView>) {
    match item {
        Item::Offer(offer) => (
            offer.name.clone().into_any(),
            vec![
                words::price(offer).into_any(),
                offer.credits.to_string().into_any(),
            ],
        ),
        Item::Coupon(coupon) => (
            coupon.code.clone().into_any(),
            vec![words::benefit(coupon).into_any()],
        ),
    }
}

/// Moves something one place. The number keeps a second click from moving it twice.
fn shift(item: &Item, word: &'static str, label: &'static str, number: i64) -> AnyView {
    let spoken = format!("{label}: {}", item.title());
    view! {
        <form method="post" action="/admin/catalogue">
            <input type="hidden" name="kind" value=item.kind().as_str()/>
            <input type="hidden" name="name" value=item.name().as_str().to_owned()/>
            <input type="hidden" name="number" value=number.to_string()/>
            <button class="button quiet" type="submit" name="move" value=word aria-label=spoken>
                {label}
            </button>
        </form>
    }
    .into_any()
}

/// What only a file changes.
fn of_the_file(on_sale: &Catalog) -> AnyView {
    let trial = on_sale.trial().map_or("None".to_owned(), |trial| {
        let lasts = trial
            .expire_after_days
            .map(|it| format!(" for {}", days(it)));
        let set_aside = format!("{} set aside on the card", trial.validation_amount);
        let brings = credits(trial.credits);
        format!(
            "{}: {brings}{}, {set_aside}",
            trial.name,
            lasts.unwrap_or_default()
        )
    });
    let rules = on_sale.policy().0.iter().map(|rule| {
        let days_old = rule.older_than.as_secs() / 86_400;
        let about = match rule.offers.is_empty() {
            true => String::new(),
            false => format!(", of {}", rule.offers.join(", ")),
        };
        let age = match days_old {
            0 => String::new(),
            old => format!(", older than {old} days"),
        };
        view! { <p>{format!("{}: {}{about}{age}", rule.class, rule.action)}</p> }
    });
    let rules: Vec<_> = rules.collect();
    let rules = match rules.is_empty() {
        true => "As usual".into_any(),
        false => rules.into_any(),
    };
    let said = [
        fact("Trial", trial),
        fact("Currency", on_sale.currency.as_str().to_uppercase()),
        fact("What reconciliation does", rules),
    ];
    view! {
        <section aria-labelledby="file">
            <h2 id="file">"The file"</h2>
            <p class="desk-text">
                "All of this as a file: change it, and import it again. The trial, the currency and what "
                "reconciliation does by itself are changed there alone. "
                <a href="/admin/catalogue.toml" download>
                    "Export the catalogue"
                </a>
            </p>
            {facts(said)}
        </section>
    }
    .into_any()
}
