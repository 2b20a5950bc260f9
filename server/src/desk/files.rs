//! Tables that can be taken along as files.

use app::desk::{Asked, audit, customers, transactions as listed};
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

pub async fn transactions(Reached(state): Reached<State>, uri: Uri) -> Response {
    let asked = Asked::of(&uri);
    let billing = state.billing.clone();
    let (wanted, sort) = (
        listed::wanted(&asked, billing.catalog().currency),
        listed::sort(&asked),
    );
    let read = move |part| {
        let (billing, wanted) = (billing.clone(), wanted.clone());
        async move { billing.find_transactions(&wanted, sort, part).await }
    };
    let file = csv("transactions", listed::FILE, asked.part().descending, read).await;
    file.unwrap_or_else(|error| state.problem(error))
}

pub async fn customers(Reached(state): Reached<State>, uri: Uri) -> Response {
    let asked = Asked::of(&uri);
    let (billing, wanted) = (state.billing.clone(), customers::wanted(&asked));
    let read = move |part| {
        let (billing, wanted) = (billing.clone(), wanted.clone());
        async move { billing.find_customers(&wanted, part).await }
    };
    let file = csv("customers", customers::FILE, asked.part().descending, read).await;
    file.unwrap_or_else(|error| state.problem(error))
}
