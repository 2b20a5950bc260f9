//! What staff see of reconciliations, and what they do about findings.

use super::{ActError, Action, Class, Finding, FindingState, Problem, Reconciliation};
use crate::{
    Billing, Result,
    id::{FindingId, ReconciliationId},
    money::Money,
    staff::{Cursor, Part, Rows},
    store::{findings, reconciliations},
};

/// How many findings of a class are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub class: Class,
    pub state: FindingState,
    pub findings: i64,
}

/// What is undecided of a class, in one currency or without an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stake {
    pub class: Class,
    pub findings: i64,
    /// How many of them were tried in vain.
    pub troubled: i64,
    /// What they are about, together.
    pub amount: Option<Money>,
}

/// How many findings are acted on between two looks at what is left.
const BATCH: i64 = 100;
/// Before every other.
pub(super) const FIRST: FindingId = FindingId(uuid::Uuid::nil());

impl Billing {
    /// Runs, newest first; `before` continues after the last of the previous page.
    pub async fn reconciliations(
        &self,
        before: Option<ReconciliationId>,
        limit: i64,
    ) -> Result<Vec<Reconciliation>> {
        reconciliations::newest(&mut self.store.read().await?, before, limit).await
    }

    /// Runs by the time at which they were begun.
    pub async fn runs(&self, part: Part) -> Result<Rows<Reconciliation>> {
        let runs = reconciliations::part(&mut self.store.read().await?, part).await?;
        Ok(part.rows(runs, |run| Cursor {
            key: run.created_at.0,
            id: run.id.0,
        }))
    }

    /// What a run met, class by class and the oldest first, or one class alone.
    pub async fn met(
        &self,
        run: ReconciliationId,
        class: Option<Class>,
        part: Part,
    ) -> Result<Rows<Finding>> {
        let number = |class: Class| Class::ALL.iter().position(|other| *other == class);
        let key = |class| number(class).map_or(0, |number| number as i64);
        let (first, mut after) = match part.after {
            Some(cursor) => (cursor.key, FindingId(cursor.id)),
            None => (0, FIRST),
        };
        let classes = Class::ALL
            .iter()
            .copied()
            .filter(|other| class.is_none_or(|class| class == *other) && key(*other) >= first);
        let (mut met, limit) = (Vec::new(), part.limit.saturating_add(1));
        for class in classes {
            let left = limit - met.len() as i64;
            if left <= 0 {
                break;
            }
            met.extend(self.findings(run, class, Some(after), left).await?);
            after = FIRST;
        }
        Ok(part.rows(met, |found| Cursor {
            key: key(found.class),
            id: found.id.0,
        }))
    }

    /// The lines of a run's file that could not be read, in their order.
    pub async fn unreadable(&self, run: ReconciliationId, part: Part) -> Result<Rows<Problem>> {
        let after = part.after.map_or(0, |cursor| cursor.key);
        let limit = part.limit.saturating_add(1);
        let problems = self.unreadable_lines(run, after, limit).await?;
        Ok(part.rows(problems, |problem| Cursor {
            key: problem.line,
            id: uuid::Uuid::nil(),
        }))
    }

    /// What is undecided of what a run met: how many of each class, and about how much.
    pub async fn stakes(&self, run: ReconciliationId) -> Result<Vec<Stake>> {
        findings::stakes(&mut self.store.read().await?, run).await
    }

    pub async fn reconciliation(&self, id: ReconciliationId) -> Result<Option<Reconciliation>> {
        reconciliations::find(&mut self.store.read().await?, id).await
    }

    /// How much a run met that differs, by class and by what became of it.
    pub async fn finding_counts(&self, run: ReconciliationId) -> Result<Vec<Count>> {
        findings::counts(&mut self.store.read().await?, run).await
    }

    /// What a run met of one class, oldest first; `after` continues after the last of the previous
    /// page.
    pub async fn findings(
        &self,
        run: ReconciliationId,
        class: Class,
        after: Option<FindingId>,
        limit: i64,
    ) -> Result<Vec<Finding>> {
        let after = after.unwrap_or(FIRST);
        findings::of_class(&mut self.store.read().await?, run, class, after, limit).await
    }

    /// What nobody has decided of one class, whichever run met it, oldest first.
    pub async fn undecided_findings(
        &self,
        class: Class,
        after: Option<FindingId>,
        limit: i64,
    ) -> Result<Vec<Finding>> {
        let after = after.unwrap_or(FIRST);
        findings::undecided(&mut self.store.read().await?, class, after, limit).await
    }

    pub async fn finding(&self, id: FindingId) -> Result<Option<Finding>> {
        findings::find(&mut self.store.read().await?, id).await
    }

    /// The lines of a run's file that could not be read, in their order; `after` is the last line of
    /// the previous page.
    pub async fn unreadable_lines(
        &self,
        run: ReconciliationId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Problem>> {
        reconciliations::problems(&mut self.store.read().await?, run, after, limit).await
    }

    /// Does the same about everything of a class that nobody has decided. Answers how many it did;
    /// those that did not work stay, with the reason.
    pub async fn act_on_class(
        &self,
        class: Class,
        action: Action,
        by: &str,
    ) -> Result<i64, ActError> {
        let (mut after, mut done) = (FIRST, 0);
        loop {
            let undecided = self.undecided_findings(class, Some(after), BATCH).await?;
            let Some(last) = undecided.last() else {
                return Ok(done);
            };
            after = last.id;
            for finding in undecided {
                let became = self.act_on_finding(finding.id, action, by).await?;
                done += i64::from(became.state != finding.state);
            }
        }
    }
}
