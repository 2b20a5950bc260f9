//! What staff do about mails, and how they look at them.

use app::FormState;
use axum::{
    Form,
    extract::{Path, State as Reached},
    response::{Html, IntoResponse, Redirect, Response},
};
use billing::{id::MailId, mail::AgainError};
use http::{StatusCode, header::CONTENT_SECURITY_POLICY, request::Parts};
use serde::Deserialize;

use super::{page_again, sentence, staff::Staff};
use crate::state::State;

#[derive(Deserialize)]
pub struct Copy {
    /// The id of the mail that it is sent as.
    copy: MailId,
}

pub async fn send_again(
    Reached(state): Reached<State>,
    staff: Staff,
    Path(id): Path<MailId>,
    parts: Parts,
    Form(Copy { copy }): Form<Copy>,
) -> Response {
    let sent = state.billing.send_mail_again(id, copy, &staff.actor).await;
    let form = FormState::default();
    let (status, form) = match sent {
        Ok(id) => return Redirect::to(&format!("/admin/mails/{id}?done=again")).into_response(),
        Err(AgainError::Other(error)) => return state.problem(error),
        Err(AgainError::Missing) => (StatusCode::NOT_FOUND, form),
        Err(error) => (StatusCode::CONFLICT, form.noticed(&sentence(&error))),
    };
    page_again(&state, parts, status, form).await
}

/// The document that its reader sees, in a frame of the mail's page: it may load nothing and run
/// nothing.
pub async fn preview(Reached(state): Reached<State>, Path(id): Path<MailId>) -> Response {
    const POLICY: &str =
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox";
    match state.billing.mail(id).await {
        Ok(Some(mail)) => {
            let html = Html(state.billing.preview(&mail).html);
            ([(CONTENT_SECURITY_POLICY, POLICY)], html).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => state.problem(error),
    }
}
