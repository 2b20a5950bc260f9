//! All transactions.

use billing::{
    clock::Day,
    money::{Currency, Money},
    staff::transactions::{Filter as Wanted, Listed, Sort, Whose},
    transaction::{Kind, State},
};
use leptos::prelude::*;

use super::{
    asked::Asked,
    spoken,
    table::{Column, Filter, InFile, Row, Table},
};
use crate::{Trouble, context, problem::trouble, words};

const COLUMNS: &[Column] = &[
    Column::new("What"),
    Column::new("State"),
    Column::new("Customer"),
    Column::new("Credits").amount().wide(),
    Column::new("Amount").amount().sorted("amount"),
    Column::new("When").wide().sorted_first("at"),
];

#[component]
pub(super) fn TransactionsPage() -> impl IntoView {
    Suspend::new(async move {
        let asked = Asked::here();
        match table(&asked).await {
            Ok(table) => table.page("Transactions", &asked),
            Err(what) => trouble(what),
        }
    })
}

async fn table(asked: &Asked) -> Result<Table, Trouble> {
    let billing = context::billing()?;
    let wanted = wanted(asked, billing.catalog().currency);
    let found = billing
        .find_transactions(&wanted, sort(asked), asked.part())
        .await?;
    let states = State::ALL
        .iter()
        .map(|state| word(state, spoken::state(*state)));
    let kinds = Kind::ALL.iter().map(|kind| word(kind, spoken::kind(*kind)));
    Ok(Table {
        caption: "transactions",
        columns: COLUMNS,
        rows: found.rows.into_iter().map(row).collect(),
        next: found.next,
        filters: vec![
            Filter::Choice {
                name: "state",
                label: "State",
                words: states.collect(),
            },
            Filter::Choice {
                name: "kind",
                label: "What",
                words: kinds.collect(),
            },
            Filter::Text {
                name: "customer",
                label: "Customer: email or id",
            },
            Filter::Text {
                name: "amount",
                label: "Amount, such as 19.00",
            },
            Filter::Text {
                name: "currency",
                label: "Currency, such as usd",
            },
            Filter::Text {
                name: "reference",
                label: "Id at the gateway",
            },
            Filter::Day {
                name: "from",
                label: "From",
            },
            Filter::Day {
                name: "to",
                label: "To",
            },
        ],
        export: Some("/admin/transactions.csv".into()),
        empty: "Nobody has ordered anything yet.",
    })
}

fn word(word: &impl ToString, shown: &str) -> (String, String) {
    (word.to_string(), shown.to_owned())
}

/// Which transactions an address asks for. An amount without a currency is one of the shop's own.
pub fn wanted(asked: &Asked, ours: Currency) -> Wanted {
    let day = |name| asked.read::<Day>(name);
    let currency = asked.read("currency");
    let amount = asked.get("amount");
    let amount = amount
        .and_then(|text| Money::from_decimal(text, currency.unwrap_or(ours)).ok())
        .map(|money| money.value);
    Wanted {
        state: asked.read("state"),
        kind: asked.read("kind"),
        customer: asked.get("customer").map(Whose::from),
        amount,
        currency,
        reference: asked.get("reference").map(str::to_owned),
        from: day("from").map(Day::begin),
        to: day("to").map(Day::end),
    }
}

/// What an address sorts by.
pub fn sort(asked: &Asked) -> Sort {
    match asked.sort() {
        Some("amount") => Sort::Amount,
        _ => Sort::Time,
    }
}

fn row(Listed { transaction, email }: Listed) -> Row {
    let customer = transaction.customer;
    let href = format!("/admin/customers/{customer}");
    let who = view! { <a href=href>{email.unwrap_or_else(|| customer.to_string())}</a> };
    let what = view! {
        {transaction.title.clone()}
        <span class="secondary">{spoken::kind(transaction.kind)}</span>
    };
    Row {
        href: Some(format!("/admin/transactions/{}", transaction.id)),
        cells: vec![
            what.into_any(),
            spoken::standing(&transaction).into_any(),
            who.into_any(),
            transaction.credits.to_string().into_any(),
            transaction.amount.to_string().into_any(),
            view! { <words::When time=transaction.created_at/> }.into_any(),
        ],
    }
}

/// The columns of the file.
pub const FILE: &[InFile<Listed>] = &[
    ("id", |it| it.transaction.id.to_string()),
    ("created_at", |it| it.transaction.created_at.to_string()),
    ("kind", |it| it.transaction.kind.to_string()),
    ("state", |it| it.transaction.state.to_string()),
    ("title", |it| it.transaction.title.clone()),
    ("amount", |it| it.transaction.amount.value.to_string()),
    ("currency", |it| {
        it.transaction.amount.currency.as_str().to_owned()
    }),
    ("credits", |it| it.transaction.credits.0.to_string()),
    ("customer", |it| it.transaction.customer.to_string()),
    ("email", |it| it.email.clone().unwrap_or_default()),
    ("order", |it| {
        let order = it.transaction.order.map(|order| order.to_string());
        order.unwrap_or_default()
    }),
    ("reference", |it| {
        it.transaction.reference.clone().unwrap_or_default()
    }),
    ("settled_at", |it| {
        let settled = it.transaction.settled_at.map(|at| at.to_string());
        settled.unwrap_or_default()
    }),
    ("review", |it| {
        it.transaction.review.clone().unwrap_or_default()
    }),
];
