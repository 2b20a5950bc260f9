//! What others are told of a plan.

use super::{Status, Subscription};
use crate::{
    clock::Time,
    events::{self, EventType, Told},
    store::Tx,
    transaction::{Kind, Transaction},
};

/// A period of a plan was paid for, or a change within one.
pub(super) fn paid(tx: &mut Tx, plan: &Subscription, transaction: &Transaction, now: Time) {
    let kind = match transaction.kind {
        Kind::Subscription => EventType::SubscriptionStarted,
        Kind::PlanChange => EventType::SubscriptionChanged,
        _ => EventType::SubscriptionRenewed,
    };
    let told = Told::subscription(kind, plan, transaction.id.to_string());
    events::tell(tx, told, now);
}

/// A plan that had begun has ended, will or will not, becomes another, owes a renewal or no longer
/// does.
pub(super) fn changed(tx: &mut Tx, old: &Subscription, new: &Subscription, now: Time) {
    if old.status == Status::Starting || seen(old) == seen(new) {
        return;
    }
    let kind = match new.status {
        Status::Ended => EventType::SubscriptionEnded,
        _ => EventType::SubscriptionChanged,
    };
    let told = Told::subscription(kind, new, format!("{}:{}", old.id, old.version));
    events::tell(tx, told, now);
}

/// What others can see of it without a payment.
fn seen(plan: &Subscription) -> (Status, bool, Option<&str>) {
    let next = plan.next_offer.as_ref().map(|offer| offer.key.as_str());
    (plan.status, plan.cancel_at_end, next)
}
