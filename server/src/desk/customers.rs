//! What is done for one customer: notes, credits, the plan, signing out.

use app::FormState;
use axum::{
    Form,
    extract::{Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::{
    clock::{Day, Time},
    id::CustomerId,
    ledger::{GiftError, TakeError},
    money::Credits,
    plan::{ChangeError, QUOTE_HOLDS, Quote},
    staff::{
        customers::{Giving, MoveError, NoteError, Steer, SteerError, Taking},
        proposals::Outcome,
    },
};
use http::{StatusCode, Uri, request::Parts};
use serde::Deserialize;

use super::{Staff, confirm::Step, not_found, page_again, proposals};
use crate::state::State;

const WRONG: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

fn done(customer: CustomerId, done: &str) -> Response {
    Redirect::to(&format!("/admin/customers/{customer}?done={done}")).into_response()
}

/// Whether there is such a customer, under this id or another.
async fn owner(state: &State, id: CustomerId) -> Result<CustomerId, Response> {
    match state.billing.customer(id).await {
        Ok(Some(customer)) => Ok(customer.id),
        Ok(None) => Err(not_found(state)),
        Err(error) => Err(state.problem(error)),
    }
}

#[derive(Deserialize)]
pub struct Note {
    #[serde(default)]
    text: String,
    #[serde(default)]
    key: String,
}

pub async fn note(
    Reached(state): Reached<State>,
    Path(id): Path<CustomerId>,
    staff: Staff,
    mut parts: Parts,
    Form(typed): Form<Note>,
) -> Response {
    let customer = match owner(&state, id).await {
        Ok(customer) => customer,
        Err(answer) => return answer,
    };
    let noted = state
        .billing
        .note(customer, &typed.text, &typed.key, &staff.actor);
    match noted.await {
        Ok(()) => done(customer, "noted"),
        Err(NoteError::Forbidden) => state.forbidden(),
        Err(NoteError::Other(error)) => state.problem(error),
        Err(error @ NoteError::Text) => {
            let form = FormState::typed([("text", &typed.text), ("key", &typed.key)]);
            // The form stands on the customer's page.
            parts.uri = format!("/admin/customers/{customer}")
                .parse::<Uri>()
                .unwrap_or_default();
            page_again(&state, parts, WRONG, form.wrong("text", error)).await
        }
    }
}

pub async fn sign_out(
    Reached(state): Reached<State>,
    Path(id): Path<CustomerId>,
    staff: Staff,
) -> Response {
    let customer = match owner(&state, id).await {
        Ok(customer) => customer,
        Err(answer) => return answer,
    };
    match state.billing.end_sessions_of(customer, &staff.actor).await {
        Ok(()) => done(customer, "signed-out"),
        Err(error) => state.problem(error),
    }
}

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    amount: String,
    /// The last day on which given credits can be spent.
    #[serde(default)]
    until: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    confirmed: String,
}

impl Typed {
    fn form(&self) -> FormState {
        FormState::typed([
            ("amount", self.amount.trim()),
            ("until", &self.until),
            ("note", self.note.trim()),
            ("reason", self.reason.trim()),
            ("key", &self.key),
        ])
    }

    fn credits(&self) -> Option<Credits> {
        let digits = self.amount.trim().replace(',', "");
        digits
            .parse()
            .ok()
            .filter(|amount| *amount > 0)
            .map(Credits)
    }

    /// What is wrong with it before anything is asked.
    fn first_error(&self) -> Option<(&'static str, String)> {
        if self.credits().is_none() {
            return Some(("amount", "Write a whole number, more than zero.".to_owned()));
        }
        if self.note.trim().is_empty() {
            return Some(("note", MoveError::Note.to_string()));
        }
        self.reason
            .trim()
            .is_empty()
            .then(|| ("reason", MoveError::Reason.to_string()))
    }
}

pub async fn give(
    Reached(state): Reached<State>,
    Path(id): Path<CustomerId>,
    staff: Staff,
    parts: Parts,
    Form(typed): Form<Typed>,
) -> Response {
    let customer = match owner(&state, id).await {
        Ok(customer) => customer,
        Err(answer) => return answer,
    };
    let (form, step) = (typed.form(), Step::of(&typed.confirmed));
    if step == Step::Change {
        return page_again(&state, parts, StatusCode::OK, form).await;
    }
    if let Some((field, error)) = typed.first_error() {
        return page_again(&state, parts, WRONG, form.wrong(field, error)).await;
    }
    let expires_at = match typed.until.as_str() {
        "" => None,
        day => match day.parse::<Day>().map(Day::end) {
            Ok(end) if end > state.billing.clock().now() => Some(end),
            _ => {
                let form = form.wrong("until", "Choose a day that is not over.");
                return page_again(&state, parts, WRONG, form).await;
            }
        },
    };
    if step == Step::Typed {
        return page_again(&state, parts, StatusCode::OK, Step::to_confirm(form)).await;
    }
    let giving = Giving {
        customer,
        amount: typed.credits().unwrap_or_default(),
        note: typed.note,
        expires_at,
        reason: typed.reason,
        key: typed.key,
    };
    match state.billing.give_credits(giving, &staff.actor).await {
        Ok(Outcome::Done(_)) => done(customer, "given"),
        Ok(Outcome::Waits(proposal)) => proposals::asked(&proposal),
        Err(error) => wrong(&state, parts, form, error).await,
    }
}

pub async fn take(
    Reached(state): Reached<State>,
    Path(id): Path<CustomerId>,
    staff: Staff,
    parts: Parts,
    Form(typed): Form<Typed>,
) -> Response {
    let customer = match owner(&state, id).await {
        Ok(customer) => customer,
        Err(answer) => return answer,
    };
    let (form, step) = (typed.form(), Step::of(&typed.confirmed));
    if step == Step::Change {
        return page_again(&state, parts, StatusCode::OK, form).await;
    }
    if let Some((field, error)) = typed.first_error() {
        return page_again(&state, parts, WRONG, form.wrong(field, error)).await;
    }
    let amount = typed.credits().unwrap_or_default();
    if step == Step::Typed {
        return match state.billing.preview_taking(customer, amount).await {
            Ok(_) => page_again(&state, parts, StatusCode::OK, Step::to_confirm(form)).await,
            Err(error) => wrong(&state, parts, form, error).await,
        };
    }
    let taking = Taking {
        customer,
        amount,
        note: typed.note,
        reason: typed.reason,
        key: typed.key,
    };
    match state.billing.take_credits(taking, &staff.actor).await {
        Ok(Outcome::Done(_)) => done(customer, "taken"),
        Ok(Outcome::Waits(proposal)) => proposals::asked(&proposal),
        Err(error) => wrong(&state, parts, form, error).await,
    }
}

/// The form once more, with what is wrong at its field.
async fn wrong(state: &State, parts: Parts, form: FormState, error: MoveError) -> Response {
    let (field, text) = match error {
        MoveError::Forbidden => return state.forbidden(),
        MoveError::Other(error) => return state.problem(error),
        error @ MoveError::Reason => ("reason", error.to_string()),
        error @ MoveError::Note => ("note", error.to_string()),
        MoveError::KeyReused
        | MoveError::Give(GiftError::KeyReused)
        | MoveError::Take(TakeError::KeyReused) => {
            let text = "This form has moved other credits already. Begin again.";
            ("amount", text.to_owned())
        }
        MoveError::Give(GiftError::Past | GiftError::Backwards) => {
            ("until", "Choose a day that is not over.".to_owned())
        }
        MoveError::Take(TakeError::TooMuch(there)) => {
            ("amount", format!("Only {} can be taken.", there.counted()))
        }
        MoveError::NeedsSecond | MoveError::Give(_) | MoveError::Take(_) => {
            ("amount", "Write a whole number, more than zero.".to_owned())
        }
    };
    page_again(state, parts, WRONG, form.wrong(field, text)).await
}

#[derive(Deserialize)]
pub struct PlanTyped {
    /// `change:KEY`, `end`, `now` or `keep`.
    #[serde(default, rename = "do")]
    what: String,
    #[serde(default)]
    reason: String,
    /// The moment for which a price was told, in seconds since 1970.
    #[serde(default)]
    at: String,
    /// That price, in the currency's smallest unit.
    #[serde(default)]
    due: String,
    #[serde(default)]
    confirmed: String,
}

pub async fn plan(
    Reached(state): Reached<State>,
    Path(id): Path<CustomerId>,
    staff: Staff,
    parts: Parts,
    Form(typed): Form<PlanTyped>,
) -> Response {
    let customer = match owner(&state, id).await {
        Ok(customer) => customer,
        Err(answer) => return answer,
    };
    let form = FormState::typed([("do", &typed.what), ("reason", typed.reason.trim())]);
    let step = Step::of(&typed.confirmed);
    if step == Step::Change {
        return page_again(&state, parts, StatusCode::OK, form).await;
    }
    if typed.reason.trim().is_empty() {
        let form = form.wrong("reason", SteerError::Reason);
        return page_again(&state, parts, WRONG, form).await;
    }
    let steered = match steer(&state, customer, &typed).await {
        Ok(Some(steer)) if step == Step::Confirmed => {
            let asked = state
                .billing
                .steer_plan(customer, steer, &typed.reason, &staff.actor);
            asked.await
        }
        // To be confirmed, or confirmed for a price that is another by now.
        Ok(_) => return page_again(&state, parts, StatusCode::OK, Step::to_confirm(form)).await,
        Err(error) => Err(error.into()),
    };
    match steered {
        Ok(Some(transaction)) => {
            Redirect::to(&format!("/admin/transactions/{}", transaction.id)).into_response()
        }
        Ok(None) => done(customer, "plan"),
        Err(SteerError::Forbidden) => state.forbidden(),
        Err(SteerError::Plan(ChangeError::Other(error))) => state.problem(error),
        Err(SteerError::Plan(ChangeError::Gateway(error))) => state.problem(error.into()),
        Err(error @ SteerError::Reason) => {
            page_again(&state, parts, WRONG, form.wrong("reason", error)).await
        }
        Err(SteerError::Plan(error)) => {
            let form = form.wrong("do", in_words(&error));
            page_again(&state, parts, WRONG, form).await
        }
    }
}

/// What was chosen, at the price that was told; nothing when that is another by now.
async fn steer(
    state: &State,
    customer: CustomerId,
    typed: &PlanTyped,
) -> Result<Option<Steer>, ChangeError> {
    let billing = &state.billing;
    let plan = billing
        .subscription(customer)
        .await?
        .ok_or(ChangeError::NoPlan)?;
    let key = match typed.what.as_str() {
        "end" => return Ok(Some(Steer::EndWithPeriod)),
        "now" => return Ok(Some(Steer::EndNow)),
        "keep" => return Ok(Some(Steer::Keep)),
        other => other.strip_prefix("change:").unwrap_or_default(),
    };
    let to = billing
        .catalog()
        .plan(key)
        .cloned()
        .ok_or(ChangeError::NoPlan)?;
    let now = billing.clock().now();
    let at = typed.at.parse().map_or(now, Time::from_unix);
    let at = if at > now || now.since(at) > QUOTE_HOLDS {
        now
    } else {
        at
    };
    match billing.quote(&plan, &to, at).await? {
        Quote::Lower { .. } => Ok(Some(Steer::Lower { to })),
        Quote::Raise { due, at, .. } => {
            let as_told = typed.due.parse() == Ok(due.value);
            Ok(as_told.then_some(Steer::Raise { to, due, at }))
        }
    }
}

fn in_words(error: &ChangeError) -> &'static str {
    match error {
        ChangeError::NoPlan => "There is no such plan.",
        ChangeError::Same => "This is their plan already.",
        ChangeError::PastDue => "The last renewal is not paid yet.",
        ChangeError::Ending => "The plan is about to end. Keep it first, and then change it.",
        ChangeError::OtherInterval => {
            "A plan by the month and one by the year cannot be exchanged."
        }
        ChangeError::Gateway(_) | ChangeError::Other(_) => "Please try again in a minute.",
    }
}
