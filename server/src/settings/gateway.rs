//! How the gateway is reached, and who takes its place.

use anyhow::bail;
use billing::gateway::stripe;

use super::{Settings, address::is_loopback};

impl Settings {
    /// Whether the sandbox takes Stripe's place.
    ///
    /// # Errors
    /// Names the setting that is missing, when it may not.
    pub fn uses_sandbox(&self) -> anyhow::Result<bool> {
        if self.stripe_secret_key.is_some() {
            if self.stripe_publishable_key.is_none() {
                bail!(
                    "STRIPE_PUBLISHABLE_KEY is missing: STRIPE_SECRET_KEY is set, and browsers need both"
                );
            }
            return Ok(false);
        }
        if !self.sandbox_addr.ip().is_loopback() || !is_loopback(&self.public_url()) {
            bail!(
                "STRIPE_SECRET_KEY is missing: the sandbox takes its place only while TENDER_PUBLIC_URL and TENDER_SANDBOX_ADDR are on loopback"
            );
        }
        Ok(true)
    }

    /// The keys as they are set; empty ones when there are none.
    pub fn stripe(&self) -> stripe::Settings {
        stripe::Settings {
            secret_key: self.stripe_secret_key.clone().unwrap_or_default(),
            api_base: self.stripe_api_base.clone(),
            webhook_secrets: self.stripe_webhook_secrets.clone(),
            wire: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::parsed, *};

    #[test]
    fn the_sandbox_stays_on_loopback() {
        assert!(parsed(&[]).unwrap().uses_sandbox().unwrap());
        let public = parsed(&["--public-url", "https://shop.example/"]).unwrap();
        assert!(
            public
                .uses_sandbox()
                .unwrap_err()
                .to_string()
                .contains("STRIPE_SECRET_KEY")
        );
        let half = parsed(&["--stripe-secret-key", "sk_test_1"]).unwrap();
        assert!(
            half.uses_sandbox()
                .unwrap_err()
                .to_string()
                .contains("STRIPE_PUBLISHABLE_KEY")
        );
        for url in [
            "http://localhost:3000",
            "http://[::1]:3000",
            "http://127.0.0.2",
        ] {
            assert!(is_loopback(url), "{url}");
        }
        assert!(!is_loopback("http://localhost.example"));
    }
}
