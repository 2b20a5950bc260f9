//! What staff must look at.

mod duties;
mod mails;
mod money_back;

use billing::{
    inbox::{Attention, Event, EventStatus},
    transaction::Transaction,
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{Trouble, context, problem::trouble, words};

#[component]
pub(crate) fn Admin() -> impl IntoView {
    Suspend::new(async move {
        match attention().await {
            Ok(attention) => view! { <Desk attention/> }.into_any(),
            Err(what) => trouble(what),
        }
    })
}

async fn attention() -> Result<Attention, Trouble> {
    let billing = context::billing()?;
    let viewer = context::viewer();
    let person = viewer.person().ok_or(Trouble::SignedOut)?;
    // For everybody else the page does not exist.
    person.role.ok_or(Trouble::NotFound)?;
    Ok(billing.attention().await?)
}

#[component]
fn Desk(attention: Attention) -> impl IntoView {
    let Attention {
        reviews,
        events,
        disputes,
        warnings,
        failed_refunds,
        duties,
        mails,
    } = attention;
    let is_calm = reviews.is_empty()
        && events.is_empty()
        && disputes.is_empty()
        && warnings.is_empty()
        && failed_refunds.is_empty()
        && duties.is_empty()
        && mails.is_empty();
    view! {
        <Title text="Needs attention"/>
        <div class="page listing">
            <h1>"Needs attention"</h1>
            {is_calm
                .then(|| {
                    view! {
                        <p class="empty">
                            "Nothing needs attention. Payments agree with their orders, and every "
                            "event has been dealt with."
                        </p>
                    }
                })}
            {(!reviews.is_empty()).then(|| view! { <Reviews reviews/> })}
            {(!disputes.is_empty()).then(|| view! { <money_back::Disputes disputes/> })}
            {(!warnings.is_empty()).then(|| view! { <money_back::Warnings warnings/> })}
            {(!failed_refunds.is_empty())
                .then(|| view! { <money_back::FailedRefunds refunds=failed_refunds/> })}
            {(!events.is_empty()).then(|| view! { <Events events/> })}
            {(!duties.is_empty()).then(|| view! { <duties::Duties duties/> })}
            {(!mails.is_empty()).then(|| view! { <mails::Mails mails/> })}
        </div>
    }
}

#[component]
fn Reviews(reviews: Vec<Transaction>) -> impl IntoView {
    let rows = reviews.into_iter().map(|transaction| {
        view! {
            <tr>
                <th scope="row">
                    <code>{transaction.id.to_string()}</code>
                    <span class="secondary">{transaction.review.unwrap_or_default()}</span>
                </th>
                <td class="secondary-cell">
                    <code>{transaction.reference.unwrap_or_default()}</code>
                </td>
                <td class="amount">{transaction.amount.to_string()}</td>
                <td class="amount secondary-cell">
                    <words::When time=transaction.updated_at/>
                </td>
            </tr>
        }
    });
    view! {
        <section aria-labelledby="reviews">
            <h2 id="reviews">"Payments that differ from their order"</h2>
            <p class="hint">"Paid at the gateway. No credits were granted."</p>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Transaction"</th>
                        <th scope="col" class="secondary-cell">
                            "At the gateway"
                        </th>
                        <th scope="col" class="amount">
                            "Ordered"
                        </th>
                        <th scope="col" class="amount secondary-cell">
                            "Since"
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}

#[component]
fn Events(events: Vec<Event>) -> impl IntoView {
    let rows = events.into_iter().map(|event| {
        let tries = match event.attempts {
            1 => "1 try".to_owned(),
            tries => format!("{tries} tries"),
        };
        view! {
            <tr>
                <th scope="row">
                    <code>{event.kind}</code>
                    <span class="secondary">
                        {event.reason.unwrap_or_else(|| format!("{} {}", event.gateway, event.event_id))}
                    </span>
                </th>
                <td>
                    {status(event.status)} <span class="secondary">{tries}</span>
                </td>
                <td class="amount secondary-cell">
                    <words::When time=event.received_at/>
                </td>
                <td class="amount secondary-cell">
                    {event.next_attempt_at.map(|time| view! { <words::When time/> })}
                </td>
            </tr>
        }
    });
    view! {
        <section aria-labelledby="events">
            <h2 id="events">"Events that could not be processed"</h2>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Event"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="amount secondary-cell">
                            "Received"
                        </th>
                        <th scope="col" class="amount secondary-cell">
                            "Next try"
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn status(status: EventStatus) -> &'static str {
    match status {
        EventStatus::Received => "Received",
        EventStatus::Processed => "Processed",
        EventStatus::Ignored => "Ignored",
        EventStatus::Parked => "Parked",
        EventStatus::Failed => "Failing",
    }
}
