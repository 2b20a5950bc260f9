//! The second person's word. What is approved is done in the same commit, or nothing is decided; only a
//! refund goes on at the gateway afterwards, under the key that the proposal's id makes.

use serde_json::json;

use super::{Decision, Leave, Proposal, State, What, ask::deed};
use crate::{
    Billing, Error, Result,
    claim::News,
    clock::Time,
    gateway::{Witness, stripe},
    id::{CustomerId, PersonId, ProposalId},
    ledger,
    mail::{self, Letter},
    refund::{self, Refund, RefundError},
    staff::{
        Permission,
        audit_log::{self, Action, Actor},
        customers::{self, Giving, MoveError, Taking},
    },
    store::{Tx, proposals},
};

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    #[error("your role does not allow this")]
    Forbidden,
    #[error("Say why: it stands in the log, and who asked reads it.")]
    Reason,
    #[error("Somebody else must decide about what you want to do yourself.")]
    Own,
    #[error("Only who asked can take it back.")]
    NotYours,
    #[error("It is decided already.")]
    Over,
    #[error("there is no such proposal")]
    Unknown,
    /// It cannot be done any more as it was asked for.
    #[error("{0}")]
    Credits(MoveError),
    #[error("{0}")]
    Refund(RefundError),
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<MoveError> for DecideError {
    fn from(error: MoveError) -> Self {
        match error {
            MoveError::Other(error) => Self::Other(error),
            error => Self::Credits(error),
        }
    }
}

impl From<RefundError> for DecideError {
    fn from(error: RefundError) -> Self {
        match error {
            RefundError::Other(error) => Self::Other(error),
            error => Self::Refund(error),
        }
    }
}

impl Billing {
    /// Does what was proposed. Saying so again changes nothing.
    ///
    /// # Errors
    /// [`DecideError::Credits`] and [`DecideError::Refund`] when it cannot be done any more: then it
    /// stays open.
    pub async fn approve(
        &self,
        id: ProposalId,
        reason: &str,
        by: &Actor,
    ) -> Result<(), DecideError> {
        let decision = decision(by, reason, self.clock.now())?;
        let (by, spent) = (by.clone(), self.spent);
        let rules = ledger::Rules {
            spent,
            low: self.credits_low,
        };
        let refund = self.store.write(move |tx| {
            Box::pin(async move {
                match decide(tx, id, State::Approved, &decision, &by).await? {
                    Some(proposal) => {
                        let news = News {
                            gateway: stripe::NAME,
                            witness: Witness::Ourselves,
                            detail: None,
                            spent,
                            now: decision.at,
                        };
                        carry_out(tx, proposal, rules, &by, &news).await
                    }
                    None => Ok(None),
                }
            })
        });
        if let Some(refund) = refund.await? {
            self.begin_at_gateway(refund).await?;
        }
        Ok(())
    }

    /// Says no.
    pub async fn refuse(
        &self,
        id: ProposalId,
        reason: &str,
        by: &Actor,
    ) -> Result<(), DecideError> {
        self.end(id, State::Refused, reason, by).await
    }

    /// Takes back what one asked for.
    pub async fn withdraw(
        &self,
        id: ProposalId,
        reason: &str,
        by: &Actor,
    ) -> Result<(), DecideError> {
        self.end(id, State::Withdrawn, reason, by).await
    }

    async fn end(
        &self,
        id: ProposalId,
        state: State,
        reason: &str,
        by: &Actor,
    ) -> Result<(), DecideError> {
        let decision = decision(by, reason, self.clock.now())?;
        let by = by.clone();
        self.store
            .write(move |tx| {
                Box::pin(async move { decide(tx, id, state, &decision, &by).await.map(drop) })
            })
            .await
    }

    /// Ends those about which nobody decided in time.
    pub(crate) async fn expire_proposals(&self) -> Result<()> {
        let now = self.clock.now();
        let due = proposals::overdue(&mut self.store.read().await?, now).await?;
        for proposal in due {
            self.store
                .write(move |tx| {
                    Box::pin(
                        async move { expire(tx, &proposal, "Nobody decided in time.", now).await },
                    )
                })
                .await?;
        }
        Ok(())
    }
}

/// Nobody is there any more to whom credits could be given. Money still goes back.
pub(crate) async fn end_of_customer(tx: &mut Tx, customer: CustomerId, now: Time) -> Result<()> {
    for proposal in proposals::open_of(tx, customer, i64::MAX).await? {
        if !matches!(proposal.what, What::Refund { .. }) {
            expire(tx, &proposal, "The customer closed their account.", now).await?;
        }
    }
    Ok(())
}

