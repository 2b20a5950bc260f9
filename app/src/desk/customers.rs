//! All customers.

use billing::{
    clock::Day,
    staff::customers::{Filter as Wanted, Listed},
};
use leptos::prelude::*;

use super::{
    asked::Asked,
    table::{Column, Filter, InFile, Row, Table},
};
use crate::{Trouble, context, problem::trouble, words};

const COLUMNS: &[Column] = &[
    Column::new("Customer"),
    Column::new("Named by a product").wide(),
    Column::new("Credits").amount(),
    Column::new("Since").sorted_first("at"),
];

#[component]
pub(super) fn CustomersPage() -> impl IntoView {
    Suspend::new(async move {
        let asked = Asked::here();
        match table(&asked).await {
            Ok(table) => table.page("Customers", &asked),
            Err(what) => trouble(what),
        }
    })
}

async fn table(asked: &Asked) -> Result<Table, Trouble> {
    let billing = context::billing()?;
    let found = billing.find_customers(&wanted(asked), asked.part()).await?;
    Ok(Table {
        caption: "customers",
        columns: COLUMNS,
        rows: found.rows.into_iter().map(row).collect(),
        next: found.next,
        filters: vec![
            Filter::Text {
                name: "email",
                label: "Email begins with",
            },
            Filter::Text {
                name: "external",
                label: "Name by a product",
            },
            Filter::Text {
                name: "id",
                label: "Id",
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
        export: Some("/admin/customers.csv".into()),
        empty: "There is no customer yet.",
    })
}

/// Which customers an address asks for.
pub fn wanted(asked: &Asked) -> Wanted {
    let day = |name| asked.read::<Day>(name);
    Wanted {
        email: asked.get("email").map(str::to_lowercase),
        id: asked.read("id"),
        external_id: asked.get("external").map(str::to_owned),
        from: day("from").map(Day::begin),
        to: day("to").map(Day::end),
    }
}

/// What a customer is called where nothing else is known.
pub(super) fn name(customer: &Listed) -> String {
    match (&customer.email, customer.closed_at, &customer.external_id) {
        (Some(email), ..) => email.clone(),
        (None, Some(_), _) => "Closed account".to_owned(),
        (None, None, Some(name)) => name.clone(),
        (None, None, None) => "Without a name".to_owned(),
    }
}

fn row(customer: Listed) -> Row {
    let id = customer.id.to_string();
    let who = view! { {name(&customer)} <span class="secondary">{id.clone()}</span> };
    Row {
        href: Some(format!("/admin/customers/{id}")),
        cells: vec![
            who.into_any(),
            customer.external_id.unwrap_or_default().into_any(),
            customer.available.to_string().into_any(),
            view! { <words::When time=customer.created_at/> }.into_any(),
        ],
    }
}

/// The columns of the file.
pub const FILE: &[InFile<Listed>] = &[
    ("id", |it| it.id.to_string()),
    ("created_at", |it| it.created_at.to_string()),
    ("email", |it| it.email.clone().unwrap_or_default()),
    ("external_id", |it| {
        it.external_id.clone().unwrap_or_default()
    }),
    ("available", |it| it.available.0.to_string()),
    ("closed_at", |it| {
        let closed = it.closed_at.map(|at| at.to_string());
        closed.unwrap_or_default()
    }),
];
