//! One certain hit leads straight to its page; several are listed.

use app::desk::search::{Found, href};
use axum::{
    extract::{Request, State as Reached},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::provide_context;

use crate::{pages::render_document, state::State};

pub async fn search(Reached(state): Reached<State>, request: Request) -> Response {
    let asked = app::desk::Asked::of(request.uri());
    let text = asked.get("q").unwrap_or_default().to_owned();
    let hits = match state.billing.search(&text).await {
        Ok(hits) => hits,
        Err(error) => return state.problem(error),
    };
    if let [hit] = hits.as_slice() {
        return Redirect::to(&href(hit.place)).into_response();
    }
    let found = Found { text, hits };
    let more = move || provide_context(found.clone());
    render_document(&state, request, more, app::desk::desk_shell).await
}
