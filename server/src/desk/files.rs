//! Tables that can be taken along as files.

use app::desk::{Asked, audit, deliveries, inbox, mails, reconciliation};
use axum::{
    extract::{Path, State as Reached},
    response::Response,
};
use billing::id::ReconciliationId;
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

/// Findings stand class by class, and never the other way round.
pub async fn findings(
    Reached(state): Reached<State>,
    Path(run): Path<ReconciliationId>,
    uri: Uri,
) -> Response {
    let class = reconciliation::wanted_class(&Asked::of(&uri));
    let billing = state.billing.clone();
    let read = move |part| {
        let billing = billing.clone();
        async move { billing.met(run, class, part).await }
    };
    let file = csv("findings", reconciliation::FINDINGS_FILE, false, read).await;
    file.unwrap_or_else(|error| state.problem(error))
}

pub async fn unreadable(
    Reached(state): Reached<State>,
    Path(run): Path<ReconciliationId>,
) -> Response {
    let billing = state.billing.clone();
    let read = move |part| {
        let billing = billing.clone();
        async move { billing.unreadable(run, part).await }
    };
    let file = csv(
        "unreadable-lines",
        reconciliation::UNREADABLE_FILE,
        false,
        read,
    )
    .await;
    file.unwrap_or_else(|error| state.problem(error))
}
