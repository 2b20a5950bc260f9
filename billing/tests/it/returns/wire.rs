//! What Stripe's events about money that goes back mean to us, read from one file for each event and
//! each shape: that of the version we speak, and the oldest that we read.

use billing::{
    dispute,
    gateway::{
        Meaning, RefundNotice,
        stripe::{API_VERSION, EVENTS, event::meaning},
    },
    refund,
};
use rstest::rstest;
use serde_json::json;

use crate::fixtures::{OLDEST, understood};

const PAYMENT: &str = "pi_3Qk8a0";

fn is_as_made(refund: &RefundNotice) {
    assert_eq!(refund.reference, "re_3Qk8a1");
    assert_eq!(refund.payment, PAYMENT);
    assert!(refund.refund.is_some(), "our id travels with it");
    assert_eq!(refund.amount.value, 300);
    assert_eq!(refund.reason.as_deref(), Some("requested_by_customer"));
    assert_eq!(refund.happened_at.unix(), 1_795_254_400);
}

#[rstest]
#[case(API_VERSION, "refund.created", refund::State::Pending)]
#[case(API_VERSION, "refund.updated", refund::State::Succeeded)]
#[case(API_VERSION, "refund.failed", refund::State::Failed)]
#[case(API_VERSION, "charge.refund.updated", refund::State::Failed)]
#[case(OLDEST, "charge.refund.updated", refund::State::Failed)]
fn refunds_say_where_the_money_is(
    #[case] version: &str,
    #[case] event: &str,
    #[case] state: refund::State,
) {
    let Meaning::Refund(refund) = understood(version, event) else {
        panic!("{event} is not about a refund");
    };
    is_as_made(&refund);
    assert_eq!(refund.state, state);
    let failed = state == refund::State::Failed;
    assert_eq!(refund.failure.is_some(), failed);
    assert!(EVENTS.contains(&event));
}

#[rstest]
#[case(API_VERSION, 0)]
#[case(OLDEST, 1)]
fn a_charge_counts_its_refunds(#[case] version: &str, #[case] named: usize) {
    let Meaning::Refunds(charge) = understood(version, "charge.refunded") else {
        panic!("it counts no refunds");
    };
    assert_eq!((charge.payment.as_str(), charge.refunded), (PAYMENT, 300));
    assert_eq!(charge.refunds.len(), named);
    charge.refunds.iter().for_each(is_as_made);
}

#[rstest]
#[case("created", dispute::State::Open)]
#[case("updated", dispute::State::Open)]
#[case("funds_withdrawn", dispute::State::Open)]
#[case("funds_reinstated", dispute::State::Won)]
#[case("closed", dispute::State::Lost)]
fn disputes_say_who_is_to_decide(
    #[values(API_VERSION, OLDEST)] version: &str,
    #[case] event: &str,
    #[case] state: dispute::State,
) {
    let event = format!("charge.dispute.{event}");
    let Meaning::Dispute(dispute) = understood(version, &event) else {
        panic!("{event} is not about a dispute");
    };
    assert_eq!(dispute.reference, "dp_3Qk8a5");
    assert_eq!(
        (dispute.payment.as_str(), dispute.amount.value),
        (PAYMENT, 500)
    );
    assert_eq!(dispute.state, state);
    assert_eq!(dispute.reason, "product_not_received");
    assert!(dispute.respond_by > Some(dispute.happened_at));
    assert!(EVENTS.contains(&event.as_str()));
}

#[rstest]
fn a_warning_names_its_payment(#[values(API_VERSION, OLDEST)] version: &str) {
    let event = "radar.early_fraud_warning.created";
    let Meaning::FraudWarning(warning) = understood(version, event) else {
        panic!("{event} is no warning");
    };
    assert_eq!(warning.payment, PAYMENT);
    assert_eq!(warning.kind, "unauthorized_use_of_card");
    assert!(EVENTS.contains(&event));
}

/// What has no payment intent was not paid here; a hold that was let go gave no money back.
#[rstest]
#[case("refund.created", "payment_intent", json!(null))]
#[case("charge.dispute.created", "payment_intent", json!(null))]
#[case("charge.refunded", "payment_intent", json!(null))]
#[case("charge.refunded", "captured", json!(false))]
#[case("radar.early_fraud_warning.created", "payment_intent", json!(null))]
fn what_is_none_of_ours_is_ignored_with_a_reason(
    #[case] event: &str,
    #[case] field: &str,
    #[case] value: serde_json::Value,
) {
    let body = crate::fixtures::fixture(API_VERSION, event);
    let mut odd: serde_json::Value = serde_json::from_str(&body).unwrap();
    odd["data"]["object"][field] = value;
    let ignored = meaning(event, &odd.to_string()).unwrap();
    assert!(matches!(ignored, Meaning::Ignored(_)), "{ignored:?}");
}
