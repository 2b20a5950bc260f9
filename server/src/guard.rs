//! What every request must be and every answer must carry.

use axum::{
    extract::{Request, State as Reached},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS,
    },
};

use crate::state::State;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// What changes something must come from our own pages: a cookie alone proves nothing.
pub async fn same_origin(Reached(state): Reached<State>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_ours(request.headers(), &state.site.public_url) {
        return next.run(request).await;
    }
    (
        StatusCode::FORBIDDEN,
        "This request did not come from our own pages.\n",
    )
        .into_response()
}

/// Browsers say where a request comes from in `Sec-Fetch-Site`; older ones in `Origin`.
fn is_ours(headers: &HeaderMap, public_url: &str) -> bool {
    match (headers.get(SEC_FETCH_SITE), headers.get(ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == public_url,
        (None, None) => false,
    }
}

/// Pages set their own policy, with a nonce; everything else may do nothing at all.
pub fn headers(mut response: Response, secure: bool) -> Response {
    let headers = response.headers_mut();
    let mut default = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    default(
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    default(X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(REFERRER_POLICY, "strict-origin-when-cross-origin");
    default(OPENER_POLICY, "same-origin-allow-popups");
    default(CACHE_CONTROL, "no-store");
    if secure {
        default(
            STRICT_TRANSPORT_SECURITY,
            "max-age=31536000; includeSubDomains",
        );
    }
    response
}

/// What a page may load. The gateway's hosts only where a card is taken.
pub fn content_security_policy(nonce: &str, path: &str, stripe_js_url: &str) -> String {
    let gateway = match app::takes_card(path) {
        true => Hosts::of(stripe_js_url),
        // Staff see a mail in a frame.
        false if path.starts_with("/admin/mails/") => Hosts {
            frame: " 'self'".to_owned(),
            ..Hosts::default()
        },
        false => Hosts::default(),
    };
    let Hosts {
        script,
        frame,
        connect,
        page,
    } = gateway;
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'{script}; \
         style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'{connect}; frame-src{frame}; form-action 'self'{page}; manifest-src 'self'; \
         object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Each with a space in front, or empty.
struct Hosts {
    script: String,
    frame: String,
    connect: String,
    /// Where a form may lead on to: the gateway's own page.
    page: String,
}

impl Default for Hosts {
    fn default() -> Self {
        Self {
            script: String::new(),
            frame: " 'none'".to_owned(),
            connect: String::new(),
            page: String::new(),
        }
    }
}

impl Hosts {
    /// Source: <https://docs.stripe.com/security/guide#content-security-policy>. The sandbox does
    /// everything from the host of its script.
    fn of(stripe_js_url: &str) -> Self {
        let host = format!(" {}", origin_of(stripe_js_url));
        match host.as_str() {
            " https://js.stripe.com" => Self {
                frame: format!("{host} https://*.js.stripe.com https://hooks.stripe.com"),
                script: format!("{host} https://*.js.stripe.com"),
                connect: " https://api.stripe.com".to_owned(),
                page: " https://checkout.stripe.com".to_owned(),
            },
            _ => Self {
                script: host.clone(),
                frame: host.clone(),
                connect: host.clone(),
                page: host,
            },
        }
    }
}

/// `https://js.stripe.com` of `https://js.stripe.com/clover/stripe.js`.
fn origin_of(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or(url, |end| &url[..host + end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_that_take_a_card_reach_the_gateway() {
        let js = "https://js.stripe.com/clover/stripe.js";
        let checkout = content_security_policy("n", "/checkout/1", js);
        assert!(
            checkout
                .contains("script-src 'self' 'nonce-n' 'wasm-unsafe-eval' https://js.stripe.com")
        );
        assert!(checkout.contains("connect-src 'self' https://api.stripe.com;"));
        assert!(checkout.contains("https://hooks.stripe.com"));
        assert!(checkout.contains("form-action 'self' https://checkout.stripe.com;"));
        for path in ["/account/cards/add", "/trial"] {
            assert_eq!(content_security_policy("n", path, js), checkout);
        }
        assert!(!content_security_policy("n", "/account", js).contains("stripe"));
        for (path, frames) in [("/admin/mails/1", "'self'"), ("/admin/mails", "'none'")] {
            let policy = content_security_policy("n", path, js);
            assert!(policy.contains(&format!("frame-src {frames};")), "{policy}");
        }
    }

    #[test]
    fn a_request_from_elsewhere_is_not_ours() {
        let ours = "https://shop.example";
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs
                .iter()
                .map(|(name, value)| {
                    (
                        HeaderName::from_static(name),
                        HeaderValue::from_static(value),
                    )
                })
                .collect()
        };
        assert!(is_ours(
            &headers(&[("sec-fetch-site", "same-origin")]),
            ours
        ));
        assert!(is_ours(
            &headers(&[("origin", "https://shop.example")]),
            ours
        ));
        assert!(!is_ours(
            &headers(&[("origin", "https://evil.example")]),
            ours
        ));
        assert!(!is_ours(
            &headers(&[("sec-fetch-site", "same-site"), ("origin", ours)]),
            ours
        ));
        assert!(!is_ours(&headers(&[("origin", "null")]), ours));
        assert!(!is_ours(&headers(&[]), ours));
    }
}
