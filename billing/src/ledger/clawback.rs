//! Credits whose money went back are taken back, out of the lots of that purchase and no others; and
//! given back, to exactly those lots.

use super::{
    AccountKind, Reason,
    claimant::{Claimant, Verb},
    lots::spread,
};
use crate::{
    Result,
    id::TransferId,
    money::Credits,
    store::{Tx, lot_uses, lots},
};

/// Takes credits that are left of the purchase.
pub(crate) async fn claw_back(tx: &mut Tx, by: &Claimant<'_>, amount: Credits) -> Result<()> {
    let verb = Verb {
        effect: "claw_back",
        from: AccountKind::Available,
        to: AccountKind::ClawedBack,
        reason: by.reason(),
    };
    let transfer = by.transfer(tx, verb, amount, &sentence(by.named())).await?;
    take_from_purchase(tx, by, transfer, amount).await
}

/// Gives back what was taken.
pub(crate) async fn give_back(tx: &mut Tx, by: &Claimant<'_>, amount: Credits) -> Result<()> {
    let verb = Verb {
        effect: "give_back",
        from: AccountKind::ClawedBack,
        to: AccountKind::Available,
        reason: Reason::GiveBack,
    };
    let note = format!("Given back: {}", by.named());
    let transfer = by.transfer(tx, verb, amount, &note).await?;
    return_to_lots(tx, by, transfer, amount).await
}

/// Takes the amount of a transfer out of what is left of the purchase.
pub(super) async fn take_from_purchase(
    tx: &mut Tx,
    by: &Claimant<'_>,
    transfer: TransferId,
    amount: Credits,
) -> Result<()> {
    let lots = lots::of_payment(tx, by.transaction).await?;
    let lots = lots.into_iter().map(|lot| (lot.id, lot.remaining));
    spread(tx, transfer, amount, 1, lots).await
}

/// Gives the amount of a transfer back to the lots it was taken from.
pub(super) async fn return_to_lots(
    tx: &mut Tx,
    by: &Claimant<'_>,
    transfer: TransferId,
    amount: Credits,
) -> Result<()> {
    let lots = lot_uses::of_claim(tx, by.claim).await?;
    spread(tx, transfer, amount, -1, lots).await
}

/// With a capital letter.
fn sentence(text: String) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => text,
    }
}
