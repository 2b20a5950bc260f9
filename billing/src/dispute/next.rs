//! What evidence makes of a dispute. Pure. States only go forward, so evidence may come late, twice
//! and in any order; where that does not tell which of two is newer, the gateway is asked.

use super::Dispute;
use crate::gateway::{DisputeNotice, Witness};

/// What follows from evidence.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It contradicts what we know, and may be older: ask the gateway.
    Doubtful,
    /// The dispute as it is from now on, perhaps as it was.
    To(Box<Dispute>),
}

pub fn next(dispute: &Dispute, says: &DisputeNotice, witness: Witness) -> Change {
    let (known, said) = (dispute.state, says.state);
    let changed_its_mind = known.is_final() && said.is_final() && known != said;
    let contradicts = changed_its_mind || dispute.amount != says.amount;
    if contradicts && witness.is_event() {
        return Change::Doubtful;
    }
    let state = match changed_its_mind {
        true => said,
        false => known.max(said),
    };
    Change::To(Box::new(Dispute {
        state,
        amount: says.amount,
        respond_by: dispute.respond_by.max(says.respond_by),
        next_check_at: dispute.next_check_at.filter(|_| state.is_open()),
        ..dispute.clone()
    }))
}
