//! What the gateway knows better is asked about once more and settled, and then compared anew.

use super::{
    Class, Finding, FindingState,
    act::{Became, payment_of},
    compare::goes_further,
};
use crate::{
    Billing, Error, Result, dispute,
    gateway::PaymentStatus,
    store::{disputes, refunds},
    transaction::State,
};

/// Why a finding stays.
const OTHERWISE: &str = "the payment provider still says otherwise";

impl Billing {
    /// Asks about a payment, settles the answer, and looks whether both sides now say the same.
    pub(super) async fn settle_again(&self, finding: &Finding) -> Result<Became> {
        if finding.class != Class::PaidNotSettled && finding.class != Class::AmountDiffers {
            return match self.was_paid(finding).await? {
                true => self.paid_after_all(finding).await,
                false => Ok(Became::Trouble(OTHERWISE.to_owned())),
            };
        }
        self.settle_payment(payment_of(finding)?).await?;
        let transaction = self.transaction_of(finding).await?;
        Ok(match (transaction.state, &transaction.review) {
            (_, Some(review)) => {
                let outcome = format!("put before a person: {review}");
                Became::State(FindingState::Done, outcome)
            }
            (State::Succeeded, None) if finding.class == Class::PaidNotSettled => Became::State(
                FindingState::Done,
                "settled, as the payment provider says".to_owned(),
            ),
            (state, None) => Became::Trouble(format!(
                "the payment provider was asked, and it is {state} still"
            )),
        })
    }

    /// What was held back for it is free.
    pub(super) async fn paid_after_all(&self, finding: &Finding) -> Result<Became> {
        if finding.state == FindingState::Held {
            self.doubt(finding, dispute::State::Won).await?;
        }
        Ok(Became::State(FindingState::Done, "it is paid".to_owned()))
    }

    /// Asks about a payment and settles what it says, also where nothing of ours travels with it.
    pub(super) async fn settle_payment(&self, reference: &str) -> Result<()> {
        if !self.learn_of(reference).await? {
            let payment = self.stripe.payment(reference).await?;
            self.settle_answer(payment).await?;
        }
        Ok(())
    }

    /// Whether the gateway says, asked now, that the payment of a settled transaction succeeded.
    pub(super) async fn was_paid(&self, finding: &Finding) -> Result<bool> {
        let transaction = self.transaction_of(finding).await?;
        let reference = transaction.reference.as_deref();
        let reference =
            reference.ok_or(Error::Broken("a settled transaction without a payment"))?;
        match self.stripe.payment(reference).await {
            Ok(payment) => Ok(payment.status == PaymentStatus::Succeeded),
            Err(error) if error.is_missing() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn settle_refund_again(&self, finding: &Finding) -> Result<Became> {
        let payment = payment_of(finding)?;
        self.settle_refunds(self.stripe.refunds_of(payment).await?)
            .await?;
        let transaction = finding
            .transaction
            .ok_or(Error::Broken("a refund of nothing"))?;
        let known = refunds::of_transaction(&mut self.store.read().await?, transaction).await?;
        let refund = known
            .iter()
            .find(|refund| refund.reference.as_ref() == Some(&finding.subject));
        let is_there = match self.stripe.refund(&finding.subject).await {
            Ok(there) => refund.is_some_and(|ours| ours.state >= there.state),
            Err(error) if error.is_missing() => false,
            Err(error) => return Err(error.into()),
        };
        Ok(match is_there {
            true => Became::State(FindingState::Done, "the refund is settled".to_owned()),
            false => Became::Trouble(OTHERWISE.to_owned()),
        })
    }

    pub(super) async fn settle_dispute_again(&self, finding: &Finding) -> Result<Became> {
        let says = self.stripe.dispute(&finding.subject).await?;
        let state = says.state;
        self.settle_dispute(says).await?;
        let transaction = finding
            .transaction
            .ok_or(Error::Broken("a dispute of nothing"))?;
        let known = disputes::of_transaction(&mut self.store.read().await?, transaction).await?;
        let dispute = known
            .iter()
            .find(|dispute| dispute.reference == finding.subject);
        Ok(
            match dispute.is_some_and(|ours| !goes_further(state, ours.state)) {
                true => Became::State(FindingState::Done, "the dispute is settled".to_owned()),
                false => Became::Trouble(OTHERWISE.to_owned()),
            },
        )
    }
}
