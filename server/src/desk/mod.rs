//! The staff's desk: its pages, and what is done there. The routes stand in groups by what one must be
//! allowed to do, so that no handler can forget to ask.

mod confirm;
mod customers;
mod export;
mod files;
mod search;
mod staff;
mod transactions;

use app::{FormState, desk::desk_shell};
use axum::{
    Router,
    body::Body,
    extract::{Request, State as Reached},
    middleware::{from_fn, from_fn_with_state},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use billing::staff::Permission;
use http::{StatusCode, request::Parts};
use leptos::prelude::provide_context;

use crate::{pages::render_document, state::State, viewer};
use staff::Staff;

/// Everything below `/admin`.
pub fn routes(state: &State) -> Router<State> {
    let look = Router::new()
        .route("/admin", get(page))
        .route("/admin/{*path}", get(page))
        .route("/admin/search", get(search::search))
        .route("/admin/audit.csv", get(files::audit_log))
        .route("/admin/customers.csv", get(files::customers))
        .route("/admin/transactions.csv", get(files::transactions));
    let help = Router::new()
        .route("/admin/customers/{id}/notes", post(customers::note))
        .route("/admin/customers/{id}/sign-out", post(customers::sign_out))
        .route("/admin/transactions/{id}/fetch", post(transactions::fetch));
    let money = Router::new()
        .route(
            "/admin/customers/{id}/give",
            get(page).post(customers::give),
        )
        .route(
            "/admin/customers/{id}/take",
            get(page).post(customers::take),
        )
        .route(
            "/admin/customers/{id}/plan",
            get(page).post(customers::plan),
        )
        .route(
            "/admin/transactions/{id}/refund",
            get(page).post(transactions::refund),
        );

    Router::new()
        .merge(group(state, Permission::Look, look))
        .merge(group(state, Permission::Help, help))
        .merge(group(state, Permission::Money, money))
        .route_layer(from_fn(viewer::staff_only))
}

/// Routes for those who are allowed this.
fn group(state: &State, permission: Permission, routes: Router<State>) -> Router<State> {
    let asked = (state.clone(), permission);
    routes.route_layer(from_fn_with_state(asked, staff::must))
}

/// The page of the desk at this address.
async fn page(Reached(state): Reached<State>, request: Request) -> Response {
    render_document(&state, request, || (), desk_shell).await
}

/// The page of the desk at this address once more, with what came of its form.
async fn page_again(state: &State, parts: Parts, status: StatusCode, form: FormState) -> Response {
    let request = Request::from_parts(parts, Body::empty());
    let more = move || provide_context(form.clone());
    let mut response = render_document(state, request, more, desk_shell).await;
    *response.status_mut() = status;
    response
}

/// What somebody wants to act on is not there.
fn not_found(state: &State) -> Response {
    let text = "What this form was about is not there any more, or never was.";
    let page = app::problem_page(state.options.clone(), "There is nothing here", text);
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}
