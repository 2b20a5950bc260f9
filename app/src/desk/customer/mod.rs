//! One customer: who they are, why their balance is what it is, and what can be done for them.

mod credits;
mod holdings;
mod log;
mod move_credits;
mod plan;
mod view;

use billing::{
    card::Card,
    document::Line,
    id::{CustomerId, TransferId},
    ledger::{Balance, Explanation},
    order::Order,
    plan::Subscription,
    staff::{Permission, customers::Profile, proposals::Proposal},
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    customers,
    parts::{Fact, done, fact, facts, linked, may},
    proposal::waiting,
};
use crate::{Trouble, context, problem::trouble, words};
pub(super) use move_credits::{GivePage, TakePage, available_then, taken};
pub(super) use plan::PlanPage;
pub(super) use view::ViewPage;

const ORDERS_SHOWN: i64 = 20;
const ENTRIES_SHOWN: i64 = 50;

const DONE: &[(&str, &str)] = &[
    ("noted", "The note is kept."),
    ("given", "The credits are given."),
    ("taken", "The credits are taken."),
    ("signed-out", "The customer is signed out everywhere."),
    ("view-ended", "You do not see their pages any more."),
    (
        "plan",
        "It is done. The plan below is as the gateway has it now.",
    ),
];

/// All that a page about a customer shows.
struct Holdings {
    profile: Profile,
    balance: Balance,
    explained: Explanation,
    lines: Vec<Line>,
    has_older: bool,
    is_continued: bool,
    orders: Vec<Order>,
    plan: Option<Subscription>,
    cards: Vec<Card>,
    proposals: Vec<Proposal>,
}

#[component]
pub(super) fn CustomerPage() -> impl IntoView {
    Suspend::new(async move {
        match load().await {
            Ok(holdings) => page(holdings),
            Err(what) => trouble(what),
        }
    })
}

/// The customer of the address.
async fn profile() -> Result<Profile, Trouble> {
    let id: CustomerId = context::segment("id").ok_or(Trouble::NotFound)?;
    let found = context::billing()?.profile(id).await?;
    found.ok_or(Trouble::NotFound)
}

async fn load() -> Result<Holdings, Trouble> {
    let billing = context::billing()?;
    let profile = profile().await?;
    let id = profile.customer.id;
    let before: Option<TransferId> = context::query("before").and_then(|id| id.parse().ok());
    let mut lines = billing.history(id, before, ENTRIES_SHOWN + 1).await?;
    let has_older = lines.len() as i64 > ENTRIES_SHOWN;
    lines.truncate(ENTRIES_SHOWN as usize);
    Ok(Holdings {
        balance: billing.balance(id).await?,
        explained: billing.explain(id, billing.clock().now()).await?,
        lines,
        has_older,
        is_continued: before.is_some(),
        orders: billing.orders(id, ORDERS_SHOWN).await?,
        plan: billing.subscription(id).await?,
        cards: billing.cards(id).await?,
        proposals: billing.open_proposals(id).await?,
        profile,
    })
}

fn page(holdings: Holdings) -> AnyView {
    let Holdings {
        profile,
        balance,
        explained,
        lines,
        has_older,
        is_continued,
        orders,
        plan,
        cards,
        proposals,
    } = holdings;
    let name = customers::name(&profile.customer);
    let id = profile.customer.id;
    let about = about(&profile);
    let Profile {
        customer,
        sessions,
        mails,
        notes,
        lines: deeds,
        ..
    } = profile;
    let is_open = customer.closed_at.is_none();
    let see = (is_open && customer.person.is_some()).then(|| {
        let form = format!("/admin/customers/{id}/view");
        leads(Permission::Help, form, "See the site as they do…")
    });
    view! {
        <Title text=name.clone()/>
        <div class="desk-page">
            <h1>{name}</h1>
            {done(DONE)}
            {facts(about)}
            {see}
            {waiting(&proposals)}
            {credits::balance(id, &balance, &explained, is_open)}
            {log::notes(id, notes, is_open)}
            {holdings::plan(id, plan)}
            {holdings::orders(id, orders)}
            {credits::statement(id, lines, has_older, is_continued)}
            {holdings::cards(cards)}
            {log::sessions(id, sessions)}
            {log::mails(mails)}
            {log::deeds(id, deeds)}
        </div>
    }
    .into_any()
}

fn about(profile: &Profile) -> Vec<Fact> {
    let customer = &profile.customer;
    let id = customer.id;
    let code = |text: String| view! { <code>{text}</code> };
    let mut all = vec![fact("Id", code(id.to_string()))];
    if let Some(email) = &customer.email {
        let verified = match (customer.person, customer.verified_at) {
            (None, _) => ", as a product said",
            (Some(_), Some(_)) => ", verified",
            (Some(_), None) => ", not verified",
        };
        all.push(fact("Email", format!("{email}{verified}")));
    }
    if let Some(name) = &customer.external_id {
        all.push(fact("Named by a product", name.clone()));
    }
    if let Some(reference) = &profile.reference {
        all.push(fact("At the gateway", code(reference.clone())));
    }
    for other in &profile.joined {
        all.push(fact("Was also", code(other.to_string())));
    }
    all.push(fact(
        "Since",
        view! { <words::When time=customer.created_at/> },
    ));
    if let Some(time) = customer.closed_at {
        all.push(fact("Account closed", view! { <words::When time/> }));
    }
    let transactions = format!("/admin/transactions?customer={id}");
    all.push(fact("Transactions", linked(transactions, "All of them")));
    all
}

/// A button that leads to a form, for those who may send it.
fn leads(permission: Permission, href: String, label: &'static str) -> Option<AnyView> {
    let link = may(permission).then(|| view! { <a class="button quiet" href=href>{label}</a> });
    link.map(IntoAny::into_any)
}
