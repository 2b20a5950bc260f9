//! Moves the difference between what refunds and disputes held and what they hold now.

use super::{ClaimId, Held};
use crate::{
    Result,
    clock::Time,
    ledger::{self, Claimant},
    money::Credits,
    store::Tx,
    transaction::Transaction,
};

/// A refund or dispute whose credits change.
pub(super) struct Move {
    pub claim: ClaimId,
    /// The version of its row that says so.
    pub version: i64,
    pub before: Held,
    pub after: Held,
}

impl Move {
    /// Frozen credits that are taken need not thaw first.
    fn seized(&self) -> Credits {
        let frozen = self.before.frozen.0 - self.after.frozen.0;
        let taken = self.after.taken.0 - self.before.taken.0;
        Credits(frozen.min(taken).max(0))
    }

    fn by<'a>(&self, transaction: &'a Transaction, now: Time) -> Claimant<'a> {
        Claimant {
            claim: self.claim,
            version: self.version,
            customer: transaction.customer,
            transaction: transaction.id,
            title: &transaction.title,
            now,
        }
    }
}

/// What is given back comes first, so that there is enough to take.
pub(super) async fn carry_out(
    tx: &mut Tx,
    transaction: &Transaction,
    moves: &[Move],
    now: Time,
) -> Result<()> {
    for each in moves {
        release(tx, &each.by(transaction, now), each).await?;
    }
    for each in moves {
        take(tx, &each.by(transaction, now), each).await?;
    }
    Ok(())
}

async fn release(tx: &mut Tx, by: &Claimant<'_>, each: &Move) -> Result<()> {
    let Move { before, after, .. } = each;
    if let Some(amount) = above_zero(each.seized().0) {
        ledger::seize(tx, by, amount).await?;
    }
    if let Some(amount) = above_zero(before.frozen.0 - after.frozen.0 - each.seized().0) {
        ledger::thaw(tx, by, amount).await?;
    }
    if let Some(amount) = above_zero(before.taken.0 - after.taken.0) {
        ledger::give_back(tx, by, amount).await?;
    }
    if let Some(amount) = above_zero(before.owed.0 - after.owed.0) {
        ledger::cancel_debt(tx, by, amount).await?;
    }
    Ok(())
}

async fn take(tx: &mut Tx, by: &Claimant<'_>, each: &Move) -> Result<()> {
    let Move { before, after, .. } = each;
    if let Some(amount) = above_zero(after.taken.0 - before.taken.0 - each.seized().0) {
        ledger::claw_back(tx, by, amount).await?;
    }
    if let Some(amount) = above_zero(after.frozen.0 - before.frozen.0) {
        ledger::freeze(tx, by, amount).await?;
    }
    if let Some(amount) = above_zero(after.owed.0 - before.owed.0) {
        ledger::owe(tx, by, amount).await?;
    }
    Ok(())
}

fn above_zero(amount: i64) -> Option<Credits> {
    (amount > 0).then_some(Credits(amount))
}
