//! Every entrance of the sandbox, on one screen.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header, request};
use axum::routing::{any, delete, get, post};
use serde_json::Value;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::account::Account;
use crate::errors::{ApiError, Result};
use crate::form::Params;
use crate::gateway::Gateway;
use crate::objects::attempt::Caller;
use crate::objects::{
    balance_transactions, charges, checkout_sessions, coupons, customers, disputes, events,
    fraud_warnings, invoice_items, invoice_payments, invoices, merchant, payment_intents,
    payment_methods, payouts, prices, products, promotion_codes, refunds, setup_intents,
    subscriptions, webhook_endpoints,
};
use crate::{api, browser, challenge, checkout, control, mails, page};

pub fn router(gateway: Arc<Gateway>) -> Router {
    let control = Router::new()
        .route("/", get(page::show))
        .route("/mails", get(mails::list))
        .route("/mails/{name}", get(mails::show))
        .route("/mails/{name}/html", get(mails::html))
        .route("/assets/page.css", get(page::css))
        .route("/assets/page.js", get(page::js))
        .route(
            "/control/faults",
            get(control::faults).delete(control::clear),
        )
        .route("/control/faults/{id}", delete(control::clear_one))
        .route("/control/webhook-faults", post(control::add_webhook_fault))
        .route("/control/api-faults", post(control::add_api_fault))
        .route("/control/requests", get(control::requests))
        .route("/control/deliveries", get(control::deliveries))
        .route("/control/events", get(control::events).post(control::emit))
        .route("/control/events/{id}/resend", post(control::resend))
        .route("/control/payment_intents/{id}", post(control::force))
        .route("/control/setup_intents/{id}", post(control::force))
        .route(
            "/control/checkout-faults",
            post(control::add_checkout_fault),
        )
        .route("/control/refunds/{id}", post(control::refunds::change))
        .route("/control/disputes", post(control::disputes::open))
        .route("/control/disputes/{id}", post(control::disputes::close))
        .route("/control/fraud-warnings", post(control::disputes::warn))
        .route("/control/payouts", post(control::payouts::create))
        .route("/control/payouts/{id}", post(control::payouts::change))
        .route("/control/account", post(control::payouts::change_account))
        .route("/control/forget-keys", post(control::forget_keys))
        .route("/control/renewals", post(control::renewal::rule))
        .route(
            "/control/customers/{id}/next-renewal",
            post(control::renewal::fail_next),
        )
        .route(
            "/control/clock",
            get(control::clock::show).post(control::clock::advance),
        )
        .layer(axum::middleware::from_fn(control::loopback_only));
    let browser = Router::new()
        .route("/c/pay/{id}", get(checkout::show).post(checkout::pay))
        .route("/c/pay/{id}/outcome", get(checkout::outcome))
        .route("/elements/checkout.css", get(checkout::css))
        .route("/elements/checkout.js", get(checkout::js))
        .route("/v3/stripe.js", get(browser::script))
        .route("/clover/stripe.js", get(browser::script))
        .route("/elements/card", get(browser::card_frame))
        .route("/elements/card.css", get(browser::card_css))
        .route("/elements/card.js", get(browser::card_js))
        .route(
            "/challenge/{id}",
            get(challenge::show).post(challenge::answer),
        )
        .route("/elements/challenge.css", get(challenge::css))
        .route("/elements/challenge.js", get(challenge::js));
    Router::new()
        .merge(control)
        .merge(browser)
        .route("/v1/{*rest}", any(api::serve))
        .fallback(api::serve)
        .layer(cors())
        .with_state(gateway)
}