async fn expire(tx: &mut Tx, proposal: &Proposal, why: &str, now: Time) -> Result<()> {
    let decision = Decision {
        by: None,
        by_name: None,
        reason: why.to_owned(),
        at: now,
    };
    let nobody = Actor::by_itself();
    if proposals::decide(tx, proposal.id, State::Expired, &decision).await? {
        tell(tx, proposal, State::Expired, &decision, &nobody).await?;
    }
    Ok(())
}

fn decision(by: &Actor, reason: &str, at: Time) -> Result<Decision, DecideError> {
    let person = by.person.filter(|_| by.may(Permission::Money));
    let person = person.ok_or(DecideError::Forbidden)?;
    match reason.trim() {
        "" => Err(DecideError::Reason),
        reason => Ok(Decision {
            by: Some(person),
            by_name: Some(by.name.clone()),
            reason: reason.to_owned(),
            at,
        }),
    }
}

/// Writes a decision down, and answers what it is about; nothing when the same person has decided so
/// before.
async fn decide(
    tx: &mut Tx,
    id: ProposalId,
    state: State,
    decision: &Decision,
    by: &Actor,
) -> Result<Option<Proposal>, DecideError> {
    let proposal = proposals::lock(tx, id).await?;
    let proposal = proposal.ok_or(DecideError::Unknown)?;
    let is_own = Some(proposal.asked_by) == decision.by;
    match state {
        State::Withdrawn if !is_own => return Err(DecideError::NotYours),
        State::Approved | State::Refused if is_own => return Err(DecideError::Own),
        _ => {}
    }
    if proposal.state == state && decided_by(&proposal) == decision.by {
        return Ok(None);
    }
    let is_over = proposal.state != State::Open || proposal.expires_at <= decision.at;
    if is_over || !proposals::decide(tx, id, state, decision).await? {
        return Err(DecideError::Over);
    }
    tell(tx, &proposal, state, decision, by).await?;
    Ok(Some(proposal))
}

fn decided_by(proposal: &Proposal) -> Option<PersonId> {
    proposal.decision.as_ref()?.by
}

/// The log is told, and who asked, unless they decided themselves.
async fn tell(
    tx: &mut Tx,
    proposal: &Proposal,
    state: State,
    decision: &Decision,
    by: &Actor,
) -> Result<()> {
    let action = match state {
        State::Approved => Action::ApproveProposal,
        State::Refused => Action::RefuseProposal,
        State::Withdrawn => Action::WithdrawProposal,
        State::Open | State::Expired => Action::ExpireProposal,
    };
    let deed = deed(action, proposal)
        .because(&decision.reason)
        .before(json!({ "state": proposal.state.as_str() }))
        .after(json!({ "state": state.as_str() }));
    audit_log::record(tx, by, &deed, decision.at).await?;
    if decision.by == Some(proposal.asked_by) {
        return Ok(());
    }
    let letter = Letter::ProposalDecided {
        proposal: proposal.id,
        what: proposal.what.title(),
        state: state.as_str().to_owned(),
        by: decision.by_name.clone(),
        reason: decision.reason.clone(),
        page: format!("/admin/proposals/{}", proposal.id),
    };
    mail::owe(tx, proposal.asked_by, letter, decision.at).await
}

/// Does it. The log says that who approved did, because who asked wanted it so.
async fn carry_out(
    tx: &mut Tx,
    proposal: Proposal,
    rules: ledger::Rules,
    by: &Actor,
    news: &News<'_>,
) -> Result<Option<Refund>, DecideError> {
    let Proposal {
        id,
        customer,
        reason,
        ..
    } = proposal;
    let (leave, key) = (Leave::Agreed(id), format!("proposal:{id}"));
    match proposal.what {
        What::Give {
            amount,
            note,
            until,
        } => {
            let giving = Giving {
                customer,
                amount,
                note,
                expires_at: until,
                reason,
                key,
            };
            customers::give(tx, &giving, leave, by, news.now).await?;
            Ok(None)
        }
        What::Take { amount, note } => {
            let taking = Taking {
                customer,
                amount,
                note,
                reason,
                key,
            };
            customers::take(tx, &taking, rules, leave, by, news.now).await?;
            Ok(None)
        }
        What::Refund {
            transaction,
            amount,
            word,
        } => {
            let wish = refund::Wish {
                transaction,
                amount,
                reason: word,
                key,
            };
            let said = refund::Said {
                by: by.clone(),
                reason,
                leave,
            };
            let refund = refund::write_down(tx, &wish, Some(&said), news).await?;
            Ok(Some(refund))
        }
    }
}
