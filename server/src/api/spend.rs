//! Credits that a customer spends.

use axum::{Json, extract::State as Reached};
use billing::{
    ledger::{Spend, SpendError, Spent},
    money::Credits,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Problem,
    credits::ShownEntry,
    customers::Named,
    input::{Body, IdempotencyKey},
};
use crate::state::State;

/// More credits than this are a mistake.
const LARGEST_AMOUNT: i64 = 1_000_000_000_000;
const LONGEST_REASON: usize = 200;

/// Credits to take, and what for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSpend {
    #[schema(minimum = 1, example = 3)]
    amount: i64,
    /// For people: it stands on the statement.
    #[schema(example = "Picture: a harbour")]
    reason: String,
}

/// Spends credits, out of the lots that are to be spent first.
#[utoipa::path(
    post, path = "/v1/customers/{id}/spend", tag = "Credits", request_body = NewSpend,
    params(
        ("id" = String, Path, description = "Our id, or `external:` and the product's"),
        ("Idempotency-Key" = Option<String>, Header, description = "Spends once, for ever"),
    ),
    responses(
        (status = 200, description = "Spent", body = ShownEntry),
        (status = 402, description = "Not enough: nothing was done"),
        (status = 404, description = "There is no such customer"),
        (status = 409, description = "The key was used for something else"),
        (status = 422, description = "A field cannot be taken"),
    ),
)]
pub async fn spend(
    Reached(state): Reached<State>,
    Named(customer): Named,
    IdempotencyKey(key): IdempotencyKey,
    Body(new): Body<NewSpend>,
) -> Result<Json<ShownEntry>, Problem> {
    let spend = Spend {
        customer: customer.named,
        amount: amount(new.amount)?,
        note: reason(new.reason)?,
        key: format!("api:{key}"),
    };
    match state.billing.spend(spend).await? {
        Spent::Done(entry) => Ok(Json(entry.into())),
        Spent::Insufficient {
            available,
            required,
        } => Err(short(&state, available, required)),
    }
}

/// An amount that can be taken or given.
pub(super) fn amount(amount: i64) -> Result<Credits, Problem> {
    match amount {
        1..=LARGEST_AMOUNT => Ok(Credits(amount)),
        _ => Err(amount_out_of_range()),
    }
}

pub(super) fn amount_out_of_range() -> Problem {
    Problem::field(format!("amount: 1 to {LARGEST_AMOUNT}"))
}

/// A reason that can stand on a statement.
pub(super) fn reason(reason: String) -> Result<String, Problem> {
    let reason = reason.trim();
    let fits = !reason.is_empty()
        && reason.chars().count() <= LONGEST_REASON
        && !reason.contains(char::is_control);
    match fits {
        true => Ok(reason.to_owned()),
        false => Err(Problem::field(format!(
            "reason: 1 to {LONGEST_REASON} characters in one line"
        ))),
    }
}

/// Too few credits, and where more of them are sold: the cheapest pack that is enough.
pub(super) fn short(state: &State, available: Credits, required: Credits) -> Problem {
    let missing = Credits(required.0 - available.0);
    let site = &state.site.public_url;
    let purchase_url = match state.billing.catalog().cheapest_pack_for(missing) {
        Some(pack) => format!("{site}/buy/{}", pack.key),
        None => site.clone(),
    };
    Problem::short(available, required, purchase_url)
}

impl From<SpendError> for Problem {
    fn from(error: SpendError) -> Self {
        match error {
            SpendError::Amount => amount_out_of_range(),
            SpendError::KeyReused => Self::key_reused(),
            SpendError::Other(error) => error.into(),
        }
    }
}
