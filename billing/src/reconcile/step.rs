//! One step of a run: what it brought is one commit, together with how far the run has come with it.

use std::{collections::HashSet, hash::Hash};

use super::{
    Difference, Done, Finding, Line, Pair, Payout, Problem, Reconciliation, Source, Stage, compare,
    run::ON_ITS_WAY,
};
use crate::{
    Billing, Result,
    clock::Time,
    id::TransactionId,
    store::{Tx, earnings, findings, reconciliations},
};

/// What one step brought.
#[derive(Clone, Default)]
pub(super) struct Step {
    pub findings: Vec<Finding>,
    /// Lines of the gateway's books with their id there, and the transaction that they are about.
    pub earnings: Vec<(TransactionId, String, Line)>,
    pub payouts: Vec<Payout>,
    pub problems: Vec<Problem>,
    pub lines: usize,
    /// Where the next step of this stage begins; nothing, when the stage is over.
    pub next: Option<String>,
}

impl Billing {
    /// What pairs come to: what differs, and what the gateway's books say of ours.
    pub(super) fn compared(&self, run: &Reconciliation, pairs: Vec<Pair>) -> Step {
        let now = self.clock.now();
        let mut step = Step {
            lines: pairs.len(),
            ..Step::default()
        };
        for pair in pairs {
            if pair.line.at.plus(ON_ITS_WAY) <= now
                && let Some(difference) = compare(&pair)
            {
                step.findings.push(found(run, &pair, difference, now));
            }
            let Pair { line, known, .. } = pair;
            if let (Some(known), Some(id)) = (known, line.id.clone()) {
                step.earnings.push((known.id, id, line));
            }
        }
        step
    }

    /// Writes a step down, and answers the run as it is then: further than that, when somebody else
    /// went on with it meanwhile.
    pub(super) async fn take(&self, run: &Reconciliation, step: Step) -> Result<Reconciliation> {
        let (read, now) = (run.clone(), self.clock.now());
        self.store
            .write(move |tx| Box::pin(async move { write_down(tx, &read, step, now).await }))
            .await
    }
}

async fn write_down(
    tx: &mut Tx,
    run: &Reconciliation,
    mut step: Step,
    now: Time,
) -> Result<Reconciliation> {
    let stage = match step.next {
        Some(_) => run.stage,
        None => run.stage.after(run),
    };
    let unreadable = step.problems.len();
    let count = |counted: usize| i64::try_from(counted).unwrap_or(i64::MAX);
    let new = Reconciliation {
        stage,
        cursor: step.next.unwrap_or_default(),
        lines: run.lines + count(step.lines + unreadable),
        unreadable: run.unreadable + count(unreadable),
        updated_at: now,
        finished_at: (stage == Stage::Finished).then_some(now),
        ..run.clone()
    };
    if !reconciliations::advance(tx, run, &new).await? {
        let found = reconciliations::find(tx, run.id).await?;
        return Ok(found.ok_or(sqlx::Error::RowNotFound)?);
    }
    once(&mut step.findings, |found| {
        (found.class, found.subject.clone())
    });
    once(&mut step.earnings, |(transaction, id, _)| {
        (*transaction, id.clone())
    });
    once(&mut step.payouts, |payout| payout.reference.clone());
    findings::note(tx, &step.findings).await?;
    earnings::note(tx, &run.gateway, &step.earnings).await?;
    for payout in &step.payouts {
        earnings::note_payout(tx, &run.gateway, payout).await?;
    }
    reconciliations::insert_problems(tx, run.id, &step.problems).await?;
    if let (Stage::KnownDisputes, Source::Api, Some(period)) = (run.stage, run.source, run.period)
        && stage != run.stage
    {
        let gone = Done {
            action: None,
            outcome: "it does not differ any more".to_owned(),
            by: run.started_by.clone(),
            at: now,
        };
        findings::close_gone(tx, &run.gateway, period, run.id, &gone).await?;
    }
    Ok(new)
}

/// Keeps the first of those with the same key: what stands in a file twice is written down once.
fn once<T, K: Eq + Hash>(rows: &mut Vec<T>, key: impl Fn(&T) -> K) {
    let mut keys = HashSet::new();
    rows.retain(|row| keys.insert(key(row)));
}

fn found(run: &Reconciliation, pair: &Pair, difference: Difference, now: Time) -> Finding {
    let line = &pair.line;
    Finding {
        payment: line.payment.clone(),
        transaction: pair.known.as_ref().map(|known| known.id),
        amount: Some(line.amount),
        happened_at: line.at,
        ..Finding::of(run, difference, now)
    }
}
