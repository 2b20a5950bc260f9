//! What a gateway says about a plan itself. It moves the plan's own row and nothing else: never
//! credits, never a transaction.

use super::{
    Period, Status, Subscription,
    invoice::ours,
    letters, locked,
    rollover::{Cause, roll_over},
    save, tell,
};
use crate::{
    Result,
    clock::Time,
    gateway::{Standing, Witness},
    store::Tx,
    transaction::Settled,
};

/// What follows from it.
#[derive(Clone, Debug, PartialEq)]
enum Change {
    /// Nothing that we did not know, or nothing that is still so.
    Unchanged,
    /// An event that may be older than what we know: ask the gateway.
    Doubtful,
    To(Box<Subscription>),
}

/// Settles how a plan stands, as part of `tx`.
pub(crate) async fn stand(
    tx: &mut Tx,
    gateway: &str,
    standing: &Standing,
    witness: Witness,
    detail: Option<&str>,
    now: Time,
) -> Result<Settled> {
    let Some(plan) = ours(tx, gateway, standing.ours, &standing.reference).await? else {
        return Ok(Settled::Unknown);
    };
    let plan = locked(tx, plan.id).await?;
    match next(&plan, standing, witness, now) {
        Change::Unchanged => Ok(Settled::Done),
        Change::Doubtful => Ok(Settled::Doubtful),
        Change::To(new) => {
            if new.status == Status::Ended {
                roll_over(tx, &plan, plan.offer.rollover, Cause::Ended, now).await?;
                if plan.status != Status::Starting {
                    letters::ended(tx, &plan, now).await?;
                }
            }
            tell::changed(tx, &plan, &new, now);
            save(tx, *new, witness.as_str(), detail, now).await?;
            Ok(Settled::Done)
        }
    }
}

/// Decides. An end is final. A later period is believed of anybody, an earlier one of nobody, nor that
/// a plan has not begun which has: an answer may be slow, or be kept under the key of a question that
/// was asked before. What is otherwise different is believed of an answer to our question.
fn next(plan: &Subscription, standing: &Standing, witness: Witness, now: Time) -> Change {
    let is_other = |known: &String| *known != standing.reference;
    if plan.status == Status::Ended || plan.reference.as_ref().is_some_and(is_other) {
        return Change::Unchanged;
    }
    let new = as_told(plan.clone(), standing, now);
    let known_end = plan.period.map(|period| period.end);
    let is_old = known_end.is_some_and(|end| standing.end < end)
        || (standing.status == Status::Starting && plan.status != Status::Starting);
    if new == *plan || (is_old && new.status != Status::Ended) {
        return Change::Unchanged;
    }
    let is_news = known_end.is_none_or(|end| end < standing.end);
    match witness.is_event() && !is_news && new.status != Status::Ended {
        true => Change::Doubtful,
        false => Change::To(Box::new(new)),
    }
}

fn as_told(plan: Subscription, standing: &Standing, now: Time) -> Subscription {
    let new = Subscription {
        reference: Some(standing.reference.clone()),
        period: Some(Period {
            start: standing.start,
            end: standing.end,
        }),
        cancel_at_end: standing.cancel_at_end,
        ..plan
    };
    match standing.status {
        Status::Ended => new.ended(now),
        Status::PastDue => Subscription {
            status: Status::PastDue,
            past_due_since: new.past_due_since.or(Some(now)),
            ..new
        },
        status => Subscription {
            status,
            past_due_since: None,
            ..new
        },
    }
}
