//! What Stripe's events about plans mean to us, read from one file for each event and each shape:
//! that of the version we speak, and the oldest that we read.

use billing::{
    gateway::{
        Meaning, Occasion, PaymentStatus,
        stripe::{API_VERSION, EVENTS},
    },
    plan::Status,
};
use rstest::rstest;

use crate::fixtures::{OLDEST, understood};

#[rstest]
#[case("invoice.finalized", PaymentStatus::Waiting)]
#[case("invoice.updated", PaymentStatus::Waiting)]
#[case("invoice.payment_failed", PaymentStatus::Unclear)]
#[case("invoice.payment_action_required", PaymentStatus::Unclear)]
#[case("invoice.paid", PaymentStatus::Succeeded)]
#[case("invoice.payment_succeeded", PaymentStatus::Succeeded)]
#[case("invoice.voided", PaymentStatus::Canceled)]
#[case("invoice.marked_uncollectible", PaymentStatus::Canceled)]
fn invoices_say_how_a_payment_stands(
    #[values(API_VERSION, OLDEST)] version: &str,
    #[case] event: &str,
    #[case] status: PaymentStatus,
) {
    let Meaning::Payment(payment) = understood(version, event) else {
        panic!("{event} is not a payment");
    };
    assert!(payment.reference.starts_with("in_"));
    assert_eq!(payment.status, status);
    assert_eq!(payment.amount.value, 900);
    assert_eq!(payment.amount.currency.as_str(), "usd");
    let invoice = payment.invoice.unwrap();
    assert_eq!(invoice.occasion, Occasion::Renewal);
    assert_eq!(payment.transaction, None, "that was the first invoice's");
    assert!(invoice.subscription.starts_with("sub_"));
    assert!(invoice.ours.is_some());
    assert_eq!(invoice.price.as_deref(), Some("price_basic"));
    let days = invoice.end.since(invoice.start).as_secs() / (24 * 3600);
    assert!((28..=31).contains(&days), "{days}");
}

#[rstest]
#[case("customer.subscription.created", Status::Starting, false)]
#[case("customer.subscription.updated", Status::PastDue, true)]
#[case("customer.subscription.deleted", Status::Ended, false)]
fn subscriptions_say_how_a_plan_stands(
    #[values(API_VERSION, OLDEST)] version: &str,
    #[case] event: &str,
    #[case] status: Status,
    #[case] ends: bool,
) {
    let Meaning::Standing(standing) = understood(version, event) else {
        panic!("{event} says nothing of a plan");
    };
    assert!(standing.reference.starts_with("sub_"));
    assert!(standing.ours.is_some());
    assert_eq!(standing.status, status);
    assert_eq!(standing.cancel_at_end, ends);
    assert!(standing.item.starts_with("si_"));
    assert!(standing.end > standing.start);
}

#[test]
fn a_renewal_is_told_before_it_comes() {
    let Meaning::Upcoming(upcoming) = understood(API_VERSION, "invoice.upcoming") else {
        panic!("nothing is announced");
    };
    assert!(upcoming.ours.is_some());
    assert_eq!(upcoming.amount.value, 900);
    assert!(EVENTS.contains(&"invoice.upcoming"));
}

/// An invoice as our own question finds it, with the payment in it.
#[rstest]
fn an_invoice_with_its_payment_says_why_it_failed(#[values(API_VERSION, OLDEST)] version: &str) {
    let Meaning::Payment(payment) = understood(version, "invoice.payment_failed.expanded") else {
        panic!("it is not a payment");
    };
    let PaymentStatus::Failed(failure) = payment.status else {
        panic!("{:?}", payment.status);
    };
    assert_eq!(failure.code, "insufficient_funds");
    assert!(payment.client_secret.is_some());
}
