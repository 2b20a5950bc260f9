//! What every handler can reach.

use std::{net::IpAddr, ops::Deref, path::PathBuf, sync::Arc};

use app::{Site, desk::Setting};
use axum::{
    extract::FromRef,
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use billing::Billing;
use leptos::config::LeptosOptions;

use crate::{limits::Limits, metrics::Readers};

/// What somebody is told who asks for more than people do.
pub const TOO_OFTEN: &str = "That was too often. Please wait a minute and try again.";

/// What staff are told who gave too many second factors.
pub const TOO_MANY_TRIES: &str =
    "Those were too many tries. Please wait a minute before the next one.";

/// Cheap to clone: each layer of the routes clones it for each request.
#[derive(Clone)]
pub struct State(Arc<Shared>);

pub struct Shared {
    pub billing: Billing,
    pub site: Site,
    pub options: LeptosOptions,
    pub limits: Limits,
    /// Who may read `/metrics`.
    pub metrics: Readers,
    /// Where settlement files lie until they are compared.
    pub settlements: PathBuf,
    pub trusted_proxies: Vec<IpAddr>,
    /// As staff see them.
    pub settings: Vec<Setting>,
    /// Whether cookies may only travel over TLS: always, except on plain loopback.
    pub secure: bool,
}

impl Deref for State {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl From<Shared> for State {
    fn from(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl FromRef<State> for Billing {
    fn from_ref(state: &State) -> Self {
        state.billing.clone()
    }
}

impl State {
    /// A page that says plainly that something went wrong on our side.
    pub fn problem(&self, error: billing::Error) -> Response {
        let status = status_of(&error);
        if error.is_of_a_text() {
            let text = "Something that came with this has a character in it that no text may have.";
            let page = app::problem_page(self.options.clone(), "That cannot be read", text);
            return (status, Html(page)).into_response();
        }
        tracing::error!(%error, "a request failed");
        let title = "Tender cannot do that right now";
        let text = "Something on our side is not working. Nothing was charged by this click. \
                    Please try again in a moment.";
        let page = app::problem_page(self.options.clone(), title, text);
        (status, [("retry-after", "5")], Html(page)).into_response()
    }

    /// A page for staff whose role does not allow what they want.
    pub fn forbidden(&self) -> Response {
        let title = "Your role does not allow this";
        let text =
            "Nothing was done. Somebody who owns this site can do it, or give you another role.";
        let page = app::problem_page(self.options.clone(), title, text);
        (StatusCode::FORBIDDEN, Html(page)).into_response()
    }

    /// A page for whoever wants something that was taken off sale.
    pub fn not_sold(&self) -> Response {
        let text = "Nothing was ordered. The start has all that is sold now.";
        let title = "This is not sold any more";
        let page = app::problem_page(self.options.clone(), title, text);
        (StatusCode::NOT_FOUND, Html(page)).into_response()
    }

    /// A page for whoever asks too often.
    pub fn too_often(&self) -> Response {
        let page = app::problem_page(self.options.clone(), "One moment, please", TOO_OFTEN);
        let status = StatusCode::TOO_MANY_REQUESTS;
        (status, [("retry-after", "60")], Html(page)).into_response()
    }
}

/// Everything that can pass by itself is 503; the rest is a defect of ours, or of a text that came.
pub fn status_of(error: &billing::Error) -> StatusCode {
    use billing::Error;
    match error {
        _ if error.is_of_a_text() => StatusCode::BAD_REQUEST,
        Error::Broken(_) | Error::Migrate(_) | Error::Listen(_) | Error::Deaf => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        Error::Store(_) | Error::Commit(_) | Error::Busy | Error::Unavailable => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Error::Gateway(_) => StatusCode::BAD_GATEWAY,
    }
}
