//! Something new to sell, or a new version of what is sold. The page shows it as customers will see it,
//! and what differs, before it is published.

use billing::{
    catalog::{Item, ItemKind, Name},
    staff::{
        Permission,
        catalogue::{Preview, Wish},
    },
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{super::parts::may, preview, typed, words};
use crate::{
    Trouble,
    context::{self, FormState},
    desk::{
        access::Choice,
        parts::{Key, Reason, confirm, is_to_confirm},
    },
    forms::{ErrorSummary, Field},
    problem::trouble,
};

/// `/admin/catalogue/new/pack`
#[component]
pub(in crate::desk) fn NewPage() -> impl IntoView {
    let form = FormState::from_context();
    let kind = context::segment::<ItemKind>("kind");
    Suspend::new(async move {
        let page = async { show(kind.ok_or(Trouble::NotFound)?, None, form).await };
        page.await.unwrap_or_else(trouble)
    })
}

#[component]
pub(in crate::desk) fn ChangeOfferPage() -> impl IntoView {
    change(context::segment("key").map(Name::Offer))
}

#[component]
pub(in crate::desk) fn ChangeCodePage() -> impl IntoView {
    change(context::segment("code").map(Name::Coupon))
}

fn change(name: Option<Name>) -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move {
        let page = async {
            let name = name.ok_or(Trouble::NotFound)?;
            let versions = context::billing()?.versions(&name).await?;
            let newest = versions.into_iter().next().ok_or(Trouble::NotFound)?;
            show(newest.item.kind(), Some(newest.item), form).await
        };
        page.await.unwrap_or_else(trouble)
    })
}

async fn show(
    kind: ItemKind,
    newest: Option<Item>,
    mut form: FormState,
) -> Result<AnyView, Trouble> {
    if !may(Permission::Sell) {
        return Err(Trouble::NotFound);
    }
    let billing = context::billing()?;
    let currency = billing.catalog().currency;
    let (title, action, back) = match &newest {
        None => (
            format!("A new {kind}"),
            format!("/admin/catalogue/new/{kind}"),
            "/admin/catalogue".to_owned(),
        ),
        Some(item) => {
            let path = words::path(&item.name());
            (
                format!("Change {}", item.title()),
                format!("{path}/change"),
                path,
            )
        }
    };
    let name = newest.as_ref().map(Item::name);
    let entry = typed::entry(kind, name.as_ref().map(Name::as_str), &form, currency);
    let foreseen = match entry {
        Ok(entry) if is_to_confirm(&form) => {
            let wish = match name {
                Some(_) => Wish::Change(entry),
                None => Wish::Add(entry),
            };
            billing.preview_wish(&wish).await.ok()
        }
        _ => None,
    };
    let step = match (foreseen, newest) {
        (Some(foreseen), _) => {
            form.values
                .insert("number".to_owned(), foreseen.before.number.to_string());
            told(foreseen, action, form)
        }
        (None, Some(item)) => {
            let form = match form.values.is_empty() {
                true => typed::filled(&item, currency),
                false => form,
            };
            first_step(kind, false, action, form)
        }
        (None, None) => first_step(kind, true, action, form),
    };
    let page = view! {
        <Title text=title.clone()/>
        <div class="desk-page">
            <h1>{title}</h1>
            {step}
            <p class="aside">
                <a href=back>"Back, and change nothing"</a>
            </p>
        </div>
    };
    Ok(page.into_any())
}

fn told(foreseen: Preview, action: String, form: FormState) -> AnyView {
    let cards = foreseen.differences.items.iter();
    let cards = cards.filter_map(|change| change.after.as_ref());
    let cards = cards.map(|item| preview::card(item, &foreseen.after));
    view! {
        <ErrorSummary form=form.clone()/>
        <section aria-labelledby="seen">
            <h2 id="seen">"As customers will see it"</h2>
            {cards.collect_view()}
        </section>
        <section aria-labelledby="differs">
            <h2 id="differs">"What differs"</h2>
            {words::differences(&foreseen.differences)}
            <p class="hint">{preview::STAYS}</p>
        </section>
        {confirm(action, &form, "Publish it".to_owned())}
    }
    .into_any()
}

fn first_step(kind: ItemKind, is_new: bool, action: String, form: FormState) -> AnyView {
    let field = {
        let form = form.clone();
        move |name, label, hint: &'static str, optional: bool| {
            let form = form.clone();
            match hint {
                "" => view! { <Field name label optional form/> }.into_any(),
                hint => view! { <Field name label optional hint form/> }.into_any(),
            }
        }
    };
    let key = is_new.then(|| match kind {
        ItemKind::Coupon => field("code", "Code", "Letters, digits and hyphens.", false),
        _ => field(
            typed::OFFER_KEY,
            "Key",
            "Its name in addresses and files, for ever: lower-case letters, digits and hyphens.",
            false,
        ),
    });
    let name = field("name", "Name", "Customers read it.", false);
    let more = match kind {
        ItemKind::Coupon => coupon_fields(&field),
        _ => offer_fields(kind, &field, &form),
    };
    view! {
        <ErrorSummary form=form.clone()/>
        <form method="post" action=action class="stack desk-form">
            <Key form=form.clone()/>
            {key}
            {name}
            {more}
            <Reason form/>
            <button class="button" type="submit">
                "See what it does"
            </button>
        </form>
    }
    .into_any()
}

/// Makes a field of its name, its label, a hint, and whether it may be left empty.
type MakesField<'f> = &'f dyn Fn(&'static str, &'static str, &'static str, bool) -> AnyView;

fn offer_fields(kind: ItemKind, field: MakesField, form: &FormState) -> AnyView {
    let credits = match kind {
        ItemKind::Plan => "Each period.",
        _ => "",
    };
    let of_plan = (kind == ItemKind::Plan).then(|| {
        view! {
            <Choice
                name="interval"
                label="Paid each"
                words=vec!["month", "year"]
                chosen="month"
                form=form.clone()
            />
            <Choice
                name="rollover"
                label="Credits that are left at the end of a period stay"
                words=vec!["all", "none", "capped"]
                chosen="all"
                form=form.clone()
            />
            {field("rollover_cap", "If capped, so many of them", "", true)}
        }
    });
    view! {
        {field("description", "Description", "A sentence for customers.", true)}
        {field("price", "Price", "Such as 19.00.", false)}
        {field("credits", "Credits", credits, false)}
        {of_plan}
    }
    .into_any()
}

fn coupon_fields(field: MakesField) -> AnyView {
    view! {
        <fieldset class="field">
            <legend>"What it does: fill in one"</legend>
            {field("credits", "Credits that it brings", "", true)}
            {field("credits_expire_after_days", "They run out after so many days", "", true)}
            {field("percent_off", "Percent off", "1 to 100.", true)}
            {field("amount_off", "Amount off", "Such as 5.00.", true)}
        </fieldset>
        <fieldset class="field">
            <legend>"Its limits"</legend>
            {field("per_customer", "Uses for each customer", "As often as they like, if empty.", true)}
            {field("total", "Uses in total", "", true)}
            {field("until", "Last day", "Such as 2027-01-31, or a time of RFC 3339.", true)}
            {field(
                "offers",
                "For these packs and plans alone",
                "Their keys. Empty is every pack, and no plan.",
                true,
            )}
        </fieldset>
    }
    .into_any()
}
