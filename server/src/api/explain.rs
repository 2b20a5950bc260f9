//! Why a customer has what they have.

use axum::{
    Json,
    extract::{Path, Query, State as Reached, rejection::QueryRejection},
};
use billing::{
    Billing,
    clock::Time,
    id::TransferId,
    ledger::{Explanation, LotThen, LotUse, Reason},
    money::Credits,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Problem, credits::ShownEntry, customers::Named};

/// Why a customer had what they had at a moment.
#[derive(Serialize, ToSchema)]
#[schema(as = Explanation)]
pub struct ShownExplanation {
    /// `explanation`
    object: &'static str,
    customer: Uuid,
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    available: i64,
    /// What could be spent from a later time on.
    upcoming: i64,
    held: i64,
    frozen: i64,
    owed: i64,
    /// What each reason brought, below zero what it took; they add up to what is available.
    because: Vec<Moved>,
    /// Lots with something left, in the order in which they are spent; what is left in them adds up to
    /// what is available.
    lots: Vec<ExplainedLot>,
}

/// What a reason moved.
#[derive(Serialize, ToSchema)]
pub struct Moved {
    /// `purchase`, `spend`, `hold`, …
    kind: &'static str,
    amount: i64,
}

/// A lot as it was.
#[derive(Serialize, ToSchema)]
pub struct ExplainedLot {
    id: Uuid,
    /// Where it came from, for people.
    source: String,
    granted: i64,
    remaining: i64,
    /// What took the rest; below zero what was given back.
    used: Vec<Moved>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Time>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Time>,
}

/// A line of a statement, with the lots behind it.
#[derive(Serialize, ToSchema)]
pub struct ExplainedEntry {
    #[serde(flatten)]
    entry: ShownEntry,
    /// What it took from which lots; below zero what it gave back. None for credits that came.
    lots: Vec<UsedLot>,
}

/// What an entry took from a lot.
#[derive(Serialize, ToSchema)]
pub struct UsedLot {
    lot: Uuid,
    /// Where the lot came from, for people.
    source: String,
    amount: i64,
}

fn moved(reasons: Vec<(Reason, Credits)>) -> Vec<Moved> {
    let moved = reasons.into_iter().map(|(reason, credits)| Moved {
        kind: reason.as_str(),
        amount: credits.0,
    });
    moved.collect()
}

impl From<LotThen> for ExplainedLot {
    fn from(lot: LotThen) -> Self {
        Self {
            id: lot.id.0,
            source: lot.source,
            granted: lot.granted.0,
            remaining: lot.remaining.0,
            used: moved(lot.used),
            created_at: lot.created_at,
            starts_at: lot.starts_at,
            expires_at: lot.expires_at,
        }
    }
}

impl From<LotUse> for UsedLot {
    fn from(used: LotUse) -> Self {
        Self {
            lot: used.lot.0,
            source: used.source,
            amount: used.amount.0,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    at: Option<Time>,
}

/// Why a customer has what they have, or had it at an earlier moment.
#[utoipa::path(
    get, path = "/v1/customers/{id}/explanation", tag = "Credits",
    params(
        ("id" = String, Path, description = "Our id, or `external:` and the product's"),
        ("at" = Option<String>, Query, description = "RFC 3339; now, if it is not said"),
    ),
    responses(
        (status = 200, description = "The explanation", body = ShownExplanation),
        (status = 400, description = "A parameter is wrong"),
        (status = 404, description = "There is no such customer"),
    ),
)]
pub async fn explanation(
    Reached(billing): Reached<Billing>,
    Named(customer): Named,
    moment: Result<Query<Moment>, QueryRejection>,
) -> Result<Json<ShownExplanation>, Problem> {
    let Query(Moment { at }) = moment.map_err(|error| Problem::parameter(error.body_text()))?;
    let at = at.unwrap_or_else(|| billing.clock().now());
    let Explanation {
        at,
        available,
        upcoming,
        held,
        frozen,
        owed,
        because,
        lots,
    } = billing.explain(customer.id, at).await?;
    Ok(Json(ShownExplanation {
        object: "explanation",
        customer: customer.id.0,
        at,
        available: available.0,
        upcoming: upcoming.0,
        held: held.0,
        frozen: frozen.0,
        owed: owed.0,
        because: moved(because),
        lots: lots.into_iter().map(ExplainedLot::from).collect(),
    }))
}

/// A line of a customer's statement, and which lots it took from.
#[utoipa::path(
    get, path = "/v1/customers/{id}/entries/{entry}", tag = "Credits",
    params(
        ("id" = String, Path, description = "Our id, or `external:` and the product's"),
        ("entry" = Uuid, Path),
    ),
    responses(
        (status = 200, description = "The entry", body = ExplainedEntry),
        (status = 404, description = "There is no such customer or entry"),
    ),
)]
pub async fn entry(
    Reached(billing): Reached<Billing>,
    Named(customer): Named,
    Path((_, entry)): Path<(String, String)>,
) -> Result<Json<ExplainedEntry>, Problem> {
    let unknown = || Problem::not_found(format!("entry {entry}"));
    let id: TransferId = entry.parse().map_err(|_| unknown())?;
    let found = billing.entry(customer.id, id).await?.ok_or_else(unknown)?;
    let lots = billing.lots_used(id).await?;
    Ok(Json(ExplainedEntry {
        entry: found.into(),
        lots: lots.into_iter().map(UsedLot::from).collect(),
    }))
}
