//! What staff do about events, and events that the sandbox is made to send.

use std::{sync::LazyLock, time::Duration};

use app::FormState;
use axum::{
    Form,
    extract::{Path, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use billing::{
    gateway::stripe::EVENTS,
    id::InboxId,
    inbox::{DecideError, EventStatus},
    staff::audit_log::{Action, Deed, SubjectKind},
};
use http::{StatusCode, request::Parts};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{page_again, sentence, staff::Staff};
use crate::state::State;

#[derive(Deserialize)]
pub struct Decision {
    #[serde(rename = "do")]
    wish: Wish,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Wish {
    Again,
    SetAside,
    TakeBack,
}

pub async fn decide(
    Reached(state): Reached<State>,
    staff: Staff,
    Path(id): Path<InboxId>,
    parts: Parts,
    Form(Decision { wish, reason }): Form<Decision>,
) -> Response {
    let billing = &state.billing;
    let decided = match wish {
        Wish::Again => {
            let handled = billing.handle_again(id, &staff.actor).await;
            handled.map(|event| match event.status {
                EventStatus::Processed | EventStatus::Ignored => "handled",
                _ => "tried",
            })
        }
        Wish::SetAside => {
            let set_aside = billing.set_event_aside(id, &reason, &staff.actor).await;
            set_aside.map(|()| "set-aside")
        }
        Wish::TakeBack => {
            let taken_back = billing.take_event_back(id, &staff.actor).await;
            taken_back.map(|()| "taken-back")
        }
    };
    let form = FormState::typed([("reason", &reason)]);
    let (status, form) = match decided {
        Ok(done) => return Redirect::to(&format!("/admin/inbox/{id}?done={done}")).into_response(),
        Err(DecideError::Other(error)) => return state.problem(error),
        Err(error @ DecideError::Reason) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            form.wrong("reason", sentence(&error)),
        ),
        Err(error @ DecideError::NotPossible(_)) => {
            (StatusCode::CONFLICT, form.noticed(&sentence(&error)))
        }
        Err(DecideError::Missing) => (StatusCode::NOT_FOUND, form),
    };
    page_again(&state, parts, status, form).await
}

#[derive(Deserialize)]
pub struct TestEvent {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    about: String,
}

/// Makes the sandbox send an event. There is none where a real gateway is.
pub async fn send(
    Reached(state): Reached<State>,
    staff: Staff,
    parts: Parts,
    Form(typed): Form<TestEvent>,
) -> Response {
    let form = FormState::typed([("kind", &typed.kind), ("about", &typed.about)]);
    let Some(sandbox) = &state.site.sandbox_url else {
        let form = form.noticed(&"There is no sandbox: events come from the payment provider.");
        return page_again(&state, parts, StatusCode::CONFLICT, form).await;
    };
    if !EVENTS.contains(&typed.kind.as_str()) {
        let form = form.wrong("kind", "Please choose one of these types.");
        return page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await;
    }
    let about = Some(typed.about.trim()).filter(|about| !about.is_empty());
    let deed = Deed::new(Action::SendTestEvent, SubjectKind::Event, &typed.kind)
        .after(json!({ "about": about.unwrap_or("the newest") }));
    if let Err(error) = state.billing.note_deed(&staff.actor, deed).await {
        return state.problem(error);
    }
    match say(sandbox, &typed.kind, about.unwrap_or(LATEST)).await {
        Ok(()) => Redirect::to("/admin/inbox?done=sent").into_response(),
        Err(why) => {
            let form = form.wrong("about", why);
            page_again(&state, parts, StatusCode::UNPROCESSABLE_ENTITY, form).await
        }
    }
}

/// Of what the type is about, as the sandbox's control API calls it.
const LATEST: &str = "latest";

async fn say(sandbox: &str, kind: &str, about: &str) -> Result<(), String> {
    static HTTP: LazyLock<reqwest::Client> = LazyLock::new(reqwest::Client::new);
    let asked = HTTP
        .post(format!("{sandbox}/control/events"))
        .timeout(Duration::from_secs(10))
        .json(&json!({ "type": kind, "about": about }))
        .send();
    let silent = |_| "The sandbox does not answer.".to_owned();
    let answer = asked.await.map_err(silent)?;
    if answer.status().is_success() {
        return Ok(());
    }
    let said: Value = answer.json().await.map_err(silent)?;
    let why = said["error"]["message"].as_str().unwrap_or_default();
    Err(format!("The sandbox refuses: {why}."))
}
