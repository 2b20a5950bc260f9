//! One movement of credits between two accounts of a customer, with its reason and source.

use super::{AccountKind, Entry, Reason, chain};
use crate::{
    Result,
    claim::ClaimId,
    clock::Time,
    id::{AccountId, CustomerId, HoldId, TransactionId, TransferId},
    money::Credits,
    store::{
        Tx,
        ledger::{self, NewTransfer},
    },
};

/// A movement to be made. Source and effect make it unique for ever.
#[derive(Clone, Copy)]
pub(super) struct Movement<'a> {
    pub customer: CustomerId,
    pub from: AccountKind,
    pub to: AccountKind,
    pub amount: Credits,
    pub reason: Reason,
    pub note: &'a str,
    pub transaction: Option<TransactionId>,
    pub claim: Option<ClaimId>,
    pub hold: Option<HoldId>,
    /// What it undoes, if it is a correction.
    pub reverses: Option<TransferId>,
    pub source_kind: &'a str,
    pub source_id: &'a str,
    pub effect: &'a str,
}

/// What came of a movement.
pub(super) struct Transferred {
    /// The line of the statement.
    pub entry: Entry,
    /// What the customer owes after it: zero or more.
    pub owed: Credits,
}

/// Moves credits. What it means for lots is its caller's.
pub(super) async fn transfer(
    tx: &mut Tx,
    movement: &Movement<'_>,
    now: Time,
) -> Result<Transferred> {
    let Movement {
        customer,
        from,
        to,
        amount,
        ..
    } = *movement;
    for kind in [from, to] {
        if !AccountKind::FIRST.contains(&kind) {
            ledger::open_account(tx, AccountId::new(), customer, kind).await?;
        }
    }
    let moved = ledger::move_credits(tx, customer, from, to, amount).await?;
    let transfer = NewTransfer {
        id: TransferId::new(),
        customer,
        seq: moved.version,
        follows: moved.follows,
        debit: moved.from,
        credit: moved.to,
        amount,
        reason: movement.reason,
        note: movement.note,
        transaction: movement.transaction,
        claim: movement.claim,
        hold: movement.hold,
        reverses: movement.reverses,
        source_kind: movement.source_kind,
        source_id: movement.source_id,
        effect: movement.effect,
        available_after: moved.available,
        created_at: now,
    };
    let hash = chain::hash(&transfer, moved.hash.as_deref())?;
    ledger::add_transfer(tx, transfer, hash).await?;
    tx.announce(customer.0, moved.version);
    let change = match (from, to) {
        (AccountKind::Available, _) => -amount.0,
        (_, AccountKind::Available) => amount.0,
        _ => 0,
    };
    let entry = Entry {
        id: transfer.id,
        reason: movement.reason,
        note: movement.note.to_owned(),
        reverses: movement.reverses,
        amount: Credits(change),
        balance: moved.available,
        at: now,
    };
    Ok(Transferred {
        entry,
        owed: moved.owed,
    })
}
