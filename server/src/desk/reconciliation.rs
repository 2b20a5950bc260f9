//! Runs that staff begin, and what they do about findings.

use app::FormState;
use axum::{
    Form,
    extract::{Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::{
    clock::Day,
    id::{AuditId, FindingId, ReconciliationId},
    reconcile::{ActError, FindingState, Period, ReconcileError, Wish},
};
use http::{StatusCode, request::Parts};
use serde::Deserialize;

use super::{page_again, sentence, staff::Staff};
use crate::state::State;

#[derive(Deserialize)]
pub struct Days {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

impl Days {
    /// The days in a form, or the form with what is wrong.
    pub fn period(from: &str, to: &str, form: FormState) -> Result<Period, FormState> {
        let day = |text: &str| text.parse::<Day>().ok();
        match (day(from), day(to)) {
            (Some(from), Some(to)) => Ok(Period::days(from, to)),
            (None, _) => Err(form.wrong("from", "Please give a day, like 2026-11-22.")),
            (_, None) => Err(form.wrong("to", "Please give a day, like 2026-11-22.")),
        }
    }
}

/// Compares days with what the gateway lists, and acts on nothing.
pub async fn start(
    Reached(state): Reached<State>,
    staff: Staff,
    parts: Parts,
    Form(days): Form<Days>,
) -> Response {
    let form = FormState::typed([("from", &days.from), ("to", &days.to)]);
    let form = match Days::period(&days.from, &days.to, form.clone()) {
        Err(form) => form,
        Ok(period) => {
            let wish = Wish {
                file: None,
                period: Some(period),
                applies: false,
                by: staff.actor.name.clone(),
            };
            match state
                .billing
                .start_reconciliation(wish, &staff.actor, || ())
                .await
            {
                Ok(run) => return to_run(run.id, "started"),
                Err(ReconcileError::Other(error)) => return state.problem(error),
                Err(error @ ReconcileError::Period) => form.wrong("to", sentence(&error)),
                Err(error) => form.wrong("from", sentence(&error)),
            }
        }
    };
    page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await
}

/// To the page of a run, which says what was done.
pub fn to_run(id: ReconciliationId, done: &str) -> Response {
    Redirect::to(&format!("/admin/reconciliation/{id}?done={done}")).into_response()
}

#[derive(Deserialize)]
pub struct Decision {
    #[serde(default)]
    action: String,
    #[serde(default)]
    class: String,
    key: AuditId,
    #[serde(default)]
    reason: String,
}

impl Decision {
    fn form(&self) -> FormState {
        FormState::typed([
            ("action", &self.action),
            ("class", &self.class),
            ("reason", &self.reason),
        ])
    }
}

pub async fn act_on_finding(
    Reached(state): Reached<State>,
    staff: Staff,
    Path(id): Path<FindingId>,
    parts: Parts,
    Form(typed): Form<Decision>,
) -> Response {
    let Ok(action) = typed.action.parse() else {
        return no_such_action(&state, parts, &typed).await;
    };
    let billing = &state.billing;
    let decided = billing.decide_finding(typed.key, id, action, &typed.reason, &staff.actor);
    match decided.await {
        Ok(finding) => {
            let done = match (finding.state, finding.trouble) {
                (FindingState::Done | FindingState::Held, None) => "done",
                _ => "tried",
            };
            Redirect::to(&format!("/admin/findings/{id}?done={done}")).into_response()
        }
        Err(error) => refused(&state, parts, &typed, error).await,
    }
}

/// Begins to do the same about everything undecided of a class that a run met.
pub async fn act_on_class(
    Reached(state): Reached<State>,
    staff: Staff,
    Path(id): Path<ReconciliationId>,
    parts: Parts,
    Form(typed): Form<Decision>,
) -> Response {
    let (Ok(action), Ok(class)) = (typed.action.parse(), typed.class.parse()) else {
        return no_such_action(&state, parts, &typed).await;
    };
    let (billing, reason) = (&state.billing, &typed.reason);
    let begun = billing.decide_class(typed.key, id, class, action, reason, &staff.actor);
    match begun.await {
        Ok(_) => to_run(id, "acting"),
        Err(error) => refused(&state, parts, &typed, error).await,
    }
}

async fn no_such_action(state: &State, parts: Parts, typed: &Decision) -> Response {
    let form = typed.form().noticed(&"Please choose what is to be done.");
    page_again(state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await
}

async fn refused(state: &State, parts: Parts, typed: &Decision, error: ActError) -> Response {
    let form = typed.form();
    let (status, form) = match error {
        ActError::Other(error) => return state.problem(error),
        ActError::NotAllowed => return state.forbidden(),
        ActError::Missing => (StatusCode::NOT_FOUND, form),
        error @ ActError::Reason => (
            StatusCode::UNPROCESSABLE_ENTITY,
            form.wrong("reason", sentence(&error)),
        ),
        error @ ActError::NotPossible(..) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            form.noticed(&sentence(&error)),
        ),
    };
    page_again(state, parts, status, form).await
}
