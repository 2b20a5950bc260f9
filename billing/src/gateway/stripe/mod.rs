//! Stripe: its API, its events, its signatures.

mod card;
mod charge;
mod client;
mod coupon;
mod customer;
mod dispute;
pub mod event;
mod fraud_warning;
mod invoice;
mod invoice_payment;
mod payment_intent;
mod payment_method;
mod plain;
mod plans;
mod refund;
mod setup_intent;
pub mod signature;
mod subscription;

pub use client::Stripe;
pub(crate) use client::is_invoice;
pub(crate) use plain::plain;

/// How it is named in rows and addresses.
pub const NAME: &str = "stripe";
/// The version of the API that we speak and that events are decoded for.
pub const API_VERSION: &str = "2025-09-30.clover";
/// The events that our endpoint asks for.
pub const EVENTS: &[&str] = &[
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.updated",
    "invoice.finalized",
    "invoice.marked_uncollectible",
    "invoice.paid",
    "invoice.payment_action_required",
    "invoice.payment_failed",
    "invoice.payment_succeeded",
    "invoice.upcoming",
    "invoice.updated",
    "invoice.voided",
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.refund.updated",
    "charge.refunded",
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.requires_action",
    "payment_intent.succeeded",
    "payment_method.attached",
    "payment_method.automatically_updated",
    "payment_method.detached",
    "payment_method.updated",
    "radar.early_fraud_warning.created",
    "refund.created",
    "refund.failed",
    "refund.updated",
    "setup_intent.canceled",
    "setup_intent.requires_action",
    "setup_intent.setup_failed",
    "setup_intent.succeeded",
];

/// How to reach Stripe.
#[derive(Clone)]
pub struct Settings {
    pub secret_key: String,
    /// `https://api.stripe.com`, without a slash at the end.
    pub api_base: String,
    /// All that are valid now: two while one is being replaced.
    pub webhook_secrets: Vec<String>,
}

impl Settings {
    /// Whether real money moves. Source: <https://docs.stripe.com/keys>.
    pub fn livemode(&self) -> bool {
        self.secret_key.starts_with("sk_live_") || self.secret_key.starts_with("rk_live_")
    }
}
