//! What others are told of a refund or dispute: what it has become, once.

use super::Claim;
use crate::{
    clock::Time,
    events::{self, Told},
    store::Tx,
    transaction::Transaction,
};

/// Tells what a refund or dispute has become, if that is another state than it was in before.
pub(super) fn tell(
    tx: &mut Tx,
    transaction: &Transaction,
    before: Option<&Claim>,
    claim: &Claim,
    now: Time,
) {
    let told = match (before, claim) {
        (Some(Claim::Refund(before)), Claim::Refund(refund)) if before.state == refund.state => {
            None
        }
        (Some(Claim::Dispute(before)), Claim::Dispute(after)) if before.state == after.state => {
            None
        }
        (_, Claim::Refund(refund)) => Told::refund(refund, transaction),
        (_, Claim::Dispute(dispute)) => Some(Told::dispute(dispute, transaction)),
    };
    if let Some(told) = told {
        events::tell(tx, told, now);
    }
}
