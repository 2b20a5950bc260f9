//! All that Stripe may tell us, on one screen: how each type of event is read, or why it means
//! nothing here. Source: <https://docs.stripe.com/api/events/types>.

use std::sync::LazyLock;

use super::checkout_session::News;

/// Every type that we know. The rows are longer than elsewhere so that all can be seen at once.
#[rustfmt::skip]
pub const KNOWN: &[(Reading, &[&str])] = &[
    (Reading::PaymentIntent, &[
        "payment_intent.amount_capturable_updated", "payment_intent.canceled", "payment_intent.payment_failed",
        "payment_intent.processing", "payment_intent.requires_action", "payment_intent.succeeded",
    ]),
    (Reading::CheckoutSession(News::Completed), &["checkout.session.completed"]),
    (Reading::CheckoutSession(News::Arrived), &[
        "checkout.session.async_payment_failed", "checkout.session.async_payment_succeeded",
    ]),
    (Reading::CheckoutSession(News::Expired), &["checkout.session.expired"]),
    (Reading::SetupIntent, &[
        "setup_intent.canceled", "setup_intent.requires_action", "setup_intent.setup_failed",
        "setup_intent.succeeded",
    ]),
    (Reading::Nothing("we made it ourselves"), &["payment_intent.created", "setup_intent.created"]),
    (Reading::Nothing("cards pay at once and never in parts"), &["payment_intent.partially_funded"]),
    (Reading::Method, &[
        "payment_method.attached", "payment_method.automatically_updated", "payment_method.detached",
        "payment_method.updated",
    ]),
    (Reading::Invoice, &[
        "invoice.finalized", "invoice.marked_uncollectible", "invoice.paid", "invoice.payment_succeeded",
        "invoice.updated", "invoice.voided",
    ]),
    (Reading::InvoiceInTrouble, &["invoice.payment_action_required", "invoice.payment_failed"]),
    (Reading::Upcoming, &["invoice.upcoming"]),
    (Reading::Nothing("it asks for nothing before it is final"), &[
        "invoice.created", "invoice.deleted", "invoice.finalization_failed",
    ]),
    (Reading::Nothing("plans are charged by themselves: nobody is sent a bill"), &[
        "invoice.overdue", "invoice.payment_attempt_required", "invoice.sent", "invoice.will_be_due",
    ]),
    (Reading::Nothing("its invoice says the same"), &["invoice.overpaid", "invoice_payment.paid"]),
    (Reading::Subscription, &[
        "customer.subscription.created", "customer.subscription.deleted", "customer.subscription.paused",
        "customer.subscription.resumed", "customer.subscription.updated",
    ]),
    (Reading::Nothing("the subscription itself says the same"), &[
        "customer.subscription.pending_update_applied", "customer.subscription.pending_update_expired",
    ]),
    (Reading::Nothing("trials here are no plans"), &["customer.subscription.trial_will_end"]),
    (Reading::Charge, &["charge.refunded"]),
    (Reading::Nothing("its payment intent says the same"), &[
        "charge.captured", "charge.expired", "charge.failed", "charge.pending", "charge.succeeded", "charge.updated",
    ]),
    (Reading::Refund, &["charge.refund.updated", "refund.created", "refund.failed", "refund.updated"]),
    // That the bank took the money, or gave it back, is no decision: the status tells.
    (Reading::Dispute, &[
        "charge.dispute.closed", "charge.dispute.created", "charge.dispute.funds_reinstated",
        "charge.dispute.funds_withdrawn", "charge.dispute.updated",
    ]),
    (Reading::FraudWarning, &["radar.early_fraud_warning.created"]),
    (Reading::Nothing("a warning stays one"), &["radar.early_fraud_warning.updated"]),
    (Reading::Nothing("it is between the shop and its bank"), &[
        "payout.canceled", "payout.created", "payout.failed", "payout.paid", "payout.reconciliation_completed",
        "payout.updated",
    ]),
    (Reading::Nothing("it is about the shop, and no payment of it"), &["account.updated"]),
];

/// What some were called before the version that we speak, which knows these names no longer.
const FORMERLY: &[(&str, &str)] = &[(
    "payment_method.card_automatically_updated",
    "payment_method.automatically_updated",
)];

/// How the object of an event is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    Charge,
    /// The page, on which this has just happened.
    CheckoutSession(News),
    Dispute,
    FraudWarning,
    Invoice,
    /// An invoice whose payment has just failed, or needs the customer.
    InvoiceInTrouble,
    /// What somebody pays with.
    Method,
    PaymentIntent,
    Refund,
    SetupIntent,
    Subscription,
    Upcoming,
    /// It is kept and changes nothing, for this reason.
    Nothing(&'static str),
}

/// The events that our endpoint asks for: those that mean something.
pub static EVENTS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let read = KNOWN.iter();
    read.filter(|(reading, _)| !matches!(reading, Reading::Nothing(_)))
        .flat_map(|(_, kinds)| *kinds)
        .copied()
        .collect()
});

/// How events of this type are read.
pub fn reading(kind: &str) -> Reading {
    let renamed = FORMERLY.iter().find(|(former, _)| *former == kind);
    let kind = renamed.map_or(kind, |(_, now)| now);
    let known = KNOWN.iter().find(|(_, kinds)| kinds.contains(&kind));
    known.map_or(UNKNOWN, |(reading, _)| *reading)
}

/// What nobody has thought of.
pub const UNKNOWN: Reading = Reading::Nothing("no action for this type");
