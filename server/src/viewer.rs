//! Who looks: the session behind the cookie, on its way in and out.

use app::Viewer;
use axum::{
    extract::{Request, State as Reached},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use billing::{
    people::{SESSION_LIFETIME, Session},
    secret::Secret,
};
use http::{HeaderMap, Method};

use crate::state::State;

/// A name that browsers accept only with Secure, from this host, for all paths.
const SECURE_NAME: &str = "__Host-tender";
/// On plain loopback there is no TLS to insist on.
const PLAIN_NAME: &str = "tender";

fn name(secure: bool) -> &'static str {
    if secure { SECURE_NAME } else { PLAIN_NAME }
}

/// Looks up whose cookie came, for all handlers after this.
pub async fn recognize(
    Reached(state): Reached<State>,
    mut request: Request,
    next: Next,
) -> Response {
    // Boxed, so that it takes no room while the answer is waited for, perhaps for a minute.
    match Box::pin(session(&state, request.headers())).await {
        Ok(session) => request.extensions_mut().insert(Viewer(session)),
        Err(error) => return state.problem(error),
    };
    next.run(request).await
}

/// The session whose cookie came.
pub async fn session(state: &State, headers: &HeaderMap) -> billing::Result<Option<Session>> {
    match CookieJar::from_headers(headers).get(name(state.secure)) {
        Some(cookie) => state.billing.session(&Secret::from(cookie.value())).await,
        None => Ok(None),
    }
}

/// Asks whoever is not signed in to do so, and brings them back afterwards.
pub async fn customers_only(request: Request, next: Next) -> Response {
    let customer = viewer(&request).and_then(|session| session.person.customer);
    match customer {
        Some(_) => next.run(request).await,
        None => ask_to_sign_in(&request),
    }
}

pub async fn staff_only(request: Request, next: Next) -> Response {
    match viewer(&request).map(|session| session.person.role) {
        Some(Some(_)) => next.run(request).await,
        Some(None) => Redirect::to("/account").into_response(),
        None => ask_to_sign_in(&request),
    }
}

/// Staff have proven who they are only once they gave the second factor, too, in this session.
pub async fn second_factor_first(request: Request, next: Next) -> Response {
    match viewer(&request).is_some_and(lacks_second_factor) {
        true => lead_to("/admin/security", &request, "/admin"),
        false => next.run(request).await,
    }
}

/// For those who are signed in, customers and staff alike.
pub async fn people_only(request: Request, next: Next) -> Response {
    match viewer(&request) {
        Some(staff) if lacks_second_factor(staff) => lead_to("/admin/security", &request, "/admin"),
        Some(_) => next.run(request).await,
        None => ask_to_sign_in(&request),
    }
}

/// The session ended between the page and its form.
pub fn sign_in_first() -> Response {
    Redirect::to("/sign-in").into_response()
}

fn lacks_second_factor(session: &Session) -> bool {
    session.person.role.is_some() && session.second_factor_at.is_none()
}

fn viewer(request: &Request) -> Option<&Session> {
    request
        .extensions()
        .get::<Viewer>()
        .and_then(|viewer| viewer.0.as_ref())
}

fn ask_to_sign_in(request: &Request) -> Response {
    lead_to("/sign-in", request, "/")
}

/// Leads to a page that leads back here afterwards; what was sent by a form leads `home` instead.
fn lead_to(page: &str, request: &Request, home: &str) -> Response {
    let next = match (request.method(), request.uri().path_and_query()) {
        (&Method::GET, Some(path)) => path.as_str(),
        _ => home,
    };
    Redirect::to(&format!("{page}?next={}", encoded(next))).into_response()
}

/// A path as a value after a question mark.
pub fn encoded(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// A path of ours to which a form may lead on. Anything else, another host above all, is not one.
pub fn local_path(path: &str) -> Option<&str> {
    let ours = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(['\\', '\r', '\n', '\t', '\0']);
    ours.then_some(path)
}

/// The cookie that keeps a browser signed in.
pub fn cookie(token: &Secret, secure: bool) -> Cookie<'static> {
    Cookie::build((name(secure), token.as_str().to_owned()))
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Lax)
        .max_age(SESSION_LIFETIME.try_into().unwrap_or_default())
        .build()
}

/// Takes the cookie back.
pub fn no_cookie(secure: bool) -> Cookie<'static> {
    let mut cookie = cookie(&Secret::from(""), secure);
    cookie.make_removal();
    cookie
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_only_to_our_own_pages() {
        assert_eq!(local_path("/studio?words=a"), Some("/studio?words=a"));
        for elsewhere in [
            "",
            "studio",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
        ] {
            assert_eq!(local_path(elsewhere), None, "{elsewhere:?}");
        }
    }

    #[test]
    fn a_secure_cookie_is_bound_to_the_host() {
        let text = cookie(&Secret::from("t"), true).to_string();
        for part in [
            "__Host-tender=t",
            "HttpOnly",
            "SameSite=Lax",
            "Secure",
            "Path=/",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
