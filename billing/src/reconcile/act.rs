//! Does something about a finding. Each action looks at how things are when it is done, at the gateway
//! first, so doing it twice, or on two servers at once, is doing it once.

use super::{Action, Class, Done, Finding, FindingState};
use crate::{
    Billing, Error, Result, dispute,
    gateway::{GatewayError, Payment, PaymentStatus, stripe},
    id::{FindingId, TransactionId},
    refund::{Reason, RefundError, State as RefundState, Wish},
    store::{disputes, findings, refunds, transactions},
    transaction::{State, Transaction},
};

#[derive(Debug, thiserror::Error)]
pub enum ActError {
    #[error("there is no such finding")]
    Missing,
    #[error("a finding of class {0} cannot be dealt with by: {1}")]
    NotPossible(Class, Action),
    #[error(transparent)]
    Other(#[from] Error),
}

/// What came of an action.
enum Became {
    State(FindingState, String),
    /// Nothing yet, and why.
    Trouble(String),
}

impl Billing {
    /// Does something about a finding, for somebody. Answers what it is then: one that was done before
    /// stays as it was, and what did not work is told in its trouble.
    pub async fn act_on_finding(
        &self,
        id: FindingId,
        action: Action,
        by: &str,
    ) -> Result<Finding, ActError> {
        let finding = self.finding(id).await?.ok_or(ActError::Missing)?;
        if !finding.class.actions().contains(&action) {
            return Err(ActError::NotPossible(finding.class, action));
        }
        if finding.state == FindingState::Done || action == Action::Review {
            return Ok(finding);
        }
        let became = match self.try_action(&finding, action).await {
            Ok(became) => became,
            // What cannot be done for one says nothing of the others.
            Err(Error::Gateway(error)) => Became::Trouble(error.to_string()),
            Err(Error::Broken(why)) => Became::Trouble(why.to_owned()),
            Err(error) => return Err(error.into()),
        };
        let (by, at) = (by.to_owned(), self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    match became {
                        Became::State(state, outcome) => {
                            let action = Some(action);
                            let done = Done {
                                action,
                                outcome,
                                by,
                                at,
                            };
                            findings::acted(tx, &finding, state, &done).await?;
                        }
                        Became::Trouble(why) => findings::troubled(tx, &finding, &why).await?,
                    }
                    Ok::<_, Error>(())
                })
            })
            .await?;
        self.finding(id).await?.ok_or(ActError::Missing)
    }

    async fn try_action(&self, finding: &Finding, action: Action) -> Result<Became> {
        let done = |outcome: &str| Ok(Became::State(FindingState::Done, outcome.to_owned()));
        if action == Action::Leave {
            if finding.state == FindingState::Held {
                self.doubt(finding, dispute::State::Won).await?;
            }
            return done("left as it is");
        }
        // Only Stripe can be asked what is true.
        if finding.gateway != stripe::NAME {
            let why = format!("{} cannot be asked; a person decides", finding.gateway);
            return Ok(Became::Trouble(why));
        }
        match (action, finding.class) {
            (Action::Settle, Class::RefundNotKnown | Class::RefundNotThere) => {
                self.settle_refund_again(finding).await
            }
            (Action::Settle, Class::DisputeNotKnown | Class::DisputeNotThere) => {
                self.settle_dispute_again(finding).await
            }
            (Action::Settle, _) => self.settle_again(finding).await,
            (Action::Refund, _) => self.send_back(finding).await,
            (Action::Hold | Action::Reverse, _) => {
                if self.was_paid(finding).await? {
                    return done("it is paid");
                }
                let (state, doubt, outcome) = match action {
                    Action::Hold => (
                        FindingState::Held,
                        dispute::State::Open,
                        "its credits are frozen",
                    ),
                    _ => (
                        FindingState::Done,
                        dispute::State::Lost,
                        "its credits are taken back",
                    ),
                };
                self.doubt(finding, doubt).await?;
                Ok(Became::State(state, outcome.to_owned()))
            }
            (Action::Review | Action::Leave, _) => done("left as it is"),
        }
    }

    /// Asks about a payment, settles the answer, and looks whether both sides now say the same.
    async fn settle_again(&self, finding: &Finding) -> Result<Became> {
        if finding.class != Class::PaidNotSettled && finding.class != Class::AmountDiffers {
            return Ok(match self.was_paid(finding).await? {
                true => {
                    if finding.state == FindingState::Held {
                        self.doubt(finding, dispute::State::Won).await?;
                    }
                    Became::State(FindingState::Done, "it is paid".to_owned())
                }
                false => Became::Trouble("the payment provider still says otherwise".to_owned()),
            });
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

    /// Asks about a payment and settles what it says, also where nothing of ours travels with it.
    async fn settle_payment(&self, reference: &str) -> Result<()> {
        if !self.learn_of(reference).await? {
            let payment = self.stripe.payment(reference).await?;
            self.settle_answer(payment).await?;
        }
        Ok(())
    }

    /// Whether the gateway says, asked now, that the payment of a settled transaction succeeded.
    async fn was_paid(&self, finding: &Finding) -> Result<bool> {
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

    /// Sends the money of a payment back, and takes the credits that it brought.
    async fn send_back(&self, finding: &Finding) -> Result<Became> {
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

    async fn settle_refund_again(&self, finding: &Finding) -> Result<Became> {
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
            false => Became::Trouble("the payment provider still says otherwise".to_owned()),
        })
    }

    async fn settle_dispute_again(&self, finding: &Finding) -> Result<Became> {
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
        Ok(match dispute.is_some_and(|ours| ours.state >= state) {
            true => Became::State(FindingState::Done, "the dispute is settled".to_owned()),
            false => Became::Trouble("the payment provider still says otherwise".to_owned()),
        })
    }

    async fn transaction_of(&self, finding: &Finding) -> Result<Transaction> {
        let id: TransactionId = finding
            .transaction
            .ok_or(Error::Broken("a finding about no transaction"))?;
        let found = transactions::find(&mut self.store.read().await?, id).await?;
        Ok(found.ok_or(sqlx::Error::RowNotFound)?)
    }
}

fn payment_of(finding: &Finding) -> Result<&str> {
    let payment = finding.payment.as_deref();
    payment.ok_or(Error::Broken("a finding that names no payment"))
}
