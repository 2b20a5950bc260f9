//! Tables that can be taken along as files: each as its page shows it, and whole.

use app::desk::{
    Asked, InFile, audit, customers, deliveries, inbox, mails, reconciliation,
    transactions as listed,
};
use axum::{
    extract::{Path, State as Reached},
    response::Response,
};
use billing::{
    Billing,
    id::ReconciliationId,
    staff::{Part, Rows},
};
use http::Uri;

use super::export::csv;
use crate::state::State;

pub async fn audit_log(Reached(state): Reached<State>, uri: Uri) -> Response {
    let asked = Asked::of(&uri);
    let wanted = audit::wanted(&asked);
    file(
        &state,
        &asked,
        "audit-log",
        audit::FILE,
        move |billing, part| {
            let wanted = wanted.clone();
            async move { billing.audit_log(&wanted, part).await }
        },
    )
    .await
}

pub async fn customers(Reached(state): Reached<State>, uri: Uri) -> Response {
    let asked = Asked::of(&uri);
    let wanted = customers::wanted(&asked);
    file(
        &state,
        &asked,
        "customers",
        customers::FILE,
        move |billing, part| {
            let wanted = wanted.clone();
            async move { billing.find_customers(&wanted, part).await }
        },
    )
    .await
}

pub async fn transactions(Reached(state): Reached<State>, uri: Uri) -> Response {
    let asked = Asked::of(&uri);
    let wanted = listed::wanted(&asked, state.billing.catalog().currency);
    let sort = listed::sort(&asked);
    file(
        &state,
        &asked,
        "transactions",
        listed::FILE,
        move |billing, part| {
            let wanted = wanted.clone();
            async move { billing.find_transactions(&wanted, sort, part).await }
        },
    )
    .await
}

pub async fn inbox(Reached(state): Reached<State>, uri: Uri) -> Response {
    let asked = Asked::of(&uri);
    let wanted = inbox::wanted(&asked);
    file(
        &state,
        &asked,
        "inbox",
        inbox::FILE,
        move |billing, part| {
            let wanted = wanted.clone();
            async move { billing.inbox(&wanted, part).await }
        },
    )
    .await
}

pub async fn mails(Reached(state): Reached<State>, uri: Uri) -> Response {
    let asked = Asked::of(&uri);
    let wanted = mails::wanted(&asked);
    file(
        &state,
        &asked,
        "mails",
        mails::FILE,
        move |billing, part| {
            let wanted = wanted.clone();
            async move { billing.mails(&wanted, part).await }
        },
    )
    .await
}

pub async fn deliveries(Reached(state): Reached<State>, uri: Uri) -> Response {
    let asked = Asked::of(&uri);
    let wanted = deliveries::wanted(&asked);
    file(
        &state,
        &asked,
        "deliveries",
        deliveries::FILE,
        move |billing, part| {
            let wanted = wanted.clone();
            async move { billing.deliveries(&wanted, part).await }
        },
    )
    .await
}

/// What `read` reads part by part, as a file of this name.
async fn file<T, F, R>(
    state: &State,
    asked: &Asked,
    name: &str,
    columns: &'static [InFile<T>],
    read: F,
) -> Response
where
    T: Send + 'static,
    F: Fn(Billing, Part) -> R + Send + 'static,
    R: Future<Output = billing::Result<Rows<T>>> + Send,
{
    let billing = state.billing.clone();
    let descending = asked.part().descending;
    let file = csv(name, columns, descending, move |part| {
        read(billing.clone(), part)
    })
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
