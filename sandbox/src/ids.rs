//! Ids and secrets that look like the gateway's.

use rand::Rng;
use rand::distr::Alphanumeric;

/// `prefix_` and 24 letters or digits.
pub fn fresh(prefix: &str) -> String {
    format!("{prefix}_{}", random(24))
}

/// The secret that lets a browser confirm one payment intent.
pub fn client_secret(intent: &str) -> String {
    format!("{intent}_secret_{}", random(25))
}

/// The key that signs an endpoint's webhooks.
pub fn webhook_secret() -> String {
    format!("whsec_{}", random(32))
}

pub fn random(length: usize) -> String {
    rand::rng()
        .sample_iter(Alphanumeric)
        .take(length)
        .map(char::from)
        .collect()
}
