//! The staff's desk: its pages, and what is done there. The routes stand in groups by what one must be
//! allowed to do, so that no handler can forget to ask.

mod access;
mod catalogue;
mod confirm;
mod customers;
mod deliveries;
mod export;
mod files;
mod inbox;
mod mails;
mod passkeys;
mod proposals;
mod reconciliation;
mod search;
mod security;
mod staff;
mod transactions;
mod upload;
mod view;

use app::{
    FormState,
    desk::{AllSettings, desk_shell},
};
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request, State as Reached},
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
        .route("/admin/transactions.csv", get(files::transactions))
        .route("/admin/inbox", get(page))
        .route("/admin/inbox/{id}", get(page))
        .route("/admin/inbox.csv", get(files::inbox))
        .route("/admin/mails.csv", get(files::mails))
        .route("/admin/mails/{id}", get(page))
        .route("/admin/mails/{id}/preview", get(mails::preview))
        .route("/admin/deliveries", get(page))
        .route("/admin/deliveries.csv", get(files::deliveries))
        .route("/admin/reconciliation", get(page))
        .route("/admin/reconciliation/upload", get(page))
        .route("/admin/reconciliation/{id}", get(page))
        .route(
            "/admin/reconciliation/{id}/findings.csv",
            get(files::findings),
        )
        .route(
            "/admin/reconciliation/{id}/unreadable.csv",
            get(files::unreadable),
        )
        .route("/admin/findings/{id}", get(page))
        .route("/admin/catalogue", get(page))
        .route("/admin/catalogue/offers/{key}", get(page))
        .route("/admin/catalogue/codes/{code}", get(page))
        .route("/admin/catalogue.toml", get(catalogue::export))
        .route("/admin/proposals/{id}", get(page))
        .route("/admin/settings", get(settings))
        .route(
            "/admin/security/recovery-codes",
            get(page).post(security::renew),
        )
        .route(
            "/admin/security/authenticator/remove",
            post(security::remove),
        )
        .route(
            "/admin/security/passkeys/{id}",
            get(page).post(passkeys::change),
        )
        .route(
            "/admin/security/sessions/{id}/end",
            post(security::end_session),
        )
        .route(
            "/admin/security/sessions/end-others",
            post(security::end_others),
        );

    let help = Router::new()
        .route("/admin/customers/{id}/notes", post(customers::note))
        .route("/admin/customers/{id}/sign-out", post(customers::sign_out))
        .route("/admin/customers/{id}/view", get(page).post(view::begin))
        .route("/admin/view/end", post(view::end))
        .route("/admin/transactions/{id}/fetch", post(transactions::fetch))
        .route("/admin/inbox", post(inbox::send))
        .route("/admin/inbox/{id}", post(inbox::decide))
        .route("/admin/mails/{id}", post(mails::send_again))
        .route("/admin/deliveries", post(deliveries::replay))
        .route("/admin/reconciliation", post(reconciliation::start))
        .route(
            "/admin/reconciliation/upload",
            post(upload::upload).layer(DefaultBodyLimit::max(upload::BODY_LIMIT)),
        );

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
        )
        .route(
            "/admin/reconciliation/{id}",
            post(reconciliation::act_on_class),
        )
        .route("/admin/findings/{id}", post(reconciliation::act_on_finding))
        .route("/admin/proposals/{id}", post(proposals::decide));

    // All that opens before the second factor is given.
    let security = Router::new()
        .route("/admin/security", get(page).post(security::give))
        .route(
            "/admin/security/authenticator",
            get(page).post(security::set_up),
        )
        .route("/admin/security/authenticator/offer", post(security::offer))
        .route("/admin/security/passkeys", get(page).post(passkeys::add))
        .route("/admin/security/passkeys/offer", post(passkeys::offer))
        .route("/admin/security/passkeys/ask", post(passkeys::ask))
        .route("/admin/security/skip", post(security::skip));

    Router::new()
        .merge(group(state, Permission::Look, look))
        .merge(group(state, Permission::Help, help))
        .merge(group(state, Permission::Money, money))
        .merge(group(state, Permission::Sell, catalogue::routes()))
        .merge(group(state, Permission::Access, access::routes()))
        .route_layer(from_fn(viewer::second_factor_first))
        .merge(security)
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

/// How this server is set up.
async fn settings(Reached(state): Reached<State>, parts: Parts) -> Response {
    let all = AllSettings(state.settings.clone());
    page_with(&state, parts, StatusCode::OK, all).await
}

/// The page of the desk at this address once more, with what came of its form.
async fn page_again(state: &State, parts: Parts, status: StatusCode, form: FormState) -> Response {
    page_with(state, parts, status, form).await
}

/// The page of the desk at this address, with something in its context that is there this once.
async fn page_with<T: Clone + Send + Sync + 'static>(
    state: &State,
    parts: Parts,
    status: StatusCode,
    once: T,
) -> Response {
    let request = Request::from_parts(parts, Body::empty());
    let more = move || provide_context(once.clone());
    let mut response = render_document(state, request, more, desk_shell).await;
    *response.status_mut() = status;
    response
}

/// An error as it stands on a page.
fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => text,
    }
}

/// What somebody wants to act on is not there.
fn not_found(state: &State) -> Response {
    let text = "What this form was about is not there any more, or never was.";
    let page = app::problem_page(state.options.clone(), "There is nothing here", text);
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}
