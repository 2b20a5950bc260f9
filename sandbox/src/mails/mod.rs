//! The mails that were sent on this machine, to be read without a mail server.

use std::io;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use maud::Markup;

use crate::gateway::Gateway;
use folder::Mail;

mod folder;
mod page;

const POLICY: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// A mail may dress itself as it likes, and its links open elsewhere; it can do nothing else.
const BODY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                           base-uri 'none'; form-action 'none'; frame-ancestors 'self'; \
                           sandbox allow-popups allow-popups-to-escape-sandbox";

pub async fn list(State(gateway): State<Arc<Gateway>>) -> Response {
    let read = match gateway.mail.clone() {
        None => Ok(Vec::new()),
        Some(folder) => elsewhere(move || folder::newest(&folder)).await,
    };
    match read {
        Ok(mails) => shown(page::list(&mails)),
        Err(error) => unreadable(&error),
    }
}

pub async fn show(State(gateway): State<Arc<Gateway>>, Path(name): Path<String>) -> Response {
    match find(&gateway, name).await {
        Ok(Some(mail)) => shown(page::mail(&mail)),
        Ok(None) => (StatusCode::NOT_FOUND, shown(page::unknown())).into_response(),
        Err(error) => unreadable(&error),
    }
}

/// The HTML of a mail, for the frame in which it is shown.
pub async fn html(State(gateway): State<Arc<Gateway>>, Path(name): Path<String>) -> Response {
    let html = match find(&gateway, name).await {
        Ok(mail) => mail.and_then(|mail| mail.html),
        Err(error) => return unreadable(&error),
    };
    let Some(html) = html else {
        return (StatusCode::NOT_FOUND, shown(page::unknown())).into_response();
    };
    let headers = [
        (header::CONTENT_SECURITY_POLICY, BODY_POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    let body = format!("<base target=\"_blank\">{html}");
    (headers, Html(body)).into_response()
}

async fn find(gateway: &Gateway, name: String) -> io::Result<Option<Mail>> {
    match gateway.mail.clone() {
        None => Ok(None),
        Some(folder) => elsewhere(move || folder::find(&folder, &name)).await,
    }
}

/// Files are read where waiting for the disk holds nobody up.
async fn elsewhere<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
}

fn shown(page: Markup) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, page).into_response()
}

fn unreadable(error: &io::Error) -> Response {
    let page = page::unreadable(&error.to_string());
    (StatusCode::INTERNAL_SERVER_ERROR, shown(page)).into_response()
}
