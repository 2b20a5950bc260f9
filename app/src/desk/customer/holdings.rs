//! What a customer ordered, the plan they have, and the cards they keep.

use billing::{
    card::Card,
    id::CustomerId,
    order::Order,
    plan::{Status, Subscription},
    staff::Permission,
};
use leptos::prelude::*;

use super::{
    super::parts::{fact, facts},
    leads,
};
use crate::words;

pub(super) fn plan(id: CustomerId, plan: Option<Subscription>) -> AnyView {
    let body = match plan {
        None => view! { <p class="empty">"There is no plan."</p> }.into_any(),
        Some(plan) => {
            let change = (plan.status != Status::Starting).then(|| {
                leads(
                    Permission::Money,
                    format!("/admin/customers/{id}/plan"),
                    "Change or end it…",
                )
            });
            view! {
                {standing(&plan)}
                {change}
            }
            .into_any()
        }
    };
    view! {
        <section aria-labelledby="plan">
            <h2 id="plan">"Plan"</h2>
            {body}
        </section>
    }
    .into_any()
}

/// A plan as staff read it.
pub(super) fn standing(plan: &Subscription) -> AnyView {
    let status = match (plan.status, plan.cancel_at_end) {
        (Status::Starting, _) => "Not paid yet",
        (Status::Active, false) => "Active",
        (Status::Active, true) => "Active, ends with its period",
        (Status::PastDue, _) => "A renewal is not paid",
        (Status::Ended, _) => "Ended",
    };
    let price = format!("{} a {}", plan.offer.price, words::period(&plan.offer));
    let mut all = vec![
        fact("Plan", plan.offer.name.clone()),
        fact("Price", price),
        fact("Credits", plan.offer.credits.to_string()),
        fact("State", status),
    ];
    if let Some(period) = plan.period {
        all.push(fact(
            "Period ends",
            view! { <words::When time=period.end/> },
        ));
    }
    if let Some(next) = &plan.next_offer {
        all.push(fact("Becomes", next.name.clone()));
    }
    if let Some(time) = plan.past_due_since {
        all.push(fact("Unpaid since", view! { <words::When time/> }));
    }
    if let Some(reference) = &plan.reference {
        all.push(fact(
            "At the gateway",
            view! { <code>{reference.clone()}</code> },
        ));
    }
    facts(all)
}

pub(super) fn orders(id: CustomerId, orders: Vec<Order>) -> AnyView {
    let is_empty = orders.is_empty();
    let rows = orders.into_iter().map(|order| {
        let state = words::order_state(&order);
        let href = format!("/admin/transactions/{}", order.transaction.id);
        view! {
            <tr>
                <th scope="row">
                    <a href=href>{order.transaction.title.clone()}</a>
                </th>
                <td>
                    <words::When time=order.created_at/>
                </td>
                <td>{state}</td>
                <td class="amount">{order.transaction.amount.to_string()}</td>
            </tr>
        }
    });
    let table = (!is_empty).then(|| {
        view! {
            <div class="table-scroll">
                <table class="desk-table" aria-labelledby="orders">
                    <thead>
                        <tr>
                            <th scope="col">"Order"</th>
                            <th scope="col">"When"</th>
                            <th scope="col">"State"</th>
                            <th scope="col" class="amount">
                                "Price"
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
            <p>
                <a href=format!("/admin/transactions?customer={id}")>
                    "All transactions, renewals and codes among them"
                </a>
            </p>
        }
    });
    view! {
        <section aria-labelledby="orders">
            <h2 id="orders">"Orders"</h2>
            {is_empty.then(|| view! { <p class="empty">"Nothing was ordered yet."</p> })}
            {table}
        </section>
    }
    .into_any()
}

pub(super) fn cards(cards: Vec<Card>) -> AnyView {
    let is_empty = cards.is_empty();
    let rows = cards.into_iter().map(|card| {
        let default = card
            .is_default
            .then_some(" · pays the plan, and is offered first");
        let about = format!(
            "{}{}",
            words::card_expiry(&card),
            default.unwrap_or_default()
        );
        view! {
            <li>
                <span>
                    {card.face.to_string()} <span class="secondary">{about}</span>
                </span>
                <code>{card.reference}</code>
            </li>
        }
    });
    view! {
        <section aria-labelledby="cards">
            <h2 id="cards">"Cards"</h2>
            {is_empty.then(|| view! { <p class="empty">"No card is kept."</p> })}
            <ul class="rows">{rows.collect_view()}</ul>
        </section>
    }
    .into_any()
}
