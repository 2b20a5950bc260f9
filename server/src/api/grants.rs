//! Credits for nothing.

use axum::{Json, extract::State as Reached};
use billing::{
    Billing,
    clock::Time,
    ledger::{Gift, GiftError, Given},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Problem,
    customers::Named,
    input::{Body, IdempotencyKey},
    spend::{amount, amount_out_of_range, reason},
};

/// Credits to give.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    #[schema(minimum = 1, example = 10)]
    amount: i64,
    /// For people: it stands on the statement.
    #[schema(example = "Welcome")]
    reason: String,
    /// From when they can be spent; at once, if it is not said.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-01-01T00:00:00Z")]
    starts_at: Option<Time>,
    /// When they run out; never, if it is not said.
    #[schema(value_type = Option<String>, format = DateTime, example = "2099-01-01T00:00:00Z")]
    expires_at: Option<Time>,
    /// Lots with a lower one are spent first: plans have -1, everything else 0.
    #[serde(default)]
    #[schema(example = 0)]
    priority: i64,
}

/// What was given.
#[derive(Serialize, ToSchema)]
#[schema(as = Grant)]
pub struct ShownGrant {
    id: Uuid,
    /// `grant`
    object: &'static str,
    /// As they were named.
    customer: Uuid,
    amount: i64,
    reason: String,
    lot: Uuid,
    priority: i64,
    /// What was available after it.
    balance: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Time>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Time>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
}

/// Gives a customer credits for nothing.
#[utoipa::path(
    post, path = "/v1/customers/{id}/grants", tag = "Credits", request_body = NewGrant,
    params(
        ("id" = String, Path, description = "Our id, or `external:` and the product's"),
        ("Idempotency-Key" = Option<String>, Header, description = "Gives once, for ever"),
    ),
    responses(
        (status = 201, description = "Given", body = ShownGrant),
        (status = 404, description = "There is no such customer"),
        (status = 409, description = "The key was used for something else"),
        (status = 422, description = "A field cannot be taken"),
    ),
)]
pub async fn grant(
    Reached(billing): Reached<Billing>,
    Named(customer): Named,
    IdempotencyKey(key): IdempotencyKey,
    Body(new): Body<NewGrant>,
) -> Result<(StatusCode, Json<ShownGrant>), Problem> {
    if !(-100..=100).contains(&new.priority) {
        return Err(Problem::field("priority: -100 to 100"));
    }
    let gift = Gift {
        customer: customer.named,
        amount: amount(new.amount)?,
        note: reason(new.reason)?,
        starts_at: new.starts_at,
        expires_at: new.expires_at,
        priority: new.priority,
        key: format!("api:{key}"),
    };
    let Given {
        transfer,
        lot,
        balance,
    } = billing.give(gift).await?;
    Ok((
        StatusCode::CREATED,
        Json(ShownGrant {
            id: transfer.0,
            object: "grant",
            customer: customer.named.0,
            amount: lot.granted.0,
            reason: lot.note,
            lot: lot.id.0,
            priority: lot.priority,
            balance: balance.0,
            starts_at: lot.starts_at,
            expires_at: lot.expires_at,
            created_at: lot.created_at,
        }),
    ))
}

impl From<GiftError> for Problem {
    fn from(error: GiftError) -> Self {
        match error {
            GiftError::Amount => amount_out_of_range(),
            GiftError::Past | GiftError::Backwards => Self::field(format!("expires_at: {error}")),
            GiftError::KeyReused => Self::key_reused(),
            GiftError::Other(error) => error.into(),
        }
    }
}
