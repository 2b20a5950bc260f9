//! Every event that Stripe may send us, read from a file in each shape: that of the version we
//! speak, and the oldest that we read.

use std::{collections::BTreeSet, fs};

use billing::gateway::{
    Meaning, PaymentStatus,
    stripe::{
        API_VERSION, EVENTS,
        events::{KNOWN, Reading, UNKNOWN, reading},
    },
};
use rstest::rstest;

use crate::fixtures::{OLDEST, folder, kind_of, understood};

/// What those say that mean something.
#[rustfmt::skip]
const SAY: &[(&str, &str)] = &[
    ("charge.dispute.closed", "dispute dp_3Qk8a5 of pi_3Qk8a0: Lost"),
    ("charge.dispute.created", "dispute dp_3Qk8a5 of pi_3Qk8a0: Open"),
    ("charge.dispute.created.inquiry", "dispute dp_3Qk8a5 of pi_3Qk8a0: Inquiry"),
    ("charge.dispute.funds_reinstated", "dispute dp_3Qk8a5 of pi_3Qk8a0: Won"),
    ("charge.dispute.funds_withdrawn", "dispute dp_3Qk8a5 of pi_3Qk8a0: Open"),
    ("charge.dispute.updated", "dispute dp_3Qk8a5 of pi_3Qk8a0: Open"),
    ("charge.refund.updated", "refund re_3Qk8a1 of pi_3Qk8a0: Failed"),
    ("charge.refunded", "300 of pi_3Qk8a0 went back"),
    ("checkout.session.async_payment_failed", "payment pi_?: Unclear, 500 usd"),
    ("checkout.session.async_payment_succeeded", "payment pi_?: Succeeded, 500 usd"),
    ("checkout.session.completed", "payment pi_?: Succeeded, 500 usd"),
    ("checkout.session.completed.delayed", "payment pi_?: Processing, 500 usd"),
    ("checkout.session.expired", "payment cs_?: Canceled, 500 usd"),
    ("customer.subscription.created", "plan sub_20vCM0wUiMBeSjWVN4miEKXi: Starting"),
    ("customer.subscription.deleted", "plan sub_20vCM0wUiMBeSjWVN4miEKXi: Ended"),
    ("customer.subscription.paused", "plan sub_20vCM0wUiMBeSjWVN4miEKXi: PastDue"),
    ("customer.subscription.resumed", "plan sub_20vCM0wUiMBeSjWVN4miEKXi: Active"),
    ("customer.subscription.updated", "plan sub_20vCM0wUiMBeSjWVN4miEKXi: PastDue"),
    ("invoice.finalized", "payment in_?: Waiting, 900 usd"),
    ("invoice.marked_uncollectible", "payment in_?: Canceled, 900 usd"),
    ("invoice.paid", "payment in_?: Succeeded, 900 usd"),
    ("invoice.payment_action_required", "payment in_?: Unclear, 900 usd"),
    ("invoice.payment_failed", "payment in_?: Unclear, 900 usd"),
    ("invoice.payment_failed.expanded", "payment in_?: insufficient_funds, 900 usd"),
    ("invoice.payment_succeeded", "payment in_?: Succeeded, 900 usd"),
    ("invoice.upcoming", "900 usd to come"),
    ("invoice.updated", "payment in_?: Waiting, 900 usd"),
    ("invoice.voided", "payment in_?: Canceled, 900 usd"),
    ("payment_intent.amount_capturable_updated", "payment pi_?: Authorized, 500 usd"),
    ("payment_intent.canceled", "payment pi_?: Canceled, 500 usd"),
    ("payment_intent.payment_failed", "payment pi_?: insufficient_funds, 500 usd"),
    ("payment_intent.processing", "payment pi_?: Processing, 500 usd"),
    ("payment_intent.requires_action", "payment pi_?: RequiresAction, 500 usd"),
    ("payment_intent.succeeded", "payment pi_?: Succeeded, 500 usd"),
    ("payment_method.attached", "card visa 4242 8/2030 of cus_ann"),
    ("payment_method.automatically_updated", "card visa 4242 7/2041 of cus_ann"),
    ("payment_method.card_automatically_updated", "card visa 4242 7/2041 of cus_ann"),
    ("payment_method.detached", "card visa 4242 8/2030 of nobody"),
    ("payment_method.updated", "card visa 4242 7/2041 of cus_ann"),
    ("radar.early_fraud_warning.created", "warning issfr_3Qk8a6 of pi_3Qk8a0"),
    ("refund.created", "refund re_3Qk8a1 of pi_3Qk8a0: Pending"),
    ("refund.failed", "refund re_3Qk8a1 of pi_3Qk8a0: Failed"),
    ("refund.updated", "refund re_3Qk8a1 of pi_3Qk8a0: Succeeded"),
    ("setup_intent.canceled", "payment seti_?: Canceled, 0 usd"),
    ("setup_intent.requires_action", "payment seti_?: RequiresAction, 0 usd"),
    ("setup_intent.setup_failed", "payment seti_?: setup_intent_authentication_failure, 0 usd"),
    ("setup_intent.succeeded", "payment seti_?: Succeeded, 0 usd"),
];

