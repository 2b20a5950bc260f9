//! Stripe: its API, its events, its signatures.

mod books;
mod card;
mod charge;
mod checkout_session;
mod client;
mod coupon;
mod customer;
mod dispute;
pub mod event;
mod event_list;
pub mod events;
mod fraud_warning;
mod invoice;
mod invoice_payment;
mod lists;
mod payment_intent;
mod payment_method;
mod plain;
mod plans;
mod refund;
mod setup_intent;
pub mod signature;
mod subscription;

use std::sync::Arc;

use futures::future::BoxFuture;
use reqwest::{Request, Response};

pub use checkout_session::PageWish;
pub use client::Stripe;
pub(crate) use client::is_invoice;
pub(crate) use event_list::{Listed, REMEMBERED};
pub use events::EVENTS;
pub use lists::Page;
pub(crate) use plain::plain;

use crate::gateway::GatewayError;

/// How it is named in rows and addresses.
pub const NAME: &str = "stripe";
/// The version of the API that we speak and that events are decoded for.
pub const API_VERSION: &str = "2025-09-30.clover";
/// Carries a request in place of the network, and an answer back: in a simulation.
pub type Wire =
    Arc<dyn Fn(Request) -> BoxFuture<'static, Result<Response, GatewayError>> + Send + Sync>;

/// How to reach Stripe.
#[derive(Clone)]
pub struct Settings {
    pub secret_key: String,
    /// `https://api.stripe.com`, without a slash at the end.
    pub api_base: String,
    /// All that are valid now: two while one is being replaced.
    pub webhook_secrets: Vec<String>,
    /// Without one, the network.
    pub wire: Option<Wire>,
}

impl Settings {
    /// Whether real money moves. Source: <https://docs.stripe.com/keys>.
    pub fn livemode(&self) -> bool {
        self.secret_key.starts_with("sk_live_") || self.secret_key.starts_with("rk_live_")
    }
}
