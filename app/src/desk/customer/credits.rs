//! Why a balance is what it is, and every movement that made it so.

use billing::{
    document::Line,
    id::CustomerId,
    ledger::{Balance, Explanation, LotThen},
    money::Credits,
    staff::Permission,
};
use leptos::prelude::*;

use super::{super::parts::linked, leads};
use crate::words;

pub(super) fn balance(
    id: CustomerId,
    balance: &Balance,
    explained: &Explanation,
    is_open: bool,
) -> AnyView {
    let available = words::credits(balance.available);
    let others = [
        (balance.held, "set aside for work in progress"),
        (balance.frozen, "frozen while a payment is disputed"),
        (balance.owed, "owed"),
        (explained.upcoming, "can be spent later"),
    ];
    let others = others
        .into_iter()
        .filter(|(credits, _)| *credits > Credits(0));
    let others = others.map(|(credits, what)| view! { <p>{format!("{credits} {what}.")}</p> });
    let because = explained.because.iter().map(|(reason, credits)| {
        view! {
            <tr>
                <th scope="row">{words::reason(*reason)}</th>
                <td class="amount">{words::change(*credits)}</td>
            </tr>
        }
    });
    let actions = is_open.then(|| {
        let give = leads(
            Permission::Money,
            format!("/admin/customers/{id}/give"),
            "Give credits…",
        );
        let take = leads(
            Permission::Money,
            format!("/admin/customers/{id}/take"),
            "Take credits…",
        );
        view! { <div class="actions">{give} {take}</div> }
    });
    view! {
        <section aria-labelledby="balance">
            <h2 id="balance">{available}</h2>
            {others.collect_view()}
            {actions}
            <h3 id="because">{format!("Why it is {}", explained.available)}</h3>
            <div class="side-by-side">
                <table class="desk-table" aria-labelledby="because">
                    <thead>
                        <tr>
                            <th scope="col">"What brought and took them"</th>
                            <th scope="col" class="amount">
                                "Credits"
                            </th>
                        </tr>
                    </thead>
                    <tbody>
                        {because.collect_view()} <tr>
                            <th scope="row">
                                <strong>"Available"</strong>
                            </th>
                            <td class="amount">
                                <strong>{explained.available.to_string()}</strong>
                            </td>
                        </tr>
                    </tbody>
                </table>
                {lots(&explained.lots)}
            </div>
        </section>
    }
    .into_any()
}

fn lots(lots: &[LotThen]) -> AnyView {
    if lots.is_empty() {
        return view! { <p class="empty">"There is no lot with something left."</p> }.into_any();
    }
    let rows = lots.iter().map(|lot| {
        let used = lot.used.iter();
        let used = used.map(|(reason, credits)| {
            format!(
                "{} {}",
                words::reason(*reason),
                words::change(Credits(-credits.0))
            )
        });
        let used: Vec<_> = used.collect();
        let end = match lot.expires_at {
            Some(time) => view! { <words::Day time/> }.into_any(),
            None => "Never".into_any(),
        };
        view! {
            <tr>
                <th scope="row">
                    {lot.source.clone()}
                    <span class="secondary">
                        "Since " <words::Day time=lot.created_at/> " " {used.join(", ")}
                    </span>
                </th>
                <td class="amount">{lot.granted.to_string()}</td>
                <td class="amount">{lot.remaining.to_string()}</td>
                <td class="amount">{end}</td>
            </tr>
        }
    });
    view! {
        <table class="desk-table" aria-label="Lots, in the order in which they are spent">
            <thead>
                <tr>
                    <th scope="col">"Lot, the next to be spent first"</th>
                    <th scope="col" class="amount">
                        "Came"
                    </th>
                    <th scope="col" class="amount">
                        "Left"
                    </th>
                    <th scope="col" class="amount">
                        "Runs out"
                    </th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

pub(super) fn statement(
    id: CustomerId,
    lines: Vec<Line>,
    has_older: bool,
    is_continued: bool,
) -> AnyView {
    let is_empty = lines.is_empty();
    let oldest = lines.last().map(|line| line.entry.id).filter(|_| has_older);
    let rows = lines.into_iter().map(|Line { entry, payment }| {
        let payment = payment.map(|payment| {
            let href = format!("/admin/transactions/{}", payment.transaction);
            let receipt = payment.receipt.map(|number| format!(", receipt {number}"));
            view! { " · " {linked(href, payment.paid.to_string())} {receipt} }
        });
        view! {
            <tr>
                <th scope="row">
                    {entry.note}
                    <span class="secondary">{words::reason(entry.reason)} {payment}</span>
                </th>
                <td>
                    <words::When time=entry.at/>
                </td>
                <td class="amount">{words::change(entry.amount)}</td>
                <td class="amount">{entry.balance.to_string()}</td>
            </tr>
        }
    });
    let table = (!is_empty).then(|| {
        view! {
            <div class="table-scroll">
                <table class="desk-table" aria-labelledby="statement">
                    <thead>
                        <tr>
                            <th scope="col">"What"</th>
                            <th scope="col">"When"</th>
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
            </div>
        }
    });
    let path = format!("/admin/customers/{id}");
    let older = oldest.map(|oldest| format!("{path}?before={oldest}#statement"));
    view! {
        <section aria-labelledby="statement">
            <h2 id="statement">"Statement"</h2>
            {is_empty.then(|| view! { <p class="empty">"No credit has come or gone yet."</p> })}
            {table}
            <p class="pages">
                {is_continued.then(|| view! { <a href=format!("{path}#statement")>"Newest"</a> })}
                {older.map(|href| view! { <a href=href>"Older"</a> })}
            </p>
        </section>
    }
    .into_any()
}