/// What the oldest shape says otherwise: it tells nothing but which page it is about, so that the
/// gateway is asked.
#[rustfmt::skip]
const ONCE_SAID: &[(&str, &str)] = &[
    ("checkout.session.async_payment_failed", "payment cs_?: Unclear, 0 usd"),
    ("checkout.session.async_payment_succeeded", "payment cs_?: Unclear, 0 usd"),
    ("checkout.session.completed", "payment cs_?: Unclear, 0 usd"),
    ("checkout.session.expired", "payment cs_?: Canceled, 0 usd"),
];

/// What was not there yet when the oldest version was new.
const YOUNG: &[&str] = &[
    "checkout.session.completed.delayed",
    "customer.subscription.paused",
    "customer.subscription.pending_update_applied",
    "customer.subscription.pending_update_expired",
    "customer.subscription.resumed",
    "invoice.finalization_failed",
    "invoice.overdue",
    "invoice.overpaid",
    "invoice.payment_attempt_required",
    "invoice.will_be_due",
    "invoice_payment.paid",
    "payment_intent.partially_funded",
    "payment_method.automatically_updated",
    "payout.reconciliation_completed",
    "refund.created",
    "refund.failed",
    "refund.updated",
];
/// And what is there no longer.
const GONE: &[&str] = &["payment_method.card_automatically_updated"];

/// The files of a version, by the names of their events.
fn files(version: &str) -> BTreeSet<String> {
    let files = fs::read_dir(folder().join(version)).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names
        .map(|name| name.strip_suffix(".json").unwrap().to_owned())
        .collect()
}

#[rstest]
#[case(API_VERSION, GONE, &[])]
#[case(OLDEST, YOUNG, ONCE_SAID)]
fn every_event_that_we_know_has_a_file_and_says_the_same_in_each_shape(
    #[case] version: &str,
    #[case] missing: &[&str],
    #[case] otherwise: &[(&str, &str)],
) {
    let files = files(version);
    let kinds = KNOWN.iter().flat_map(|(_, kinds)| *kinds);
    for name in kinds.chain(SAY.iter().map(|(event, _)| event)) {
        let is_there = files.contains(*name);
        assert_eq!(is_there, !missing.contains(name), "{version}/{name}.json");
    }
    for file in &files {
        let meaning = understood(version, file);
        let said = otherwise.iter().chain(SAY).find(|(event, _)| event == file);
        match (reading(kind_of(file)), said) {
            (Reading::Nothing(reason), None) => {
                assert_eq!(meaning, Meaning::Ignored(reason), "{version}/{file}");
                assert_ne!(reading(kind_of(file)), UNKNOWN, "nobody knows {file}");
            }
            (_, Some((_, said))) => assert_eq!(&in_words(&meaning), said, "{version}/{file}"),
            (read, None) => panic!("{file} is read as {read:?}, and nobody says what it means"),
        }
    }
}

#[test]
fn our_endpoint_asks_for_what_means_something_and_nothing_else() {
    let meant = SAY.iter().map(|(event, _)| kind_of(event));
    let meant: BTreeSet<_> = meant.filter(|event| !GONE.contains(event)).collect();
    let asked: BTreeSet<_> = EVENTS.iter().copied().collect();
    assert_eq!(asked, meant);
    assert_eq!(asked.len(), EVENTS.len(), "one is asked for twice");
}

fn in_words(meaning: &Meaning) -> String {
    match meaning {
        Meaning::Payment(payment) => {
            let (kind, _) = payment.reference.split_once('_').unwrap();
            let status = match &payment.status {
                PaymentStatus::Failed(failure) => failure.code.clone(),
                status => format!("{status:?}"),
            };
            let (value, currency) = (payment.amount.value, payment.amount.currency.as_str());
            format!("payment {kind}_?: {status}, {value} {currency}")
        }
        Meaning::Standing(plan) => format!("plan {}: {:?}", plan.reference, plan.status),
        Meaning::Upcoming(upcoming) => {
            let (value, currency) = (upcoming.amount.value, upcoming.amount.currency.as_str());
            format!("{value} {currency} to come")
        }
        Meaning::Refund(refund) => format!(
            "refund {} of {}: {:?}",
            refund.reference, refund.payment, refund.state
        ),
        Meaning::Refunds(charge) => format!("{} of {} went back", charge.refunded, charge.payment),
        Meaning::Dispute(dispute) => format!(
            "dispute {} of {}: {:?}",
            dispute.reference, dispute.payment, dispute.state
        ),
        Meaning::FraudWarning(warning) => {
            format!("warning {} of {}", warning.reference, warning.payment)
        }
        Meaning::Method(method) => {
            let owner = method.owner.as_deref().unwrap_or("nobody");
            let face = method.face.as_ref().unwrap();
            format!(
                "card {} {} {}/{} of {owner}",
                face.brand, face.last4, face.exp_month, face.exp_year
            )
        }
        Meaning::Ignored(reason) => format!("nothing: {reason}"),
    }
}
