//! A transaction turns from card fields to a page and back.

use std::time::Duration;

use super::Session;
use crate::{
    Billing, Result,
    gateway::stripe,
    order::Order,
    store::{checkout_sessions, transactions},
    transaction::{Transaction, turn},
};

/// A page lives as long as its order, but no shorter than this: the gateway refuses less than half
/// an hour from when it hears of it.
const SHORTEST_LIFE: Duration = Duration::from_secs(3600);

impl Billing {
    /// From card fields to a page, unless their payment turns out to be on its way.
    pub(super) async fn turn_to_page(
        &self,
        order: &Order,
        transaction: &Transaction,
    ) -> Result<()> {
        if let Some(reference) = &transaction.reference {
            let payment = self.stripe.payment(reference).await?;
            self.settle_answer(payment).await?;
        }
        let read = self.present(transaction.id).await?;
        let (ends_at, now) = (order.expires_at, self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    if read.way.is_page() {
                        return Ok(());
                    }
                    let Some((old, new)) = turn(tx, &read, now).await? else {
                        return Ok(());
                    };
                    let session = Session {
                        transaction_id: new.id,
                        way: new.way,
                        amount: new.amount.value,
                        replaces: old.reference,
                        reference: None,
                        opened_at: now,
                        expires_at: ends_at.max(now.plus(SHORTEST_LIFE)),
                    };
                    checkout_sessions::insert(tx, stripe::NAME, &session).await
                })
            })
            .await
    }

    /// From a page that has ended to card fields, unless that happened already. `known` is the page
    /// that has ended: another server may have made it only now.
    pub(super) async fn turn_from_page(
        &self,
        ended: &Transaction,
        known: Option<String>,
    ) -> Result<()> {
        let (read, now) = (self.present(ended.id).await?, self.clock.now());
        if read.way != ended.way {
            return Ok(());
        }
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    if !transactions::hold(tx, read.id, read.version).await? {
                        return Ok(());
                    }
                    let session = checkout_sessions::find(tx, read.id, read.way).await?;
                    if session.is_some_and(|session| session.reference == known) {
                        turn(tx, &read, now).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
