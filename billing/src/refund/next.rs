//! What evidence makes of a refund. Pure. States only go forward, so evidence may come late, twice
//! and in any order. One that we gave up because it never got there has no state of the gateway's yet:
//! should it have got there after all, it is what the gateway says.

use super::{Refund, State};
use crate::gateway::RefundNotice;

/// The refund as it is from now on.
pub fn next(refund: &Refund, says: &RefundNotice) -> Refund {
    let state = match refund.reference {
        Some(_) => refund.state.max(says.state),
        None => says.state,
    };
    Refund {
        state,
        reference: Some(says.reference.clone()),
        reason: refund.reason.clone().or_else(|| says.reason.clone()),
        failure: match state {
            State::Failed => refund.failure.clone().or_else(|| says.failure.clone()),
            _ => None,
        },
        happened_at: says.happened_at,
        next_check_at: refund.next_check_at.filter(|_| state == State::Pending),
        ..refund.clone()
    }
}
