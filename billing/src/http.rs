//! How we ask others.

use std::time::Duration;

use crate::gateway::GatewayError;

/// How long one answer may take. Stripe's own clients wait 80 s; a customer does not.
const TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// A client that follows nobody elsewhere.
///
/// # Errors
/// When the system gives no way to make TLS connections.
pub(crate) fn client() -> Result<reqwest::Client, GatewayError> {
    // Another part of the process may have chosen already; that is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("tender/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| GatewayError::Unreachable(error.to_string()))
}
