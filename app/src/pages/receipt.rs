//! The receipt of a payment. It prints as it stands.

use billing::id::{OrderId, TransactionId};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    Trouble,
    context::{self, Site},
    problem::trouble,
    receipt::Written,
};

#[component]
pub(crate) fn ReceiptPage() -> impl IntoView {
    Suspend::new(async move {
        match load().await {
            Ok((receipt, pdf)) => view! { <Paper receipt pdf/> }.into_any(),
            Err(what) => trouble(what),
        }
    })
}

/// The receipt, and where it is as a PDF.
async fn load() -> Result<(Written, String), Trouble> {
    let billing = context::billing()?;
    let site = use_context::<Site>().ok_or(Trouble::Unavailable)?;
    let customer = context::viewer().customer().ok_or(Trouble::SignedOut)?;
    let order: Option<OrderId> = context::segment("order");
    let named: Option<TransactionId> = context::segment("transaction");
    let (transaction, path) = match (order, named) {
        (Some(order), _) => {
            let found = billing.order(customer, order).await?;
            let transaction = found.ok_or(Trouble::NotFound)?.transaction.id;
            (transaction, format!("/orders/{order}"))
        }
        (None, Some(transaction)) => (transaction, format!("/transactions/{transaction}")),
        (None, None) => return Err(Trouble::NotFound),
    };
    let receipt = billing.receipt(customer, transaction).await?;
    let receipt = receipt.ok_or(Trouble::NotFound)?;
    let pdf = format!("{path}/receipt.pdf");
    Ok((Written::of(&receipt, &site), pdf))
}

#[component]
fn Paper(receipt: Written, pdf: String) -> impl IntoView {
    let Written {
        seller,
        customer,
        number,
        date,
        lines,
        paid,
        refunds,
        how,
    } = receipt;
    let seller = seller
        .into_iter()
        .map(|line| view! { <span>{line}</span> })
        .collect_view();
    let row = |(what, amount)| {
        view! {
            <tr>
                <th scope="row">{what}</th>
                <td class="amount">{amount}</td>
            </tr>
        }
    };
    let paid = row(("Paid".to_owned(), paid));
    view! {
        <Title text=format!("Receipt {number}")/>
        <div class="page narrow receipt">
            <p class="receipt-seller">{seller}</p>
            <h1>"Receipt " {number}</h1>
            <dl class="bill">
                <div>
                    <dt>"Date"</dt>
                    <dd>{date}</dd>
                </div>
                <div>
                    <dt>"Customer"</dt>
                    <dd>{customer}</dd>
                </div>
            </dl>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        <th scope="col" class="amount">
                            "Price"
                        </th>
                    </tr>
                </thead>
                <tbody>{lines.into_iter().map(row).collect_view()}</tbody>
                <tfoot>
                    {paid}
                    {refunds.into_iter().map(row).collect_view()}
                </tfoot>
            </table>
            <p class="hint">"Paid by: " {how}</p>
            <p class="actions receipt-actions">
                <a class="button" href=pdf>
                    "Download as PDF"
                </a>
                <a class="button quiet" href="/account#statement">
                    "Back to your account"
                </a>
            </p>
        </div>
    }
    .into_any()
}
