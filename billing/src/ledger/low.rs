//! Few credits are left, or none: others are told when a spend or a hold makes it so.

use crate::{
    clock::Time,
    events::{self, EventType, Told},
    id::{CustomerId, TransferId},
    money::Credits,
    store::Tx,
};

/// What a spend or a hold took of what was available.
pub(super) struct Taken {
    pub customer: CustomerId,
    pub transfer: TransferId,
    pub amount: Credits,
    /// What is available after it.
    pub left: Credits,
}

/// Tells what fell below the level `low`, or to nothing. Nothing is asked or written otherwise.
pub(super) fn tell(tx: &mut Tx, taken: &Taken, low: Credits, now: Time) {
    let (before, left) = (taken.left.0 + taken.amount.0, taken.left);
    let falls = [
        (EventType::CreditsLow, left < low && low.0 <= before),
        (EventType::CreditsExhausted, left == Credits(0)),
    ];
    for (kind, _) in falls.into_iter().filter(|(_, fell)| *fell) {
        let told = Told::credits_left(kind, taken.customer, taken.transfer, left);
        events::tell(tx, told, now);
    }
}
