//! Every entrance, on one screen.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    routing::{any, get, post},
};
use http::{HeaderValue, header::CACHE_CONTROL};
use tower::ServiceBuilder;
use tower_http::{
    services::{ServeDir, ServeFile},
    set_header::SetResponseHeaderLayer,
};

use crate::{
    api, desk, forms, guard, health, looking, metrics,
    pages::{self, page, server_function},
    receipt,
    state::State,
    trace, viewer, webhooks,
};

/// No form of ours is longer.
const FORM_LIMIT: usize = 64 * 1024;

pub fn all(state: State) -> Router {
    // For anybody.
    let open = Router::new()
        .route("/", get(page))
        .route("/sign-up", get(page).post(forms::sign_up))
        .route("/sign-in", get(page).post(forms::sign_in))
        .route("/sign-out", post(forms::sign_out))
        .route("/forgot", get(page).post(forms::forgot))
        .route("/reset/{secret}", get(page).post(forms::reset))
        .route("/confirm/{secret}", get(page).post(forms::confirm))
        .route("/studio", get(page).post(forms::studio))
        .route("/docs", get(api::docs::page))
        .route("/callback/stripe/{transaction}", get(forms::came_back))
        .route("/api/{*function}", post(server_function))
        .fallback(page);

    // For programs, and for the customer whose transaction it is: the handlers ask who it is.
    let awaited = Router::new()
        .route("/v1/transactions/{id}", get(api::transactions::show))
        .route(
            "/v1/transactions/{id}/events",
            get(api::transactions::events),
        )
        .method_not_allowed_fallback(api::wrong_method);

    // For customers who are signed in; others are asked to sign in first.
    let customers = Router::new()
        .route("/buy/{pack}", get(page))
        .route("/orders", post(forms::place_order))
        .route("/orders/{id}/cancel", post(forms::cancel_order))
        .route("/orders/{id}/coupon/remove", post(forms::remove_coupon))
        .route("/orders/{id}/page", post(forms::open_page))
        .route("/orders/{id}/page/leave", post(forms::leave_page))
        .route("/plans", post(forms::subscribe))
        .route("/plans/{plan}", get(page))
        .route("/checkout/{order}", get(page).post(forms::apply_coupon))
        .route("/pay/{transaction}", get(page))
        .route("/transactions/{id}", get(page))
        .route("/transactions/{id}/receipt", get(page))
        .route(
            "/transactions/{id}/receipt.pdf",
            get(receipt::of_transaction),
        )
        .route("/orders/{id}/receipt", get(page))
        .route("/orders/{id}/receipt.pdf", get(receipt::of_order))
        .route("/account", get(page).post(forms::redeem_code))
        .route("/account/plan", get(page))
        .route("/account/plan/change", get(page).post(forms::change_plan))
        .route("/account/plan/cancel", get(page).post(forms::cancel_plan))
        .route("/account/plan/keep", post(forms::keep_plan))
        .route("/account/cards/add", get(page))
        .route("/account/cards/{id}/default", post(forms::make_default))
        .route(
            "/account/cards/{id}/remove",
            get(page).post(forms::remove_card),
        )
        .route("/trial", get(page))
        .route("/account/export", get(forms::export))
        .route("/account/close", get(page).post(forms::close))
        .route("/studio/{picture}", get(pages::picture))
        .route_layer(from_fn(viewer::customers_only));

    // For everybody who is signed in.
    let people = Router::new()
        .route("/account/email", get(page).post(forms::change_email))
        .route("/account/email/verify", post(forms::verify_email))
        .route("/account/password", get(page).post(forms::change_password))
        .route("/account/sessions/{id}/end", post(forms::end_session))
        .route(
            "/account/sessions/end-others",
            post(forms::end_other_sessions),
        )
        .route_layer(from_fn(viewer::people_only));

    let site = open
        .merge(customers)
        .merge(people)
        .merge(desk::routes(&state))
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(from_fn_with_state(state.clone(), looking::only_look))
        .layer(from_fn_with_state(state.clone(), viewer::recognize))
        .layer(from_fn_with_state(state.clone(), guard::same_origin));

    // For programs, by their key: no cookie is looked at.
    let programs = Router::new()
        .route("/v1/customers", post(api::customers::create))
        .route("/v1/customers/{id}", get(api::customers::show))
        .route("/v1/customers/{id}/balance", get(api::credits::balance))
        .route("/v1/customers/{id}/entries", get(api::credits::entries))
        .route(
            "/v1/customers/{id}/entries/{entry}",
            get(api::explain::entry),
        )
        .route(
            "/v1/customers/{id}/entries/{entry}/reverse",
            post(api::reversals::reverse),
        )
        .route(
            "/v1/customers/{id}/explanation",
            get(api::explain::explanation),
        )
        .route("/v1/customers/{id}/spend", post(api::spend::spend))
        .route("/v1/customers/{id}/grants", post(api::grants::grant))
        .route("/v1/customers/{id}/holds", post(api::holds::create))
        .route("/v1/books", get(api::books::show))
        .route("/v1/orders", get(api::orders::list))
        .route("/v1/transactions", get(api::transactions::list))
        .route("/v1/events", get(api::events::list))
        .route("/v1/holds/{id}", get(api::holds::show))
        .route("/v1/holds/{id}/capture", post(api::holds::capture))
        .route("/v1/holds/{id}/release", post(api::holds::release))
        .route("/v1/{*path}", any(api::unknown))
        .method_not_allowed_fallback(api::wrong_method)
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .route_layer(from_fn_with_state(
            state.clone(),
            api::access::programs_only,
        ));

    // For gateways and operators: no cookie is looked at.
    let machines = Router::new()
        .route("/webhooks/stripe", post(webhooks::stripe))
        .route("/openapi.json", get(api::openapi::document))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show));

    let secure = state.secure;
    let every = ServiceBuilder::new()
        .layer(from_fn(trace::requests))
        .map_response(move |response| guard::headers(response, secure));
    Router::new()
        .merge(machines)
        .merge(programs)
        .merge(awaited)
        .merge(assets(&state.options.site_root))
        .merge(site)
        .layer(every)
        .with_state(state)
}

/// Built files. Their names stay the same from build to build, so browsers ask whether they changed.
fn assets(site_root: &str) -> Router<State> {
    let folder = |name: &str| {
        ServeDir::new(format!("{site_root}/{name}"))
            .precompressed_br()
            .precompressed_gzip()
    };
    let ask_again =
        SetResponseHeaderLayer::overriding(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Router::new()
        .nest_service("/pkg", folder("pkg"))
        .nest_service("/fonts", folder("fonts"))
        .nest_service("/desk", folder("desk"))
        .route_service(
            "/favicon.svg",
            ServeFile::new(format!("{site_root}/favicon.svg")),
        )
        .layer(ServiceBuilder::new().layer(ask_again))
}
