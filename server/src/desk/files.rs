//! Tables that can be taken along as files.

use app::desk::{Asked, audit, deliveries, inbox, mails};
use axum::{extract::State as Reached, response::Response};
use http::Uri;

use super::export::csv;
use crate::state::State;

pub async fn audit_log(Reached(state): Reached<State>, uri: Uri) -> Response {
    let asked = Asked::of(&uri);
    let (billing, wanted) = (state.billing.clone(), audit::wanted(&asked));
    let read = move |part| {
        let (billing, wanted) = (billing.clone(), wanted.clone());
        async move { billing.audit_log(&wanted, part).await }
    };
    let file = csv("audit-log", audit::FILE, asked.part().descending, read).await;
    file.unwrap_or_else(|error| state.problem(error))
}

pub async fn inbox(Reached(state): Reached<State>, uri: Uri) -> Response {
    let asked = Asked::of(&uri);
    let (billing, wanted) = (state.billing.clone(), inbox::wanted(&asked));
    let read = move |part| {
        let (billing, wanted) = (billing.clone(), wanted.clone());
        async move { billing.inbox(&wanted, part).await }
    };
    let file = csv("inbox", inbox::FILE, asked.part().descending, read).await;
    file.unwrap_or_else(|error| state.problem(error))
}

pub async fn mails(Reached(state): Reached<State>, uri: Uri) -> Response {
    let asked = Asked::of(&uri);
    let (billing, wanted) = (state.billing.clone(), mails::wanted(&asked));
    let read = move |part| {
        let (billing, wanted) = (billing.clone(), wanted.clone());
        async move { billing.mails(&wanted, part).await }
    };
    let file = csv("mails", mails::FILE, asked.part().descending, read).await;
    file.unwrap_or_else(|error| state.problem(error))
}

pub async fn deliveries(Reached(state): Reached<State>, uri: Uri) -> Response {
    let asked = Asked::of(&uri);
    let (billing, wanted) = (state.billing.clone(), deliveries::wanted(&asked));
    let read = move |part| {
        let (billing, wanted) = (billing.clone(), wanted.clone());
        async move { billing.deliveries(&wanted, part).await }
    };
    let file = csv(
        "deliveries",
        deliveries::FILE,
        asked.part().descending,
        read,
    )
    .await;
    file.unwrap_or_else(|error| state.problem(error))
}
