//! Asking a second person.

use serde_json::{Value, json};

use super::{LIFETIME, Proposal, State, What};
use crate::{
    Error, Result,
    clock::Time,
    id::{CustomerId, ProposalId},
    mail::{self, Letter},
    staff::audit_log::{self, Action, Actor, Deed, SubjectKind},
    store::{Tx, people, proposals},
};

/// Writes down what somebody wants to do, and tells all others who may decide. Nothing when the same
/// key asked for something else.
pub(crate) async fn propose(
    tx: &mut Tx,
    customer: CustomerId,
    what: What,
    reason: &str,
    key: &str,
    by: &Actor,
    now: Time,
) -> Result<Option<Proposal>> {
    let asked_by = by
        .person
        .ok_or(Error::Broken("nobody asks for a second person"))?;
    let proposal = Proposal {
        id: ProposalId::new(),
        customer,
        what,
        reason: reason.trim().to_owned(),
        key: key.to_owned(),
        asked_by,
        asked_by_name: by.name.clone(),
        created_at: now,
        expires_at: now.plus(LIFETIME),
        state: State::Open,
        decision: None,
    };
    if !proposals::insert(tx, &proposal).await? {
        let before = proposals::by_key(tx, customer, key).await?;
        return Ok(before.filter(|before| before.what == proposal.what));
    }
    let deed = deed(Action::Propose, &proposal)
        .because(reason)
        .after(told(&proposal.what));
    audit_log::record(tx, by, &deed, now).await?;
    for person in people::deciders(tx).await? {
        if person != asked_by {
            let letter = Letter::ProposalMade {
                proposal: proposal.id,
                what: proposal.what.title(),
                by: by.name.clone(),
                reason: proposal.reason.clone(),
                until: proposal.expires_at,
                page: format!("/admin/proposals/{}", proposal.id),
            };
            mail::owe(tx, person, letter, now).await?;
        }
    }
    Ok(Some(proposal))
}

/// A line of the log about a proposal.
pub(super) fn deed(action: Action, proposal: &Proposal) -> Deed {
    Deed::new(action, SubjectKind::Proposal, proposal.id).of(proposal.customer)
}

/// What is to be done, as the log tells it.
fn told(what: &What) -> Value {
    match what {
        What::Give { amount, until, .. } => json!({ "give": amount, "expires_at": until }),
        What::Take { amount, .. } => json!({ "take": amount }),
        What::Refund {
            transaction,
            amount,
            ..
        } => json!({ "refund": amount, "transaction": transaction }),
    }
}
