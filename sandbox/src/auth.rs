//! Keys: the secret one opens everything, the publishable one what a browser needs.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::account::Account;
use crate::errors::{ApiError, Result};
use crate::form::Params;
use crate::objects::intents;
use crate::{PUBLISHABLE_KEY, SECRET_KEY, routes};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Secret,
    Publishable,
}

/// The key of a request, if it opens this route.
pub fn key(headers: &HeaderMap, method: &str, path: &[&str]) -> Result<Key> {
    let given = given_key(headers).ok_or_else(|| {
        ApiError::unauthorized(
            "You did not provide an API key. You need to provide your API key in the \
             Authorization header, using Bearer auth (e.g. 'Authorization: Bearer \
             YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we \
             can help at https://support.stripe.com/.",
        )
    })?;
    match given.as_str() {
        SECRET_KEY => Ok(Key::Secret),
        PUBLISHABLE_KEY if routes::open_to_browsers(method, path) => Ok(Key::Publishable),
        PUBLISHABLE_KEY => Err(ApiError::unauthorized(
            "This API call cannot be made with a publishable API key. Please use a secret API \
             key. You can find a list of your API keys at \
             https://dashboard.stripe.com/account/apikeys.",
        )
        .code("secret_key_required")),
        other => Err(ApiError::unauthorized(format!(
            "Invalid API Key provided: {}",
            masked(other)
        ))),
    }
}

/// A browser proves that the intent is its own with the client secret.
pub fn client_secret(account: &Account, path: &[&str], params: &mut Params) -> Result<()> {
    let ["payment_intents" | "setup_intents", id, ..] = path else {
        return Ok(());
    };
    let secret = params.clone().required("client_secret")?;
    intents::with_secret(account, id, &secret).map(drop)
}

/// `Bearer key`, or the key as the user name of Basic.
fn given_key(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    let decoded = BASE64_STANDARD.decode(rest.trim()).ok()?;
    let pair = String::from_utf8(decoded).ok()?;
    pair.split(':').next().map(str::to_owned)
}

fn masked(key: &str) -> String {
    let shown: String = key.chars().take(8).collect();
    format!(
        "{shown}{}",
        "*".repeat(key.chars().count().saturating_sub(8).min(20))
    )
}
