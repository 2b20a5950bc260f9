//! Credits run out: from `available` to `expired`, out of the lots that did.

use super::{
    AccountKind, Reason,
    transfer::{Movement, transfer},
};
use crate::{
    Result,
    clock::Time,
    id::{CustomerId, LotId, TransactionId},
    money::Credits,
    store::{Tx, entries, lots},
};

/// Credits that run out. Source and effect make it unique for ever.
#[derive(Clone, Debug)]
pub(crate) struct Expiry {
    pub customer: CustomerId,
    /// How much of which lots; more than nothing of each.
    pub lots: Vec<(LotId, Credits)>,
    pub note: String,
    pub transaction: Option<TransactionId>,
    pub source_kind: &'static str,
    pub source_id: String,
}

const EFFECT: &str = "expire";

/// Takes what ran out, unless this source has taken before.
pub(crate) async fn expire(tx: &mut Tx, expiry: &Expiry, now: Time) -> Result<()> {
    let amount = Credits(expiry.lots.iter().map(|(_, amount)| amount.0).sum());
    let before = entries::of_source(tx, expiry.source_kind, &expiry.source_id, EFFECT).await?;
    if amount == Credits(0) || before.is_some() {
        return Ok(());
    }
    let movement = Movement {
        customer: expiry.customer,
        from: AccountKind::Available,
        to: AccountKind::Expired,
        amount,
        reason: Reason::Expiry,
        note: &expiry.note,
        transaction: expiry.transaction,
        claim: None,
        hold: None,
        reverses: None,
        source_kind: expiry.source_kind,
        source_id: &expiry.source_id,
        effect: EFFECT,
    };
    let transfer = transfer(tx, &movement, now).await?.entry.id;
    for (lot, part) in &expiry.lots {
        lots::take(tx, transfer, *lot, *part).await?;
    }
    Ok(())
}
