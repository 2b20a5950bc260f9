//! What waits for a second person: approved, refused or taken back.

use app::FormState;
use axum::{
    Form,
    extract::{Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::{
    id::ProposalId,
    ledger::{GiftError, TakeError},
    refund::RefundError,
    staff::{
        customers::MoveError,
        proposals::{DecideError, Proposal},
    },
};
use http::{StatusCode, request::Parts};
use serde::Deserialize;

use super::{Staff, not_found, page_again};
use crate::state::State;

/// To the page of what waits from now on.
pub fn asked(proposal: &Proposal) -> Response {
    to_page(proposal.id, "asked")
}

fn to_page(id: ProposalId, done: &str) -> Response {
    Redirect::to(&format!("/admin/proposals/{id}?done={done}")).into_response()
}

#[derive(Deserialize)]
pub struct Typed {
    /// `approve`, `refuse` or `withdraw`.
    #[serde(default, rename = "do")]
    what: String,
    #[serde(default)]
    reason: String,
}

pub async fn decide(
    Reached(state): Reached<State>,
    Path(id): Path<ProposalId>,
    staff: Staff,
    parts: Parts,
    Form(typed): Form<Typed>,
) -> Response {
    let (billing, reason, by) = (&state.billing, &typed.reason, &staff.actor);
    let (decided, done) = match typed.what.as_str() {
        "approve" => (billing.approve(id, reason, by).await, "approved"),
        "refuse" => (billing.refuse(id, reason, by).await, "refused"),
        "withdraw" => (billing.withdraw(id, reason, by).await, "withdrawn"),
        _ => (Err(DecideError::Reason), ""),
    };
    let form = FormState::typed([("reason", typed.reason.trim())]);
    let (status, form) = match decided {
        Ok(()) => return to_page(id, done),
        Err(DecideError::Forbidden) => return state.forbidden(),
        Err(DecideError::Unknown) => return not_found(&state),
        Err(DecideError::Other(error)) => return state.problem(error),
        Err(error @ DecideError::Reason) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            form.wrong("reason", error),
        ),
        Err(error) => (StatusCode::CONFLICT, form.noticed(&in_words(&error))),
    };
    page_again(&state, parts, status, form).await
}

/// Why it cannot be done, or not by whoever wants it.
fn in_words(error: &DecideError) -> String {
    let why = match error {
        DecideError::Credits(MoveError::Give(GiftError::Past)) => {
            "The day after which they run out is over by now."
        }
        DecideError::Credits(MoveError::Take(TakeError::TooMuch(there))) => {
            return not_any_more(&format!("Only {} can be taken.", there.counted()));
        }
        DecideError::Refund(RefundError::TooMuch(left)) => {
            return not_any_more(&format!("Only {left} is left to be refunded."));
        }
        DecideError::Refund(RefundError::NotPaid) => "Nothing was paid that could be refunded.",
        DecideError::Credits(_) | DecideError::Refund(_) => "It is another amount by now.",
        other => return other.to_string(),
    };
    not_any_more(why)
}

fn not_any_more(why: &str) -> String {
    format!("This cannot be done any more. {why} Nothing was done: refuse it, and say why.")
}
