//! Disputes, warnings of fraud, and refunds whose money came back.

use billing::{
    dispute::{Dispute, State, Warning},
    refund::Refund,
};
use leptos::prelude::*;

use crate::words;

#[component]
pub(super) fn Disputes(disputes: Vec<Dispute>) -> impl IntoView {
    let rows = disputes.into_iter().map(|dispute| {
        let kind = match dispute.state {
            State::Inquiry => "Inquiry",
            _ => "Dispute",
        };
        view! {
            <tr>
                <th scope="row">
                    <code>{dispute.reference}</code>
                    <span class="secondary">
                        {format!("{kind}: {}", words::code(&dispute.reason))}
                    </span>
                </th>
                <td class="secondary-cell">
                    <code>{dispute.transaction.to_string()}</code>
                </td>
                <td class="amount">
                    {dispute.amount.to_string()}
                    <span class="secondary">
                        {format!("{} frozen", words::credits(dispute.held.frozen))}
                    </span>
                </td>
                <td class="amount secondary-cell">
                    {dispute.respond_by.map(|time| view! { <words::When time/> })}
                </td>
            </tr>
        }
    });
    view! {
        <section aria-labelledby="disputes">
            <h2 id="disputes">"Open disputes"</h2>
            <p class="hint">
                "Answer them at the gateway. Until the bank decides, what is left of the credits is "
                "frozen."
            </p>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Dispute"</th>
                        <th scope="col" class="secondary-cell">
                            "Transaction"
                        </th>
                        <th scope="col" class="amount">
                            "Disputed"
                        </th>
                        <th scope="col" class="amount secondary-cell">
                            "Answer by"
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
pub(super) fn Warnings(warnings: Vec<Warning>) -> impl IntoView {
    let rows = warnings.into_iter().map(|warning| {
        view! {
            <tr>
                <th scope="row">
                    <code>{warning.reference}</code>
                    <span class="secondary">{words::code(&warning.kind)}</span>
                </th>
                <td class="secondary-cell">
                    <code>{warning.transaction.to_string()}</code>
                </td>
                <td class="amount">
                    <words::When time=warning.happened_at/>
                </td>
            </tr>
        }
    });
    view! {
        <section aria-labelledby="warnings">
            <h2 id="warnings">"Payments that a bank takes for fraud"</h2>
            <p class="hint">"A refund now may prevent a dispute, and its fee."</p>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Warning"</th>
                        <th scope="col" class="secondary-cell">
                            "Transaction"
                        </th>
                        <th scope="col" class="amount">
                            "Warned"
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
pub(super) fn FailedRefunds(refunds: Vec<Refund>) -> impl IntoView {
    let rows = refunds.into_iter().map(|refund| {
        view! {
            <tr>
                <th scope="row">
                    <code>{refund.reference.unwrap_or_else(|| refund.id.to_string())}</code>
                    <span class="secondary">
                        {refund.failure.map(|failure| words::code(&failure))}
                    </span>
                </th>
                <td class="secondary-cell">
                    <code>{refund.transaction.to_string()}</code>
                </td>
                <td class="amount">{refund.amount.to_string()}</td>
                <td class="amount secondary-cell">
                    <words::When time=refund.updated_at/>
                </td>
            </tr>
        }
    });
    view! {
        <section aria-labelledby="refunds">
            <h2 id="refunds">"Refunds that failed"</h2>
            <p class="hint">
                "The money did not arrive, and the credits were given back. The customer is to be paid in "
                "another way."
            </p>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Refund"</th>
                        <th scope="col" class="secondary-cell">
                            "Transaction"
                        </th>
                        <th scope="col" class="amount">
                            "Amount"
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
