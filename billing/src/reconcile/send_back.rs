//! Money that goes back because of a finding.

use super::{
    Class, Finding, FindingState,
    act::{Became, payment_of},
};
use crate::{
    Billing, Result,
    gateway::{GatewayError, Payment, PaymentStatus},
    refund::{Reason, RefundError, State as RefundState, Wish},
    transaction::{State, Transaction},
};

impl Billing {
    /// Sends the money of a payment back, and takes the credits that it brought.
    pub(super) async fn send_back(&self, finding: &Finding) -> Result<Became> {
        let reference = payment_of(finding)?;
        let payment = self.stripe.payment(reference).await?;
        if payment.status != PaymentStatus::Succeeded {
            let why = "the payment provider says that it was not paid";
            return Ok(Became::Trouble(why.to_owned()));
        }
        if finding.class == Class::PaidNotSettled {
            // What came is written down before it goes.
            self.settle_payment(reference).await?;
            let transaction = self.transaction_of(finding).await?;
            if transaction.state == State::Succeeded {
                return self.send_back_from(finding, &transaction).await;
            }
        }
        self.send_back_stray(finding, &payment).await
    }

    /// The refund of a payment that a transaction took in.
    async fn send_back_from(&self, finding: &Finding, paid: &Transaction) -> Result<Became> {
        let wish = Wish {
            transaction: paid.id,
            amount: paid.amount,
            reason: Reason::RequestedByCustomer,
            key: format!("finding:{}", finding.id),
        };
        match self.refund(wish).await {
            Ok(refund) if refund.state == RefundState::Failed => {
                let why = refund.failure.unwrap_or_default();
                Ok(Became::Trouble(format!("the refund failed: {why}")))
            }
            Ok(refund) => {
                let outcome = format!(
                    "settled, and {} sent back by refund {}",
                    refund.amount, refund.id
                );
                Ok(Became::State(FindingState::Done, outcome))
            }
            Err(RefundError::Other(error)) => Err(error),
            Err(refused) => Ok(Became::Trouble(refused.to_string())),
        }
    }

    /// The refund of a payment that no transaction took in: no credits came of it.
    async fn send_back_stray(&self, finding: &Finding, payment: &Payment) -> Result<Became> {
        let made = self
            .stripe
            .refund_stray(finding.id, &payment.reference)
            .await;
        let made = match made {
            // It went back before, by this or by somebody else.
            Err(GatewayError::Refused { code, .. }) if code == "charge_already_refunded" => {
                let outcome = "it had gone back already".to_owned();
                return Ok(Became::State(FindingState::Done, outcome));
            }
            made => made?,
        };
        let outcome = format!("{} sent back by refund {}", made.amount, made.reference);
        // Where a transaction is before a person because of this payment, the refund is written there.
        self.settle_refunds(made.into()).await?;
        Ok(Became::State(FindingState::Done, outcome))
    }
}
