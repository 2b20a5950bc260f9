//! Corrections: what an entry did is undone by a new one.

use axum::{
    Json,
    extract::{Path, State as Reached},
};
use billing::{
    Billing,
    ledger::{Reversal, ReversalError},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Problem, credits::ShownEntry, customers::Named, input::Body, spend::reason};

/// Why an entry is undone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReversal {
    /// For people: it stands on the statement.
    #[schema(example = "The picture came out blurred")]
    reason: String,
}

/// Undoes a spend, a capture or a gift, whole: what was spent goes back to the lots it came from, and
/// what has run out meanwhile is gone; a gift is taken back as far as it is left, and the rest is owed,
/// unless Tender is set to write it off. Doing it again changes nothing.
#[utoipa::path(
    post, path = "/v1/customers/{id}/entries/{entry}/reverse", tag = "Credits",
    request_body = NewReversal,
    params(
        ("id" = String, Path, description = "Our id, or `external:` and the product's"),
        ("entry" = Uuid, Path),
    ),
    responses(
        (status = 200, description = "Undone, by this entry", body = ShownEntry),
        (status = 404, description = "There is no such customer or entry"),
        (status = 409, description = "It is undone in another way, or was for another reason"),
        (status = 422, description = "A field cannot be taken"),
    ),
)]
pub async fn reverse(
    Reached(billing): Reached<Billing>,
    Named(customer): Named,
    Path((_, entry)): Path<(String, String)>,
    Body(new): Body<NewReversal>,
) -> Result<Json<ShownEntry>, Problem> {
    let unknown = || Problem::not_found(format!("entry {entry}"));
    let reversal = Reversal {
        customer: customer.id,
        entry: entry.parse().map_err(|_| unknown())?,
        note: reason(new.reason)?,
    };
    match billing.reverse(reversal).await {
        Ok(done) => Ok(Json(done.into())),
        Err(ReversalError::Unknown) => Err(unknown()),
        Err(ReversalError::Other(error)) => Err(error.into()),
        Err(other) => Err(Problem::conflict(other.to_string())),
    }
}
