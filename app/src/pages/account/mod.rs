//! What a customer has, where it came from, where it went.

mod cards;
mod changes;
mod code;
mod credits;
mod history;
mod plan;
mod profile;
pub(crate) mod sessions;
mod views;

pub(crate) use changes::{ChangeEmail, ChangePassword, CloseAccount};

use billing::{
    card::Card, clock::Time, document::Line, id::TransferId, ledger::Balance, order::Order,
    people::Session, plan::Subscription, staff::customers::View,
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    Trouble, context,
    forms::Done,
    islands::{balance::LiveBalance, props::Given},
    problem::trouble,
    server_functions::asking,
    words,
};

const ORDERS_SHOWN: i64 = 10;
const ENTRIES_SHOWN: i64 = 20;

struct Holdings {
    balance: Balance,
    plan: Option<Subscription>,
    cards: Vec<Card>,
    orders: Vec<Order>,
    lines: Vec<Line>,
    has_older: bool,
    is_first_page: bool,
    this_session: Session,
    sessions: Vec<Session>,
    views: Vec<View>,
    now: Time,
}

#[component]
pub(crate) fn Account() -> impl IntoView {
    Suspend::new(async move {
        match load().await {
            Ok(holdings) => page(holdings).into_any(),
            Err(what) => trouble(what),
        }
    })
}

async fn load() -> Result<Holdings, Trouble> {
    let billing = context::billing()?;
    let this_session = context::viewer().0.ok_or(Trouble::SignedOut)?;
    let customer = this_session.person.customer.ok_or(Trouble::NotFound)?;
    let before: Option<TransferId> = context::query("before").and_then(|id| id.parse().ok());
    let mut lines = billing.history(customer, before, ENTRIES_SHOWN + 1).await?;
    let has_older = lines.len() as i64 > ENTRIES_SHOWN;
    lines.truncate(ENTRIES_SHOWN as usize);
    Ok(Holdings {
        balance: billing.balance(customer).await?,
        plan: billing.subscription(customer).await?,
        cards: billing.cards(customer).await?,
        orders: billing.orders(customer, ORDERS_SHOWN).await?,
        lines,
        has_older,
        is_first_page: before.is_none(),
        sessions: billing.sessions(this_session.person.id).await?,
        views: billing.views_of(customer).await?,
        now: billing.clock().now(),
        this_session,
    })
}

fn page(holdings: Holdings) -> impl IntoView {
    let Holdings {
        balance,
        plan,
        cards,
        orders,
        lines,
        has_older,
        is_first_page,
        this_session,
        sessions,
        views,
        now,
    } = holdings;
    let person = this_session.person.clone();
    let live = asking::balance_as_seen(&balance);
    let held = (balance.held.0 > 0)
        .then(|| format!("{} more set aside for work in progress.", balance.held));
    let frozen = (balance.frozen.0 > 0).then(|| {
        let frozen = words::credits(balance.frozen);
        format!("{frozen} frozen, because a payment is disputed. Until the bank decides, they cannot be spent.")
    });
    let owed = (balance.owed.0 > 0).then(|| {
        let owed = words::credits(balance.owed);
        format!("You owe {owed}: the next credits you get pay them first.")
    });
    view! {
        <Title text="Account"/>
        <div class="page listing">
            <h1>"Account"</h1>
            <p class="lead">{person.email.clone()}</p>
            <Done/>
            {person.verified_at.is_none().then(|| view! { <profile::Unverified/> })}
            <div class="balance-row">
                <Given props=live>
                    <LiveBalance/>
                </Given>
                <p class="actions">
                    <a class="button" href="/#packs">
                        "Buy credits"
                    </a>
                    <a class="button quiet" href="/studio">
                        "Spend them in the studio"
                    </a>
                </p>
            </div>
            {held.map(|held| view! { <p class="hint">{held}</p> })}
            {frozen.map(|frozen| view! { <p class="hint">{frozen}</p> })}
            {owed.map(|owed| view! { <p class="hint">{owed}</p> })}
            <noscript>
                <p class="hint">"The balance is as it was when you opened the page."</p>
            </noscript>
            <plan::Plan plan/>
            <code::RedeemCode/>
            <credits::Lots lots=balance.lots/>
            <credits::Upcoming lots=balance.upcoming/>
            <cards::Cards cards/>
            <history::Orders orders/>
            <history::Statement lines has_older is_first_page/>
            <sessions::Sessions sessions this_session/>
            <views::Views views now/>
            <profile::Profile person/>
        </div>
    }
}
