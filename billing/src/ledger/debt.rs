//! What is taken back and was spent already is owed. The next grant pays it first.

use super::{
    AccountKind, Grant, Lot, Reason,
    claimant::{Claimant, Verb},
    clawback::spread,
    transfer::{Movement, transfer},
};
use crate::{
    Result,
    clock::Time,
    money::Credits,
    store::{Tx, ledger},
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
        let lots = ledger::lots_that_paid(tx, by.customer).await?;
        spread(tx, transfer, paid, -1, lots).await?;
    }
    Ok(())
}

/// A new lot pays what its customer owes, as far as it goes.
pub(super) async fn repay(tx: &mut Tx, grant: &Grant, lot: &Lot, now: Time) -> Result<()> {
    let amount = lot.granted.min(ledger::owed(tx, grant.customer).await?);
    if amount <= Credits(0) {
        return Ok(());
    }
    let movement = Movement {
        customer: grant.customer,
        from: AccountKind::Available,
        to: AccountKind::Debt,
        amount,
        reason: Reason::DebtPaid,
        note: &format!("Owed credits paid from {}", grant.note),
        transaction: grant.transaction,
        claim: None,
        source_kind: grant.source_kind,
        source_id: &grant.source_id,
        effect: "repay",
    };
    let transfer = transfer(tx, &movement, now).await?;
    ledger::use_lot(tx, transfer.id, lot.id, amount).await
}
