//! What was ordered, and every movement of credits.

use billing::{
    document::{Line, Payment},
    ledger::Reason,
    order::{Order, OrderStatus},
};
use leptos::prelude::*;

use crate::words;

#[component]
pub(super) fn Orders(orders: Vec<Order>) -> impl IntoView {
    let is_empty = orders.is_empty();
    let rows = orders.into_iter().map(|order| {
        let state = words::order_state(&order);
        let receipt = (order.status == OrderStatus::Paid).then(|| {
            view! {
                <span class="secondary">
                    <a href=format!("/orders/{}/receipt", order.id)>
                        "Receipt" <span class="visually-hidden">" for " {order.transaction.title.clone()}</span>
                    </a>
                </span>
            }
        });
        let coupon = order.redemption.as_ref().map(|redemption| {
            let (code, list_price) = (&redemption.coupon.code, redemption.list_price);
            view! { <span class="secondary">{format!("{list_price} with {code}")}</span> }
        });
        view! {
            <tr>
                <th scope="row">
                    <a href=format!("/transactions/{}", order.transaction.id)>{order.offer.name}</a>
                    <span class="secondary">
                        <words::When time=order.created_at/>
                    </span>
                </th>
                <td>{state} {receipt}</td>
                <td class="amount">{order.transaction.amount.to_string()} {coupon}</td>
            </tr>
        }
    });
    let table = (!is_empty).then(|| {
        view! {
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Order"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="amount">
                            "Price"
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        }
    });
    view! {
        <section aria-labelledby="orders">
            <h2 id="orders">"Orders"</h2>
            {is_empty
                .then(|| {
                    view! {
                        <p class="empty">
                            "You have not ordered anything yet. " <a href="/#packs">"See the packs"</a>
                        </p>
                    }
                })}
            {table}
        </section>
    }
    .into_any()
}

#[component]
pub(super) fn Statement(lines: Vec<Line>, has_older: bool, is_first_page: bool) -> impl IntoView {
    let is_empty = lines.is_empty();
    let oldest = lines.last().map(|line| line.entry.id).filter(|_| has_older);
    let rows = lines.into_iter().map(|Line { entry, payment }| {
        view! {
            <tr>
                <th scope="row">
                    {entry.note}
                    <span class="secondary">
                        {words::reason(entry.reason)} " · " <words::When time=entry.at/>
                    </span>
                    {payment.map(|payment| view! { <Paid payment reason=entry.reason/> })}
                </th>
                <td class="amount">{words::change(entry.amount)}</td>
                <td class="amount">{entry.balance.to_string()}</td>
            </tr>
        }
    });
    let table = (!is_empty).then(|| {
        view! {
            <table>
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        <th scope="col" class="amount">
                            "Credits"
                        </th>
                        <th scope="col" class="amount">
                            "Balance"
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        }
    });
    view! {
        <section aria-labelledby="statement">
            <h2 id="statement">"Statement"</h2>
            {is_empty
                .then(|| {
                    view! {
                        <p class="empty">
                            "Every credit that comes or goes will stand here. "
                            <a href="/studio">"Go to the studio"</a>
                        </p>
                    }
                })}
            {table}
            <p class="pages">
                {(!is_first_page).then(|| view! { <a href="/account#statement">"Newest"</a> })}
                {oldest
                    .map(|id| {
                        view! { <a href=format!("/account?before={id}#statement")>"Older"</a> }
                    })}
            </p>
        </section>
    }
    .into_any()
}

/// What the credits of a line cost, and the document that says so.
#[component]
fn Paid(payment: Payment, reason: Reason) -> impl IntoView {
    let cost = match (reason, payment.paid.value) {
        (Reason::Purchase | Reason::Plan | Reason::Coupon, 0) => "Nothing paid".to_owned(),
        (Reason::Purchase | Reason::Plan, _) => format!("{} paid", payment.paid),
        _ => format!("Of a payment of {}", payment.paid),
    };
    let receipt = payment.receipt.map(|number| {
        let address = format!("/transactions/{}/receipt", payment.transaction);
        view! {
            ", "
            <a href=address>"Receipt " {number}</a>
        }
    });
    view! { <span class="secondary">{cost} {receipt}</span> }
}
