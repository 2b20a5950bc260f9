//! What lots do by their own dates: they start, from `upcoming` to `available`, and they run out.

use super::{
    AccountKind, Reason,
    debt::repay,
    expire::{Expiry, expire},
    transfer::{Movement, Transferred, transfer},
};
use crate::{
    Billing, Result,
    clock::Time,
    events::{self, Told},
    id::CustomerId,
    store::{Tx, ledger, lots},
};

/// How many customers are looked at in one round.
const BATCH: i64 = 500;

/// Books what a customer's lots did by now and was not booked yet. Whoever takes credits does this first,
/// so all is spent that can be, and nothing that is not there any more.
pub(super) async fn catch_up(tx: &mut Tx, customer: CustomerId, now: Time) -> Result<()> {
    if !lots::is_any_due(tx, customer, now).await? {
        return Ok(());
    }
    // Another server may be at it: what it booked is done when we have the customer to ourselves.
    ledger::lock(tx, customer).await?;
    start(tx, customer, now).await?;
    run_out(tx, customer, now).await
}

async fn start(tx: &mut Tx, customer: CustomerId, now: Time) -> Result<()> {
    for lot in lots::starting(tx, customer, now).await? {
        let movement = Movement {
            customer,
            from: AccountKind::Upcoming,
            to: AccountKind::Available,
            amount: lot.granted,
            reason: Reason::Start,
            note: &lot.note,
            transaction: None,
            claim: None,
            hold: None,
            reverses: None,
            source_kind: "lot",
            source_id: &lot.id.to_string(),
            effect: "start",
        };
        let Transferred { entry, owed } = transfer(tx, &movement, now).await?;
        lots::start(tx, entry.id, &lot).await?;
        repay(tx, &movement, owed, vec![(lot.id, lot.granted)], now).await?;
        events::tell(tx, Told::credits_started(customer, &lot, &entry), now);
    }
    Ok(())
}

async fn run_out(tx: &mut Tx, customer: CustomerId, now: Time) -> Result<()> {
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
    /// Books what everybody's lots did by their dates.
    pub(crate) async fn book_dates(&self) -> Result<()> {
        let now = self.clock.now();
        let mut conn = self.store.read().await?;
        let customers = lots::customers_due(&mut conn, now, BATCH).await?;
        drop(conn);
        for customer in customers {
            self.store
                .write(move |tx| Box::pin(catch_up(tx, customer, now)))
                .await?;
        }
        Ok(())
    }

    /// Starts a customer's lots whose time has come, for who looks before the sweeper does.
    pub(super) async fn start_lots(&self, customer: CustomerId, now: Time) -> Result<()> {
        self.store
            .write(move |tx| Box::pin(catch_up(tx, customer, now)))
            .await
    }
}
