//! Credits come: from `issued` to `available`, as a new lot, which first pays what is owed.

use super::{
    AccountKind, Entry, Lot, Reason,
    debt::repay,
    transfer::{Movement, transfer},
};
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, LotId, TransactionId},
    money::Credits,
    store::{Tx, ledger},
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
/// What a plan brought may run out, so it is spent before what was bought for good.
const PLANS_FIRST: i64 = -1;

/// Grants. Its caller knows that this source is granted for the first time; the schema refuses a
/// second one, and undoes all that its caller did.
pub(crate) async fn grant(tx: &mut Tx, grant: &Grant, now: Time) -> Result<Entry> {
    let movement = Movement {
        customer: grant.customer,
        from: AccountKind::Issued,
        to: AccountKind::Available,
        amount: grant.amount,
        reason: grant.reason,
        note: &grant.note,
        transaction: grant.transaction,
        claim: None,
        source_kind: grant.source_kind,
        source_id: &grant.source_id,
        effect: EFFECT,
    };
    let entry = transfer(tx, &movement, now).await?;
    let lot = Lot {
        id: LotId::new(),
        note: grant.note.clone(),
        granted: grant.amount,
        remaining: grant.amount,
        created_at: now,
        expires_at: grant.expires_at,
    };
    let priority = match grant.reason {
        Reason::Plan => PLANS_FIRST,
        _ => 0,
    };
    ledger::insert_lot(tx, &lot, grant.customer, entry.id, priority).await?;
    repay(tx, grant, &lot, now).await?;
    Ok(entry)
}
