//! What is taken back and was spent already is owed. The next grant pays it first.

use super::{
    AccountKind, Reason,
    claimant::{Claimant, Verb},
    lots::spread,
    transfer::{Movement, transfer},
};
use crate::{
    Result,
    clock::Time,
    id::LotId,
    money::Credits,
    store::{Tx, ledger, lot_uses},
};

/// The customer owes credits that were spent.
pub(crate) async fn owe(tx: &mut Tx, by: &Claimant<'_>, amount: Credits) -> Result<()> {
    let verb = Verb {
        effect: "owe",
        from: AccountKind::Debt,
        to: AccountKind::ClawedBack,
        reason: Reason::Debt,
    };
    let note = format!("{} owed: spent before the {}", amount.counted(), by.named());
    by.transfer(tx, verb, amount, &note).await.map(drop)
}

/// The customer does not owe them any more. What was paid meanwhile goes back to the lots that paid.
pub(crate) async fn cancel_debt(tx: &mut Tx, by: &Claimant<'_>, amount: Credits) -> Result<()> {
    let unpaid = amount.min(ledger::owed(tx, by.customer).await?);
    if unpaid > Credits(0) {
        let verb = Verb {
            effect: "cancel_debt",
            from: AccountKind::ClawedBack,
            to: AccountKind::Debt,
            reason: Reason::DebtCanceled,
        };
        let note = format!("{} owed no more: {}", unpaid.counted(), by.named());
        by.transfer(tx, verb, unpaid, &note).await?;
    }
    let paid = Credits(amount.0 - unpaid.0);
    if paid > Credits(0) {
        let verb = Verb {
            effect: "return_payment",
            from: AccountKind::ClawedBack,
            to: AccountKind::Available,
            reason: Reason::DebtReturned,
        };
        let note = format!("Given back: paid for the {}", by.named());
        let transfer = by.transfer(tx, verb, paid, &note).await?;
        let lots = lot_uses::that_paid_debt(tx, by.customer).await?;
        spread(tx, transfer, paid, -1, lots).await?;
    }
    Ok(())
}

/// Credits that came pay what their customer owes by then, as far as they go: out of these lots, in
/// this order. `came` is how they did.
pub(super) async fn repay(
    tx: &mut Tx,
    came: &Movement<'_>,
    owed: Credits,
    lots: Vec<(LotId, Credits)>,
    now: Time,
) -> Result<()> {
    let amount = came.amount.min(owed);
    if amount <= Credits(0) {
        return Ok(());
    }
    let movement = Movement {
        from: AccountKind::Available,
        to: AccountKind::Debt,
        amount,
        reason: Reason::DebtPaid,
        reverses: None,
        note: &format!("Owed credits paid from {}", came.note),
        effect: "repay",
        ..*came
    };
    let transfer = transfer(tx, &movement, now).await?.entry.id;
    spread(tx, transfer, amount, 1, lots).await
}
