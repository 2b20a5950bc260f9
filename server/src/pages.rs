//! Renders pages: whole, on the server, with what they need in their context.

use app::{FormState, Viewer, shell, studio};
use axum::{
    Extension,
    body::Body,
    extract::{Path, Request, State as Reached},
    response::{IntoResponse, Response},
};
use billing::id::TransferId;
use http::{
    HeaderValue, StatusCode,
    header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    request::Parts,
};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::{ResponseOptions, handle_server_fns_with_context, render_app_async_with_context};

use crate::{guard, state::State};

/// The page at this address.
pub async fn page(Reached(state): Reached<State>, request: Request) -> Response {
    render(&state, request, || ()).await
}

/// The page at this address once more, with what came of its form.
pub async fn page_again(
    state: &State,
    parts: Parts,
    status: StatusCode,
    form: FormState,
) -> Response {
    let request = Request::from_parts(parts, Body::empty());
    let mut response = render(state, request, move || provide_context(form.clone())).await;
    *response.status_mut() = status;
    response
}

/// Renders with more in the context than every page has.
pub async fn render(
    state: &State,
    request: Request,
    more: impl Fn() + Clone + Send + Sync + 'static,
) -> Response {
    render_document(state, request, more, shell).await
}

/// Renders a document: that of customers' pages, or that of the desk.
pub async fn render_document<V: IntoView + 'static>(
    state: &State,
    request: Request,
    more: impl Fn() + Clone + Send + Sync + 'static,
    document: fn(LeptosOptions) -> V,
) -> Response {
    let (context, options) = (context(state), state.options.clone());
    let handler = render_app_async_with_context(
        move || {
            context();
            more();
        },
        move || document(options.clone()),
    );
    handler(request).await
}

/// A function that an island calls.
pub async fn server_function(Reached(state): Reached<State>, request: Request) -> Response {
    handle_server_fns_with_context(context(&state), request)
        .await
        .into_response()
}

/// What every page and server function finds in its context.
fn context(state: &State) -> impl Fn() + Clone + Send + Sync + 'static {
    let (billing, site) = (state.billing.clone(), state.site.clone());
    move || {
        provide_context(billing.clone());
        provide_context(site.clone());
        let (Some(parts), Some(response)) =
            (use_context::<Parts>(), use_context::<ResponseOptions>())
        else {
            return;
        };
        if let Some(nonce) = use_nonce() {
            let path = parts.uri.path();
            let policy = guard::content_security_policy(&nonce, path, &site.stripe_js_url);
            if let Ok(policy) = HeaderValue::from_str(&policy) {
                response.insert_header(CONTENT_SECURITY_POLICY, policy);
            }
        }
    }
}

/// A picture of the studio: its page, or with `.svg` the picture itself.
pub async fn picture(
    Reached(state): Reached<State>,
    Extension(viewer): Extension<Viewer>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let Some(id) = name.strip_suffix(".svg") else {
        return render(&state, request, || ()).await;
    };
    let customer = viewer.0.and_then(|session| session.person.customer);
    let (Some(customer), Ok(id)) = (customer, id.parse::<TransferId>()) else {
        return render(&state, request, || ()).await;
    };
    let entry = match state.billing.entry(customer, id).await {
        Ok(entry) => entry,
        Err(error) => return state.problem(error),
    };
    match entry
        .as_ref()
        .and_then(|entry| studio::words_of(&entry.note))
    {
        Some(words) => {
            let svg = studio::picture_svg(words, &id.to_string());
            ([(CONTENT_TYPE, "image/svg+xml")], svg).into_response()
        }
        None => render(&state, request, || ()).await,
    }
}
