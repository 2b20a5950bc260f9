//! Staff who see the site as a customer does. Here alone is decided what they reach meanwhile: pages that
//! only show. Whatever is not in these lists is refused, so a new route is closed to them until somebody
//! opens it here.

use app::{Looking, Viewer};
use axum::{
    extract::{MatchedPath, Request, State as Reached},
    middleware::Next,
    response::{Html, IntoResponse, Redirect, Response},
};
use billing::people::Session;
use http::StatusCode;

use crate::state::State;

/// What staff do in their own name meanwhile: they leave, or look at somebody else.
const OWN: &[&str] = &["/admin/customers/{id}/view", "/admin/view/end", "/sign-out"];

/// Pages. Each one that is looked at is counted.
const PAGES: &[&str] = &[
    "/",
    "/account",
    "/account/plan",
    "/docs",
    "/orders/{id}/receipt",
    "/orders/{id}/receipt.pdf",
    "/studio",
    "/studio/{picture}",
    "/transactions/{id}",
    "/transactions/{id}/receipt",
    "/transactions/{id}/receipt.pdf",
];

/// The functions of islands that only read.
const CALLED: &[&str] = &["/api/await_balance", "/api/await_transaction"];

/// What a request is about, while its session looks at a customer's site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Page,
    /// Read by a page.
    Asked,
    /// Done as the member of staff.
    Own,
    Desk,
    /// It might change something, or is the customer's alone.
    Other,
}

/// Shows what a customer sees to a member of staff who looks at that, and refuses everything else.
pub async fn only_look(
    Reached(state): Reached<State>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(session) = staff(&request) else {
        return next.run(request).await;
    };
    // Boxed, as whose cookie came is looked up.
    let (view, person) = match Box::pin(state.billing.view_in(&session)).await {
        Ok(Some(found)) => found,
        Ok(None) => return next.run(request).await,
        Err(error) => return state.problem(error),
    };
    let looking = Looking {
        email: person.email.clone(),
        until: view.ends_at,
    };
    match about(&request) {
        About::Own => return next.run(request).await,
        About::Desk => return Redirect::to("/account").into_response(),
        About::Other => {
            let page = app::only_look_page(state.options.clone(), looking);
            return (StatusCode::FORBIDDEN, Html(page)).into_response();
        }
        About::Asked => {}
        About::Page => match Box::pin(state.billing.note_page_viewed(view.id)).await {
            Ok(true) => {}
            // It ended at this very moment.
            Ok(false) => return next.run(request).await,
            Err(error) => return state.problem(error),
        },
    }
    let seen_as = Session { person, ..session };
    request.extensions_mut().insert(Viewer(Some(seen_as)));
    request.extensions_mut().insert(looking);
    next.run(request).await
}

fn staff(request: &Request) -> Option<Session> {
    let viewer = request.extensions().get::<Viewer>()?;
    let session = viewer.0.as_ref()?;
    session.person.role.map(|_| session.clone())
}

fn about(request: &Request) -> About {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("", MatchedPath::as_str);
    if request.method().is_safe() {
        return match route {
            route if PAGES.contains(&route) => About::Page,
            route if route.starts_with("/admin") => About::Desk,
            _ => About::Other,
        };
    }
    match OWN.contains(&route) {
        true => About::Own,
        false if CALLED.contains(&request.uri().path()) => About::Asked,
        false => About::Other,
    }
}
