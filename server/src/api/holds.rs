//! Credits set aside for work in progress.

use std::time::Duration;

use axum::{Json, extract::State as Reached};
use billing::{
    Billing,
    clock::Time,
    id::HoldId,
    ledger::{self, Hold, HoldError, Spent},
    money::Credits,
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Problem,
    customers::Named,
    input::{Body, Id, IdempotencyKey},
    spend::{amount, reason, short},
};
use crate::state::State;

/// A hold that nobody ends is given back after this, unless it is said.
const USUAL_LIFETIME_S: u64 = 15 * 60;
const LONGEST_LIFETIME_S: u64 = 7 * 24 * 3600;

/// Credits that are or were set aside.
#[derive(Serialize, ToSchema)]
#[schema(as = Hold)]
pub struct ShownHold {
    id: Uuid,
    /// `hold`
    object: &'static str,
    customer: Uuid,
    amount: i64,
    reason: String,
    /// `open`, `captured`, `released` or `expired`
    status: &'static str,
    /// How much of it was used; the rest went back.
    captured: i64,
    /// What was available when it began.
    balance: i64,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Time,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Time>,
}

impl From<Hold> for ShownHold {
    fn from(hold: Hold) -> Self {
        Self {
            id: hold.id.0,
            object: "hold",
            customer: hold.customer.0,
            amount: hold.amount.0,
            reason: hold.note,
            status: hold.status.as_str(),
            captured: hold.captured.0,
            balance: hold.available_after.0,
            expires_at: hold.expires_at,
            created_at: hold.created_at,
            ended_at: hold.ended_at,
        }
    }
}

/// Credits to set aside.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHold {
    #[schema(minimum = 1, example = 5)]
    amount: i64,
    /// For people: it stands on the statement.
    #[schema(example = "Film")]
    reason: String,
    /// In seconds, up to a week; a quarter of an hour if it is not said.
    #[schema(example = 600)]
    expires_in: Option<u64>,
}

/// Sets credits aside: nothing else can spend them until the hold ends.
#[utoipa::path(
    post, path = "/v1/customers/{id}/holds", operation_id = "create_hold",
    tag = "Holds", request_body = NewHold,
    params(
        ("id" = String, Path, description = "Our id, or `external:` and the product's"),
        ("Idempotency-Key" = Option<String>, Header, description = "Holds once, for ever"),
    ),
    responses(
        (status = 201, description = "Set aside", body = ShownHold),
        (status = 402, description = "Not enough: nothing was done"),
        (status = 404, description = "There is no such customer"),
        (status = 409, description = "The key was used for something else"),
        (status = 422, description = "A field cannot be taken"),
    ),
)]
pub async fn create(
    Reached(state): Reached<State>,
    Named(customer): Named,
    IdempotencyKey(key): IdempotencyKey,
    Body(new): Body<NewHold>,
) -> Result<(StatusCode, Json<ShownHold>), Problem> {
    let lifetime_s = new.expires_in.unwrap_or(USUAL_LIFETIME_S);
    if !(1..=LONGEST_LIFETIME_S).contains(&lifetime_s) {
        return Err(Problem::field(format!(
            "expires_in: 1 to {LONGEST_LIFETIME_S} seconds"
        )));
    }
    let hold = ledger::NewHold {
        customer: customer.named,
        amount: amount(new.amount)?,
        note: reason(new.reason)?,
        lifetime: Duration::from_secs(lifetime_s),
        key: format!("api:{key}"),
    };
    match state.billing.hold(hold).await? {
        Spent::Done(hold) => Ok((StatusCode::CREATED, Json(hold.into()))),
        Spent::Insufficient {
            available,
            required,
        } => Err(short(&state, available, required)),
    }
}

/// A hold, and what became of it.
#[utoipa::path(
    get, path = "/v1/holds/{id}", operation_id = "show_hold",
    tag = "Holds",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The hold", body = ShownHold),
        (status = 404, description = "There is no such hold"),
    ),
)]
pub async fn show(
    Reached(billing): Reached<Billing>,
    Id(id): Id<HoldId>,
) -> Result<Json<ShownHold>, Problem> {
    let hold = billing.find_hold(id).await?;
    hold.map(|hold| Json(hold.into()))
        .ok_or_else(|| unknown(id))
}

/// How much of a hold was used.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Capture {
    /// All of it, if it is not said. The rest goes back.
    #[schema(minimum = 0, example = 2)]
    amount: Option<i64>,
}

/// Spends what is held, or a part of it. Doing it again changes nothing.
#[utoipa::path(
    post, path = "/v1/holds/{id}/capture", operation_id = "capture_hold",
    tag = "Holds", request_body = Option<Capture>,
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "Captured", body = ShownHold),
        (status = 404, description = "There is no such hold"),
        (status = 409, description = "It ended in another way before"),
        (status = 422, description = "More than is held"),
    ),
)]
pub async fn capture(
    Reached(billing): Reached<Billing>,
    Id(id): Id<HoldId>,
    body: Option<Body<Capture>>,
) -> Result<Json<ShownHold>, Problem> {
    let wanted = body.map(|Body(capture)| capture).unwrap_or_default().amount;
    if wanted.is_some_and(|amount| amount < 0) {
        return Err(Problem::field("amount: 0 or more"));
    }
    answer(id, billing.capture_hold(id, wanted.map(Credits)).await)
}

/// Gives back what is held. Doing it again changes nothing.
#[utoipa::path(
    post, path = "/v1/holds/{id}/release", operation_id = "release_hold",
    tag = "Holds",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "Given back", body = ShownHold),
        (status = 404, description = "There is no such hold"),
        (status = 409, description = "It ended in another way before"),
    ),
)]
pub async fn release(
    Reached(billing): Reached<Billing>,
    Id(id): Id<HoldId>,
) -> Result<Json<ShownHold>, Problem> {
    answer(id, billing.release_hold(id).await)
}

fn answer(id: HoldId, ended: Result<Hold, HoldError>) -> Result<Json<ShownHold>, Problem> {
    ended
        .map(|hold| Json(hold.into()))
        .map_err(|error| match error {
            HoldError::Unknown => unknown(id),
            HoldError::Ended(_) => Problem::conflict(error.to_string()),
            HoldError::TooMuch(_) => Problem::field(format!("amount: {error}")),
            HoldError::Other(error) => error.into(),
        })
}

fn unknown(id: HoldId) -> Problem {
    Problem::not_found(format!("hold {id}"))
}
