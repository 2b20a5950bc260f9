//! Credits come: from `issued` to `available`, as a new lot.

use super::{AccountKind, Entry, Lot, Reason};
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, LotId, TransactionId, TransferId},
    money::Credits,
    store::{
        Tx,
        ledger::{self, NewTransfer},
    },
};

/// Credits to be granted. Source and effect make it unique for ever: the same payment grants once.
#[derive(Clone, Debug)]
pub struct Grant {
    pub customer: CustomerId,
    pub amount: Credits,
    pub reason: Reason,
    pub note: String,
    /// The payment behind it, if there is one.
    pub transaction: Option<TransactionId>,
    pub source_kind: &'static str,
    pub source_id: String,
    pub expires_at: Option<Time>,
}

const EFFECT: &str = "grant";

/// Grants, unless this source has granted before; then answers what it did then.
pub(crate) async fn grant(tx: &mut Tx, grant: &Grant, now: Time) -> Result<Entry> {
    if let Some(before) = ledger::entry_of(tx, grant.source_kind, &grant.source_id, EFFECT).await? {
        return Ok(before);
    }
    let Grant {
        customer, amount, ..
    } = *grant;
    let (issued, available) = ledger::move_credits(
        tx,
        customer,
        AccountKind::Issued,
        AccountKind::Available,
        amount,
    )
    .await?;
    let transfer = NewTransfer {
        id: TransferId::new(),
        customer,
        seq: available.version,
        debit: issued.id,
        credit: available.id,
        amount,
        reason: grant.reason,
        note: &grant.note,
        transaction: grant.transaction,
        source_kind: grant.source_kind,
        source_id: &grant.source_id,
        effect: EFFECT,
        available_after: available.balance,
        created_at: now,
    };
    ledger::insert_transfer(tx, &transfer).await?;
    let lot = Lot {
        id: LotId::new(),
        note: grant.note.clone(),
        granted: amount,
        remaining: amount,
        created_at: now,
        expires_at: grant.expires_at,
    };
    ledger::insert_lot(tx, &lot, customer, transfer.id).await?;
    tx.announce(customer.0, available.version);
    Ok(Entry {
        id: transfer.id,
        reason: grant.reason,
        note: grant.note.clone(),
        amount,
        balance: available.balance,
        at: now,
    })
}
