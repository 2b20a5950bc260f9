//! While a payment is disputed, what is left of its credits cannot be spent.

use super::{
    AccountKind, Reason,
    claimant::{Claimant, Verb},
    clawback::{return_to_lots, take_from_purchase},
};
use crate::{Result, money::Credits, store::Tx};

/// Sets aside credits that are left of the purchase.
pub(crate) async fn freeze(tx: &mut Tx, by: &Claimant<'_>, amount: Credits) -> Result<()> {
    let verb = Verb {
        effect: "freeze",
        from: AccountKind::Available,
        to: AccountKind::Frozen,
        reason: Reason::Freeze,
    };
    let note = format!("Frozen while the payment is disputed: {}", by.title);
    let transfer = by.transfer(tx, verb, amount, &note).await?;
    take_from_purchase(tx, by, transfer, amount).await
}

/// Lets frozen credits be spent again.
pub(crate) async fn thaw(tx: &mut Tx, by: &Claimant<'_>, amount: Credits) -> Result<()> {
    let verb = Verb {
        effect: "thaw",
        from: AccountKind::Frozen,
        to: AccountKind::Available,
        reason: Reason::Thaw,
    };
    let note = format!("No longer frozen: {}", by.title);
    let transfer = by.transfer(tx, verb, amount, &note).await?;
    return_to_lots(tx, by, transfer, amount).await
}

/// Takes credits that are frozen already. The lots gave them when they froze.
pub(crate) async fn seize(tx: &mut Tx, by: &Claimant<'_>, amount: Credits) -> Result<()> {
    let verb = Verb {
        effect: "seize",
        from: AccountKind::Frozen,
        to: AccountKind::ClawedBack,
        reason: by.reason(),
    };
    let note = format!("{} frozen taken: {}", amount.counted(), by.named());
    by.transfer(tx, verb, amount, &note).await.map(drop)
}
