//! The letters that a plan causes. Each is owed in the commit that causes it.

use super::{Subscription, invoice::ours};
use crate::{
    Result,
    card::Card,
    catalog::Offer,
    clock::Time,
    gateway::Upcoming,
    id::CustomerId,
    mail::{self, Letter},
    store::{Tx, cards},
    transaction::{Settled, State, Transaction},
};

/// Where a customer looks after their plan.
const PLAN_PAGE: &str = "/account/plan";
/// And after their cards.
const CARDS_PAGE: &str = "/account#cards";

/// A plan will be renewed in some days.
pub(crate) async fn announce(
    tx: &mut Tx,
    gateway: &str,
    upcoming: &Upcoming,
    now: Time,
) -> Result<Settled> {
    let Some(plan) = ours(tx, gateway, upcoming.ours, &upcoming.subscription).await? else {
        return Ok(Settled::Unknown);
    };
    let next = plan.next_offer.as_ref().unwrap_or(&plan.offer);
    let expired = expired_by(tx, plan.customer, upcoming.start).await?;
    let page = expired.as_ref().map_or(PLAN_PAGE, |_| CARDS_PAGE);
    let letter = Letter::RenewalAhead {
        renewal: format!("{}:{}", plan.id, upcoming.start.unix()),
        plan: next.name.clone(),
        amount: upcoming.amount,
        credits: next.credits,
        at: upcoming.start,
        expired: expired.map(|card| card.face.to_string()),
        page: page.to_owned(),
    };
    mail::owe(tx, plan.customer, letter, now).await?;
    Ok(Settled::Done)
}

/// The card that pays for a customer's plan, when it is no longer good at this time.
async fn expired_by(tx: &mut Tx, customer: CustomerId, at: Time) -> Result<Option<Card>> {
    let mut cards = cards::of_customer(tx, customer).await?.into_iter();
    let pays = cards.find(|card| card.is_default);
    Ok(pays.filter(|card| card.face.end().is_some_and(|end| end <= at)))
}

/// A renewal was not paid: the letter leads to where the same payment is made.
pub(super) async fn owes(tx: &mut Tx, transaction: &Transaction, now: Time) -> Result<()> {
    let letter = match transaction.state {
        State::RequiresAction => Letter::AuthenticationNeeded {
            transaction: transaction.id,
            what: transaction.title.clone(),
            amount: transaction.amount,
            page: transaction.pay_page(),
        },
        _ => Letter::payment_failed(transaction),
    };
    mail::owe(tx, transaction.customer, letter, now).await
}

/// What was ordered is paid, and its credits are there.
pub(super) async fn confirmed(tx: &mut Tx, transaction: &Transaction, now: Time) -> Result<()> {
    let Some(order) = transaction.order else {
        return Ok(());
    };
    let letter = Letter::OrderConfirmed {
        order,
        what: transaction.title.clone(),
        credits: transaction.credits,
        paid: transaction.amount,
        page: format!("/transactions/{}", transaction.id),
    };
    mail::owe(tx, transaction.customer, letter, now).await
}

/// A plan is another one from `at` on.
pub(super) async fn changed(
    tx: &mut Tx,
    plan: &Subscription,
    to: &Offer,
    at: Time,
    now: Time,
) -> Result<()> {
    let letter = Letter::PlanChanged {
        change: format!("{}:{}", plan.id, plan.version),
        from: plan.offer.name.clone(),
        to: to.name.clone(),
        amount: to.price,
        at,
        page: PLAN_PAGE.to_owned(),
    };
    mail::owe(tx, plan.customer, letter, now).await
}

/// A plan that had begun has ended.
pub(super) async fn ended(tx: &mut Tx, plan: &Subscription, now: Time) -> Result<()> {
    let letter = Letter::PlanEnded {
        subscription: plan.id.to_string(),
        plan: plan.offer.name.clone(),
        at: now,
        page: "/account".to_owned(),
    };
    mail::owe(tx, plan.customer, letter, now).await
}
