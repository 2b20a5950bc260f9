//! What is done about one transaction: the gateway is asked, or money goes back.

use app::FormState;
use axum::{
    Form,
    extract::{Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::{
    id::TransactionId,
    money::Money,
    refund::{Reason, RefundError, State as Refunding},
    staff::{
        proposals::Outcome,
        transactions::{Back, BackError, Fetched},
    },
};
use http::{StatusCode, request::Parts};
use serde::Deserialize;

use super::{Staff, confirm::Step, not_found, page_again, proposals};
use crate::state::State;

/// Asks the gateway about it now.
pub async fn fetch(
    Reached(state): Reached<State>,
    Path(id): Path<TransactionId>,
    staff: Staff,
) -> Response {
    let done = match state.billing.fetch_now(id, &staff.actor).await {
        Ok(Fetched::Settled) => "fetched",
        Ok(Fetched::NothingThere) => "nothing-there",
        Ok(Fetched::Unknown) => return not_found(&state),
        Err(error) => return state.problem(error),
    };
    Redirect::to(&format!("/admin/transactions/{id}?done={done}")).into_response()
}

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    amount: String,
    #[serde(default)]
    word: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    confirmed: String,
}

/// Gives money back: first it is told what that does, then it is done.
pub async fn refund(
    Reached(state): Reached<State>,
    Path(id): Path<TransactionId>,
    staff: Staff,
    parts: Parts,
    Form(typed): Form<Typed>,
) -> Response {
    let form = FormState::typed([
        ("amount", typed.amount.trim()),
        ("word", &typed.word),
        ("reason", typed.reason.trim()),
        ("key", &typed.key),
    ]);
    let step = Step::of(&typed.confirmed);
    if step == Step::Change {
        return page_again(&state, parts, StatusCode::OK, form).await;
    }
    let story = match state.billing.story(id).await {
        Ok(Some(story)) => story,
        Ok(None) => return not_found(&state),
        Err(error) => return state.problem(error),
    };
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let currency = story.transaction.amount.currency;
    let Ok(amount) = Money::from_decimal(typed.amount.trim(), currency) else {
        let form = form.wrong("amount", "Write the amount as 19.00.");
        return page_again(&state, parts, wrong, form).await;
    };
    let Ok(word) = typed.word.parse::<Reason>() else {
        let form = form.wrong("word", "Choose what the gateway is told.");
        return page_again(&state, parts, wrong, form).await;
    };
    if typed.reason.trim().is_empty() {
        let form = form.wrong("reason", BackError::Reason);
        return page_again(&state, parts, wrong, form).await;
    }
    let asked = match step {
        Step::Confirmed => {
            let back = Back {
                transaction: id,
                amount,
                word,
                reason: typed.reason,
                key: typed.key,
            };
            state
                .billing
                .give_money_back(back, &staff.actor)
                .await
                .map(Some)
        }
        _ => {
            let asked = state.billing.preview_refund(id, amount).await;
            asked.map(|_| None).map_err(BackError::from)
        }
    };
    match asked {
        Ok(Some(Outcome::Waits(proposal))) => proposals::asked(&proposal),
        Ok(Some(Outcome::Done(refund))) => {
            let done = match refund.state {
                Refunding::Pending => "refund-waits",
                Refunding::Succeeded => "refunded",
                Refunding::Canceled | Refunding::Failed => "refund-failed",
            };
            Redirect::to(&format!("/admin/transactions/{id}?done={done}")).into_response()
        }
        Ok(None) => page_again(&state, parts, StatusCode::OK, Step::to_confirm(form)).await,
        Err(BackError::Forbidden) => state.forbidden(),
        Err(BackError::Refund(RefundError::Other(error))) => state.problem(error),
        Err(error) => {
            let form = form.wrong("amount", in_words(&error));
            page_again(&state, parts, wrong, form).await
        }
    }
}

fn in_words(error: &BackError) -> String {
    match error {
        BackError::Refund(RefundError::NotPaid) => {
            "Nothing was paid that could be refunded.".to_owned()
        }
        BackError::Refund(RefundError::Amount) => "The amount must be more than zero.".to_owned(),
        BackError::Refund(RefundError::TooMuch(left)) => {
            format!("Only {left} is left to be refunded.")
        }
        BackError::Refund(RefundError::KeyReused) => {
            "This form has refunded another amount already. Begin again.".to_owned()
        }
        other => other.to_string(),
    }
}
