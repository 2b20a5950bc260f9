//! Does something about a finding. Each action looks at how things are when it is done, at the gateway
//! first, so doing it twice, or on two servers at once, is doing it once.

use super::{Action, Class, Done, Finding, FindingState};
use crate::{
    Billing, Error, Result, dispute,
    gateway::stripe,
    id::FindingId,
    store::{findings, transactions},
    transaction::Transaction,
};

#[derive(Debug, thiserror::Error)]
pub enum ActError {
    #[error("there is no such finding")]
    Missing,
    #[error("a finding of class {0} cannot be dealt with by: {1}")]
    NotPossible(Class, Action),
    #[error("please say why")]
    Reason,
    #[error("your role does not allow this")]
    NotAllowed,
    #[error(transparent)]
    Other(#[from] Error),
}

/// What came of an action.
#[derive(Clone)]
pub(super) enum Became {
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
        let is_frozen = matches!(became, Became::State(FindingState::Held, _));
        let is_noted = self
            .store
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
                            findings::acted(tx, &finding, state, &done).await
                        }
                        Became::Trouble(why) => {
                            findings::troubled(tx, &finding, &why).await?;
                            Ok(true)
                        }
                    }
                })
            })
            .await?;
        let finding = self.finding(id).await?.ok_or(ActError::Missing)?;
        // Somebody else was done with it meanwhile: nothing stays frozen for it.
        if is_frozen && !is_noted && finding.state == FindingState::Done {
            self.doubt(&finding, dispute::State::Won).await?;
        }
        Ok(finding)
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
                    return self.paid_after_all(finding).await;
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

    pub(super) async fn transaction_of(&self, finding: &Finding) -> Result<Transaction> {
        let id = finding
            .transaction
            .ok_or(Error::Broken("a finding about no transaction"))?;
        let found = transactions::find(&mut self.store.read().await?, id).await?;
        Ok(found.ok_or(sqlx::Error::RowNotFound)?)
    }
}

pub(super) fn payment_of(finding: &Finding) -> Result<&str> {
    let payment = finding.payment.as_deref();
    payment.ok_or(Error::Broken("a finding that names no payment"))
}
