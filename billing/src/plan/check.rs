//! What nobody tells us: renewals whose news was lost, and plans that nobody pays for any more.

use super::{ASK_EVERY, NEWS_BY, Status, Subscription};
use crate::{
    Billing, Result,
    gateway::{GatewayError, PaymentStatus},
    id::SubscriptionId,
    store::{subscriptions, transactions},
    transaction::{Kind, Transaction},
};

impl Billing {
    /// Asks the gateway about a plan and its invoices, and settles what it says.
    pub(crate) async fn check_plan(&self, plan: &Subscription) -> Result<()> {
        let Some(reference) = &plan.reference else {
            return Ok(());
        };
        let standing = self.stripe.plan(reference).await?;
        let end = standing.end;
        for invoice in self.stripe.invoices_of(reference).await? {
            // Only the invoice itself says how its payment went.
            let payment = match invoice.status {
                PaymentStatus::Waiting => self.stripe.payment(&invoice.reference).await?,
                _ => invoice,
            };
            self.settle_answer(payment).await?;
        }
        self.settle_standing(standing).await?;
        let (id, now) = (plan.id, self.clock.now());
        let again = end.plus(NEWS_BY).max(now.plus(ASK_EVERY));
        self.store
            .write(move |tx| {
                Box::pin(async move { subscriptions::set_next_check(tx, id, again).await })
            })
            .await
    }

    /// Ends a plan now: first at the gateway, so that nothing more is charged, and then what it
    /// still asks for, so that nobody pays for what has ended.
    pub async fn end_plan(&self, plan: &Subscription) -> Result<()> {
        if plan.status == Status::Ended {
            return Ok(());
        }
        if let Some(reference) = &plan.reference {
            let standing = match self.stripe.end_plan(reference).await {
                // It has ended already.
                Err(error) if error.is_missing() => self.stripe.plan(reference).await?,
                answer => answer?,
            };
            self.settle_standing(standing).await?;
        }
        self.drop_owed(plan.id).await
    }

    /// A renewal of a plan that has ended is not asked for any more, whoever ended it.
    pub(crate) async fn drop_if_ended(&self, transaction: &Transaction) -> Result<()> {
        let (Kind::Renewal, Some(id)) = (transaction.kind, transaction.subscription) else {
            return Ok(());
        };
        let plan = subscriptions::find(&mut self.store.read().await?, id).await?;
        match plan {
            Some(plan) if plan.status == Status::Ended => self.drop_owed(id).await,
            _ => Ok(()),
        }
    }

    /// Sees to it that nobody pays what a plan that has ended still asks for.
    async fn drop_owed(&self, plan: SubscriptionId) -> Result<()> {
        let owed = transactions::owed(&mut self.store.read().await?, plan).await?;
        for transaction in owed {
            let Some(reference) = &transaction.reference else {
                continue;
            };
            let payment = match self.stripe.cancel_payment(reference).await {
                // It cannot be canceled any more: what is it then?
                Err(GatewayError::Refused { .. }) => self.stripe.payment(reference).await,
                answer => answer,
            };
            self.settle_answer(payment?).await?;
        }
        Ok(())
    }
}
