//! What is written here and was not named by the gateway: each is asked about before anything is said
//! of it, because books may be behind.

use futures::{StreamExt, TryStreamExt};

use super::{
    Class, Difference, Finding, Period, Reconciliation, Stage, api::AT_ONCE, compare::goes_further,
    run::ON_ITS_WAY, step::Step,
};
use crate::{
    Billing, Error, Result,
    clock::Time,
    dispute::Dispute,
    gateway::{Payment, PaymentStatus, stripe},
    id::TransactionId,
    refund::Refund,
    store::{disputes, reconciliations, refunds},
    transaction::Transaction,
};

/// How many transactions are taken in one step.
const BATCH: i64 = 200;

impl Billing {
    pub(super) async fn look_for_unmet(&self, run: &Reconciliation) -> Result<Step> {
        let period = run.period.ok_or(Error::Broken("a run of no time"))?;
        let period = Period {
            to: period.to.min(self.clock.now().minus(ON_ITS_WAY)),
            ..period
        };
        // Only Stripe can be asked; of others nobody is said to be missing.
        if run.gateway != stripe::NAME {
            return Ok(Step::default());
        }
        match run.stage {
            Stage::Orders => self.unmet_orders(run, period).await,
            Stage::KnownRefunds => {
                let mut conn = self.store.read().await?;
                let unmet = refunds::unmet(&mut conn, &run.gateway, period.from, period.to).await?;
                drop(conn);
                self.asked(unmet, |refund| self.missing_refund(run, refund))
                    .await
            }
            _ => {
                let mut conn = self.store.read().await?;
                let unmet =
                    disputes::unmet(&mut conn, &run.gateway, period.from, period.to).await?;
                drop(conn);
                self.asked(unmet, |dispute| self.missing_dispute(run, dispute))
                    .await
            }
        }
    }

    async fn unmet_orders(&self, run: &Reconciliation, period: Period) -> Result<Step> {
        let after = place(&run.cursor);
        let unmet = {
            let mut conn = self.store.read().await?;
            reconciliations::unmet_orders(&mut conn, &run.gateway, period, after, BATCH).await?
        };
        let next = unmet.last().map(|last| {
            let at = last.settled_at.unwrap_or(last.updated_at);
            format!("{}:{}", at.0, last.id)
        });
        let step = self
            .asked(unmet, |ours| self.missing_payment(run, ours))
            .await?;
        Ok(Step { next, ..step })
    }

    /// Asks about each, a few at once.
    async fn asked<T, F>(&self, unmet: Vec<T>, ask: impl Fn(T) -> F) -> Result<Step>
    where
        F: Future<Output = Result<Option<Finding>>>,
    {
        let found: Vec<Option<Finding>> = futures::stream::iter(unmet)
            .map(ask)
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(Step {
            findings: found.into_iter().flatten().collect(),
            ..Step::default()
        })
    }

    async fn missing_payment(
        &self,
        run: &Reconciliation,
        ours: Transaction,
    ) -> Result<Option<Finding>> {
        let Some(reference) = ours.reference.clone().filter(|_| ours.review.is_none()) else {
            return Ok(None);
        };
        let (class, detail) = match self.stripe.payment(&reference).await {
            Ok(Payment {
                status: PaymentStatus::Succeeded,
                amount,
                ..
            }) if amount == ours.amount => {
                return Ok(None);
            }
            Ok(Payment {
                status: PaymentStatus::Succeeded,
                amount,
                ..
            }) => (
                Class::AmountDiffers,
                format!("{amount} there, {} here", ours.amount),
            ),
            Ok(payment) => (
                Class::SettledNotPaid,
                format!("settled here; there it {}", in_words(&payment.status)),
            ),
            Err(error) if error.is_missing() => (
                Class::OrderWithoutPayment,
                "settled here with a payment that the payment provider does not know".to_owned(),
            ),
            Err(error) => return Err(error.into()),
        };
        let difference = Difference {
            class,
            subject: reference.clone(),
            detail,
        };
        Ok(Some(Finding {
            payment: Some(reference),
            transaction: Some(ours.id),
            amount: Some(ours.amount),
            happened_at: ours.settled_at.unwrap_or(ours.updated_at),
            ..Finding::of(run, difference, self.clock.now())
        }))
    }

    async fn missing_refund(&self, run: &Reconciliation, ours: Refund) -> Result<Option<Finding>> {
        let Some(reference) = ours.reference.clone() else {
            return Ok(None);
        };
        let (class, detail, payment) = match self.stripe.refund(&reference).await {
            Ok(there) if there.state <= ours.state => return Ok(None),
            Ok(there) => (
                Class::RefundNotKnown,
                format!(
                    "the refund is {} there and {} here",
                    there.state, ours.state
                ),
                Some(there.payment),
            ),
            Err(error) if error.is_missing() => (
                Class::RefundNotThere,
                "the payment provider does not know this refund".to_owned(),
                self.payment_known(ours.transaction).await?,
            ),
            Err(error) => return Err(error.into()),
        };
        let difference = Difference {
            class,
            subject: reference,
            detail,
        };
        Ok(Some(Finding {
            payment,
            transaction: Some(ours.transaction),
            amount: Some(ours.amount),
            happened_at: ours.happened_at,
            ..Finding::of(run, difference, self.clock.now())
        }))
    }

    async fn missing_dispute(
        &self,
        run: &Reconciliation,
        ours: Dispute,
    ) -> Result<Option<Finding>> {
        let (class, detail) = match self.stripe.dispute(&ours.reference).await {
            Ok(there) if !goes_further(there.state, ours.state) => return Ok(None),
            Ok(there) => (
                Class::DisputeNotKnown,
                format!(
                    "the dispute is {} there and {} here",
                    there.state, ours.state
                ),
            ),
            Err(error) if error.is_missing() => (
                Class::DisputeNotThere,
                "the payment provider does not know this dispute".to_owned(),
            ),
            Err(error) => return Err(error.into()),
        };
        let difference = Difference {
            class,
            subject: ours.reference.clone(),
            detail,
        };
        Ok(Some(Finding {
            payment: self.payment_known(ours.transaction).await?,
            transaction: Some(ours.transaction),
            amount: Some(ours.amount),
            happened_at: ours.happened_at,
            ..Finding::of(run, difference, self.clock.now())
        }))
    }

    async fn payment_known(&self, id: TransactionId) -> Result<Option<String>> {
        let mut conn = self.store.read().await?;
        let found = crate::store::transactions::find(&mut conn, id).await?;
        Ok(found.and_then(|transaction| transaction.reference))
    }
}

/// After which transaction the next step begins: when it was settled, and its id.
fn place(cursor: &str) -> (Time, TransactionId) {
    let read = |cursor: &str| {
        let (at, id) = cursor.split_once(':')?;
        Some((Time(at.parse().ok()?), id.parse().ok()?))
    };
    read(cursor).unwrap_or((Time(0), TransactionId(uuid::Uuid::nil())))
}

fn in_words(status: &PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Succeeded => "succeeded",
        PaymentStatus::Canceled | PaymentStatus::Released => "was canceled",
        PaymentStatus::Failed(_) => "failed",
        PaymentStatus::Processing => "is on its way",
        PaymentStatus::Authorized => "is only set aside",
        PaymentStatus::Waiting | PaymentStatus::RequiresAction | PaymentStatus::Unclear => {
            "was not paid"
        }
    }
}
