//! When a period ends, what is left of a plan's credits stays or runs out, as the plan says. Only
//! what the plan itself brought is looked at: never a pack.

use super::Subscription;
use crate::{
    Result,
    catalog::Rollover,
    clock::Time,
    gateway::{Invoice, Payment},
    id::{LotId, TransactionId},
    ledger::{self, Expiry},
    money::Credits,
    store::{self, Tx, lots::PlanLot},
};

/// Where credits of a plan come from: an invoice, and the end of the period that it pays for. Each
/// grants once, and later the end says which lots are of a period that is over.
pub(super) const SOURCE: &str = "invoice";

pub(super) fn source_id(gateway: &str, payment: &Payment, invoice: &Invoice) -> String {
    format!("{gateway}:{}:{}", payment.reference, invoice.end.unix())
}

/// The end of the period that a lot was granted for.
fn period_end(lot: &PlanLot) -> Time {
    let end = lot.source_id.rsplit(':').next();
    Time::from_unix(end.and_then(|end| end.parse().ok()).unwrap_or(0))
}

/// What causes it.
pub(super) enum Cause {
    /// A period that ends then has been paid for.
    Renewed {
        until: Time,
        transaction: TransactionId,
        source_id: String,
    },
    /// There is no next period.
    Ended,
}

/// Applies a plan's rule to what is left of the periods that are over, the oldest first. In which
/// order renewals are told makes no difference.
pub(super) async fn roll_over(
    tx: &mut Tx,
    plan: &Subscription,
    rule: Rollover,
    cause: Cause,
    now: Time,
) -> Result<()> {
    // Nobody spends meanwhile what is about to run out.
    store::ledger::lock(tx, plan.customer).await?;
    let mut lots = store::lots::of_plan(tx, plan.id).await?;
    if let Cause::Renewed { until, .. } = &cause {
        lots.retain(|lot| period_end(lot) < *until);
    }
    lots.sort_by_key(period_end);
    let left = Credits(lots.iter().map(|lot| lot.remaining.0).sum());
    let surplus = Credits(left.0 - rule.keeps(left).0);
    let (transaction, source_kind, source_id) = match cause {
        Cause::Renewed {
            transaction,
            source_id,
            ..
        } => (Some(transaction), SOURCE, source_id),
        Cause::Ended => (None, "plan", plan.id.to_string()),
    };
    let expiry = Expiry {
        customer: plan.customer,
        lots: taken(&lots, surplus),
        note: format!("{} plan, left when the period ended", plan.offer.name),
        transaction,
        source_kind,
        source_id,
    };
    ledger::expire(tx, &expiry, now).await
}

/// So much out of lots, the first ones first.
fn taken(lots: &[PlanLot], amount: Credits) -> Vec<(LotId, Credits)> {
    let mut missing = amount.0;
    let mut taken = Vec::new();
    for lot in lots {
        let part = missing.min(lot.remaining.0);
        if part > 0 {
            taken.push((lot.id, Credits(part)));
            missing -= part;
        }
    }
    taken
}