/// The API, with its parameters read and its caller known.
pub fn call(
    account: &mut Account,
    method: &str,
    path: &[&str],
    params: Params,
    caller: Caller,
) -> Result<Value> {
    match (method, path) {
        ("POST", ["customers"]) => customers::create(account, params),
        ("GET", ["customers"]) => customers::list(account, params),
        ("GET", ["customers", id]) => customers::retrieve(account, id, params),
        ("POST", ["customers", id]) => customers::update(account, id, params),
        ("DELETE", ["customers", id]) => customers::delete(account, id, params),
        ("GET", ["customers", id, "payment_methods"]) => {
            payment_methods::list(account, Some(id), params)
        }
        ("GET", ["customers", customer, "payment_methods", id]) => {
            payment_methods::retrieve_of(account, customer, id, params)
        }

        ("POST", ["payment_methods"]) => payment_methods::create(account, params),
        ("GET", ["payment_methods"]) => payment_methods::list(account, None, params),
        ("GET", ["payment_methods", id]) => payment_methods::retrieve(account, id, params),
        ("POST", ["payment_methods", id]) => payment_methods::update(account, id, params),
        ("POST", ["payment_methods", id, "attach"]) => payment_methods::attach(account, id, params),
        ("POST", ["payment_methods", id, "detach"]) => payment_methods::detach(account, id, params),

        ("POST", ["payment_intents"]) => payment_intents::create(account, params),
        ("GET", ["payment_intents"]) => payment_intents::list(account, params),
        ("GET", ["payment_intents", id]) => payment_intents::retrieve(account, id, params),
        ("POST", ["payment_intents", id]) => payment_intents::update(account, id, params),
        ("POST", ["payment_intents", id, "confirm"]) => {
            payment_intents::confirm(account, id, params, caller)
        }
        ("POST", ["payment_intents", id, "capture"]) => {
            payment_intents::capture(account, id, params)
        }
        ("POST", ["payment_intents", id, "cancel"]) => payment_intents::cancel(account, id, params),

        ("POST", ["setup_intents"]) => setup_intents::create(account, params),
        ("GET", ["setup_intents"]) => setup_intents::list(account, params),
        ("GET", ["setup_intents", id]) => setup_intents::retrieve(account, id, params),
        ("POST", ["setup_intents", id]) => setup_intents::update(account, id, params),
        ("POST", ["setup_intents", id, "confirm"]) => {
            setup_intents::confirm(account, id, params, caller)
        }
        ("POST", ["setup_intents", id, "cancel"]) => setup_intents::cancel(account, id, params),

        ("POST", ["checkout", "sessions"]) => checkout_sessions::create(account, params),
        ("GET", ["checkout", "sessions"]) => checkout_sessions::list(account, params),
        ("GET", ["checkout", "sessions", id]) => checkout_sessions::retrieve(account, id, params),
        ("POST", ["checkout", "sessions", id]) => checkout_sessions::update(account, id, params),
        ("POST", ["checkout", "sessions", id, "expire"]) => {
            checkout_sessions::expire(account, id, params)
        }
        ("GET", ["checkout", "sessions", id, "line_items"]) => {
            checkout_sessions::line_items(account, id, params)
        }

        ("GET", ["charges"]) => charges::list(account, params),
        ("GET", ["charges", id]) => charges::retrieve(account, id, params),

        ("POST", ["refunds"]) => refunds::create(account, params),
        ("GET", ["refunds"]) => refunds::list(account, params),
        ("GET", ["refunds", id]) => refunds::retrieve(account, id, params),
        ("POST", ["refunds", id]) => refunds::update(account, id, params),
        ("POST", ["refunds", id, "cancel"]) => refunds::cancel(account, id, params),

        ("GET", ["disputes"]) => disputes::list(account, params),
        ("GET", ["disputes", id]) => disputes::retrieve(account, id, params),
        ("POST", ["disputes", id]) => disputes::update(account, id, params),
        ("POST", ["disputes", id, "close"]) => disputes::close(account, id, params),

        ("GET", ["radar", "early_fraud_warnings"]) => fraud_warnings::list(account, params),
        ("GET", ["radar", "early_fraud_warnings", id]) => {
            fraud_warnings::retrieve(account, id, params)
        }

        ("GET", ["account"]) => merchant::retrieve(account, params),
        ("GET", ["balance_transactions"]) => balance_transactions::list(account, params),
        ("GET", ["balance_transactions", id]) => {
            balance_transactions::retrieve(account, id, params)
        }
        ("GET", ["payouts"]) => payouts::list(account, params),
        ("GET", ["payouts", id]) => payouts::retrieve(account, id, params),

        ("POST", ["products"]) => products::create(account, params),
        ("GET", ["products"]) => products::list(account, params),
        ("GET", ["products", id]) => products::retrieve(account, id, params),
        ("POST", ["products", id]) => products::update(account, id, params),

        ("POST", ["prices"]) => prices::create(account, params),
        ("GET", ["prices"]) => prices::list(account, params),
        ("GET", ["prices", id]) => prices::retrieve(account, id, params),
        ("POST", ["prices", id]) => prices::update(account, id, params),

        ("POST", ["coupons"]) => coupons::create(account, params),
        ("GET", ["coupons"]) => coupons::list(account, params),
        ("GET", ["coupons", id]) => coupons::retrieve(account, id, params),
        ("POST", ["coupons", id]) => coupons::update(account, id, params),
        ("DELETE", ["coupons", id]) => coupons::delete(account, id, params),

        ("POST", ["promotion_codes"]) => promotion_codes::create(account, params),
        ("GET", ["promotion_codes"]) => promotion_codes::list(account, params),
        ("GET", ["promotion_codes", id]) => promotion_codes::retrieve(account, id, params),
        ("POST", ["promotion_codes", id]) => promotion_codes::update(account, id, params),

        ("POST", ["subscriptions"]) => subscriptions::create(account, params),
        ("GET", ["subscriptions"]) => subscriptions::list(account, params),
        ("GET", ["subscriptions", id]) => subscriptions::retrieve(account, id, params),
        ("POST", ["subscriptions", id]) => subscriptions::update::update(account, id, params),
        ("DELETE", ["subscriptions", id]) => subscriptions::cancel(account, id, params),
        ("POST", ["subscriptions", id, "resume"]) => subscriptions::resume(account, id, params),

        ("POST", ["invoices", "create_preview"]) => invoices::preview::create(account, params),
        ("GET", ["invoices"]) => invoices::list(account, params),
        ("GET", ["invoices", id]) => invoices::retrieve(account, id, params),
        ("POST", ["invoices", id]) => invoices::update(account, id, params),
        ("GET", ["invoices", id, "lines"]) => invoices::list_lines(account, id, params),
        ("POST", ["invoices", id, "finalize"]) => invoices::finalize_now(account, id, params),
        ("POST", ["invoices", id, "pay"]) => invoices::pay(account, id, params),
        ("POST", ["invoices", id, "void"]) => invoices::void_now(account, id, params),
        ("POST", ["invoices", id, "mark_uncollectible"]) => {
            invoices::mark_uncollectible(account, id, params)
        }
        ("GET", ["invoice_payments"]) => invoice_payments::list(account, params),
        ("GET", ["invoice_payments", id]) => invoice_payments::retrieve(account, id, params),
        ("GET", ["invoiceitems"]) => invoice_items::list(account, params),
        ("GET", ["invoiceitems", id]) => invoice_items::retrieve(account, id, params),

        ("GET", ["events"]) => events::list(account, params),
        ("GET", ["events", id]) => events::retrieve(account, id, params),

        ("POST", ["webhook_endpoints"]) => webhook_endpoints::create(account, params),
        ("GET", ["webhook_endpoints"]) => webhook_endpoints::list(account, params),
        ("GET", ["webhook_endpoints", id]) => webhook_endpoints::retrieve(account, id, params),
        ("POST", ["webhook_endpoints", id]) => webhook_endpoints::update(account, id, params),
        ("DELETE", ["webhook_endpoints", id]) => webhook_endpoints::delete(account, id, params),

        _ => Err(ApiError::unknown_route(
            method,
            &format!("/v1/{}", path.join("/")),
        )),
    }
}

/// What a publishable key opens; the client secret is checked beside it.
pub fn open_to_browsers(method: &str, path: &[&str]) -> bool {
    matches!(
        (method, path),
        ("GET", ["payment_intents" | "setup_intents", _])
            | (
                "POST",
                ["payment_intents" | "setup_intents", _, "confirm"] | ["payment_methods"]
            )
    )
}

/// Pages on this machine may call the API, as the browser script does; no other page may.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(
            |origin: &HeaderValue, _: &request::Parts| {
                origin.to_str().is_ok_and(control::is_loopback_origin)
            },
        ))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("stripe-version"),
            HeaderName::from_static("idempotency-key"),
        ])
        .expose_headers([
            HeaderName::from_static("request-id"),
            HeaderName::from_static("stripe-version"),
        ])
}
