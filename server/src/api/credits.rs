//! What a customer has, and how it came and went.

use axum::{Json, extract::State as Reached};
use billing::{
    Billing,
    clock::Time,
    id::TransferId,
    ledger::{Balance, Entry, Lot},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Problem,
    customers::Named,
    input::{List, Page},
};

/// What a customer has.
#[derive(Serialize, ToSchema)]
#[schema(as = Balance)]
pub struct ShownBalance {
    /// `balance`
    object: &'static str,
    customer: Uuid,
    /// What can be spent now.
    available: i64,
    /// Set aside for work in progress.
    held: i64,
    /// Cannot be spent while their payment is disputed.
    frozen: i64,
    /// Spent, and then refunded: the next credits pay them first.
    owed: i64,
    /// Counts the changes.
    version: i64,
    /// Lots with something left, in the order in which they will be spent.
    lots: Vec<ShownLot>,
    /// Lots that can be spent from a later time on, the next one first.
    upcoming: Vec<ShownLot>,
}

/// Credits that came together.
#[derive(Serialize, ToSchema)]
#[schema(as = Lot)]
pub struct ShownLot {
    id: Uuid,
    /// Where it came from, for people.
    source: String,
    granted: i64,
    remaining: i64,
    /// Lots with a lower one are spent first.
    priority: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// From when they can be spent; since they were granted, if it does not say.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Time>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Time>,
}

impl From<Lot> for ShownLot {
    fn from(lot: Lot) -> Self {
        let remaining = lot.there_will_be().0;
        Self {
            id: lot.id.0,
            source: lot.note,
            granted: lot.granted.0,
            remaining,
            priority: lot.priority,
            created_at: lot.created_at,
            starts_at: lot.starts_at,
            expires_at: lot.expires_at,
        }
    }
}

/// A line of a customer's statement.
#[derive(Serialize, ToSchema)]
#[schema(as = Entry)]
pub struct ShownEntry {
    id: Uuid,
    /// `entry`
    object: &'static str,
    /// `purchase`, `spend`, `hold`, …
    kind: &'static str,
    /// What it was for, for people.
    reason: String,
    /// Above zero when credits came, below when they went.
    amount: i64,
    /// What was available after it.
    balance: i64,
    /// The entry that it undoes.
    reverses: Option<Uuid>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
}

impl From<Entry> for ShownEntry {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id.0,
            object: "entry",
            kind: entry.reason.as_str(),
            reason: entry.note,
            amount: entry.amount.0,
            balance: entry.balance.0,
            reverses: entry.reverses.map(|id| id.0),
            created_at: entry.at,
        }
    }
}

/// What a customer has.
#[utoipa::path(
    get, path = "/v1/customers/{id}/balance", tag = "Credits",
    params(("id" = String, Path, description = "Our id, or `external:` and the product's")),
    responses(
        (status = 200, description = "The balance", body = ShownBalance),
        (status = 404, description = "There is no such customer"),
    ),
)]
pub async fn balance(
    Reached(billing): Reached<Billing>,
    Named(customer): Named,
) -> Result<Json<ShownBalance>, Problem> {
    let Balance {
        available,
        held,
        frozen,
        owed,
        version,
        lots,
        upcoming,
    } = billing.balance(customer.id).await?;
    Ok(Json(ShownBalance {
        object: "balance",
        customer: customer.id.0,
        available: available.0,
        held: held.0,
        frozen: frozen.0,
        owed: owed.0,
        version,
        lots: lots.into_iter().map(ShownLot::from).collect(),
        upcoming: upcoming.into_iter().map(ShownLot::from).collect(),
    }))
}

/// A customer's statement, newest first.
#[utoipa::path(
    get, path = "/v1/customers/{id}/entries", tag = "Credits",
    params(
        ("id" = String, Path, description = "Our id, or `external:` and the product's"),
        ("cursor" = Option<Uuid>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<i64>, Query, description = "1 to 100; 20 if it is not said"),
    ),
    responses(
        (status = 200, description = "A page of the statement", body = List<ShownEntry>),
        (status = 404, description = "There is no such customer"),
    ),
)]
pub async fn entries(
    Reached(billing): Reached<Billing>,
    Named(customer): Named,
    page: Page,
) -> Result<Json<List<ShownEntry>>, Problem> {
    let before = page.before.map(TransferId);
    let lines = billing
        .statement(customer.id, before, page.limit + 1)
        .await?;
    let lines = lines.into_iter().map(ShownEntry::from).collect();
    Ok(Json(List::new(lines, &page, |line| line.id)))
}
