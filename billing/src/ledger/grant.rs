//! Credits come: from `issued` to `available`, as a new lot, which first pays what is owed.

use super::{
    AccountKind, Entry, Reason,
    debt::repay,
    transfer::{Movement, Transferred, transfer},
};
use crate::{
    Result,
    clock::Time,
    events::{self, Told},
    id::{CustomerId, LotId, TransactionId},
    money::Credits,
    store::{
        self, Tx,
        lots::{self, NewLot},
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

pub(super) const EFFECT: &str = "grant";
/// What a plan brought may run out, so it is spent before what was bought for good.
const PLANS_FIRST: i64 = -1;

/// Grants. Its caller knows that this source is granted for the first time; the schema refuses a
/// second one, and undoes all that its caller did.
pub(crate) async fn grant(tx: &mut Tx, grant: &Grant, now: Time) -> Result<Entry> {
    let priority = match grant.reason {
        Reason::Plan => PLANS_FIRST,
        _ => 0,
    };
    let terms = Terms {
        priority,
        starts_at: None,
    };
    grant_with(tx, grant, terms, now).await
}

/// When and before which others a lot is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub priority: i64,
    /// From when on; at once, if it does not say.
    pub starts_at: Option<Time>,
}

/// Grants a lot on these terms, as [`grant`] does. What starts later pays what is owed when it does.
pub(super) async fn grant_with(
    tx: &mut Tx,
    grant: &Grant,
    terms: Terms,
    now: Time,
) -> Result<Entry> {
    store::ledger::lock(tx, grant.customer).await?;
    let is_upcoming = terms.starts_at.is_some_and(|at| at > now);
    let movement = Movement {
        customer: grant.customer,
        from: AccountKind::Issued,
        to: match is_upcoming {
            true => AccountKind::Upcoming,
            false => AccountKind::Available,
        },
        amount: grant.amount,
        reason: grant.reason,
        note: &grant.note,
        transaction: grant.transaction,
        claim: None,
        hold: None,
        reverses: None,
        source_kind: grant.source_kind,
        source_id: &grant.source_id,
        effect: EFFECT,
    };
    let Transferred { entry, owed } = transfer(tx, &movement, now).await?;
    let lot = NewLot {
        id: LotId::new(),
        customer: grant.customer,
        transfer: entry.id,
        note: &grant.note,
        granted: grant.amount,
        priority: terms.priority,
        promotional: !grant.reason.is_paid(),
        starts_at: terms.starts_at,
        is_upcoming,
        expires_at: grant.expires_at,
        created_at: now,
    };
    lots::insert(tx, &lot).await?;
    if !is_upcoming {
        repay(tx, &movement, owed, vec![(lot.id, lot.granted)], now).await?;
    }
    let told = Told::credits_granted(grant, terms, &entry, lot.id);
    events::tell(tx, told, now);
    Ok(entry)
}
