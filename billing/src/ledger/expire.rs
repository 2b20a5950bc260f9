//! Credits run out: from `available` to `expired`, out of the lots that did.

use super::{
    AccountKind, Reason,
    transfer::{Movement, transfer},
};
use crate::{
    Billing, Result,
    clock::Time,
    id::{CustomerId, LotId, TransactionId},
    money::Credits,
    store::{Tx, entries, ledger, lots},
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
/// How many customers are looked at in one round.
const BATCH: i64 = 500;

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

/// Takes all that ran out of a customer's credits by its own date and was not taken yet. Whoever
/// spends does this first, so nothing is spent that is not there any more.
pub(crate) async fn run_out(tx: &mut Tx, customer: CustomerId, now: Time) -> Result<()> {
    if lots::due(tx, customer, now).await?.is_empty() {
        return Ok(());
    }
    // Another server may be at it: what it took is gone when we have the customer to ourselves.
    ledger::lock(tx, customer).await?;
    let version = ledger::account(tx, customer, AccountKind::Available)
        .await?
        .version;
    for lot in lots::due(tx, customer, now).await? {
        let expiry = Expiry {
            customer,
            lots: vec![(lot.id, lot.remaining)],
            note: format!("Ran out: {}", lot.note),
            transaction: None,
            source_kind: "lot",
            // A lot can run out twice: what was on hold comes back to it.
            source_id: format!("{}:{version}", lot.id),
        };
        expire(tx, &expiry, now).await?;
    }
    Ok(())
}

impl Billing {
    /// Takes what ran out of everybody's credits.
    pub(crate) async fn run_out_lots(&self) -> Result<()> {
        let now = self.clock.now();
        let mut conn = self.store.read().await?;
        let customers = lots::customers_due(&mut conn, now, BATCH).await?;
        drop(conn);
        for customer in customers {
            self.store
                .write(move |tx| Box::pin(run_out(tx, customer, now)))
                .await?;
        }
        Ok(())
    }
}
