//! A run from its beginning to its end, in steps. Each step is one commit: what it found, and how far
//! the run has come with that. So a run that was interrupted goes on where it was, and when two work on
//! the same run, each step counts for one of them.

use std::time::Duration;

use super::{
    Difference, Done, Finding, FindingState, Line, Pair, Payout, Period, Problem, ReconcileError,
    Reconciliation, Settlement, Source, Stage, compare, listing::FIRST,
};
use crate::{
    Billing, Error, Result,
    clock::Time,
    gateway::stripe,
    id::{FindingId, ReconciliationId, TransactionId},
    store::{Tx, earnings, findings, reconciliations},
};

/// What is younger may be on its way: money, and the news of it.
pub(super) const ON_ITS_WAY: Duration = Duration::from_secs(600);
/// How many findings are acted on in one step.
const BATCH: i64 = 50;

/// That a period, or a file, is to be reconciled.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Where the gateway's books stand; without it its API is asked, and a period is needed.
    pub file: Option<Settlement>,
    pub period: Option<Period>,
    /// Whether what is found is acted on, as the policy says.
    pub applies: bool,
    /// Who wishes it: an address of staff, `command line`, `schedule`.
    pub by: String,
}

/// What one step brought.
#[derive(Default)]
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

impl Stage {
    fn after(self, run: &Reconciliation) -> Self {
        match self {
            Self::Charges => Self::Refunds,
            Self::Refunds => Self::Disputes,
            Self::Disputes => Self::Payouts,
            Self::Payouts => Self::Orders,
            // A file says nothing of what it leaves out, unless we know of which time it is.
            Self::File if run.period.is_some() => Self::Orders,
            Self::Orders => Self::KnownRefunds,
            Self::KnownRefunds => Self::KnownDisputes,
            Self::File | Self::KnownDisputes if run.applies => Self::Acting,
            Self::File | Self::KnownDisputes | Self::Acting | Self::Finished => Self::Finished,
        }
    }
}

impl Billing {
    /// Compares, and acts on what differs if that is wished. The same wish goes on with a run that was
    /// interrupted. Tells how far it is after each step.
    pub async fn reconcile(
        &self,
        wish: Wish,
        mut progress: impl FnMut(&Reconciliation),
    ) -> Result<Reconciliation, ReconcileError> {
        let mut run = self.begin_or_resume(&wish).await?;
        progress(&run);
        while run.stage != Stage::Finished {
            if self.is_stopping() {
                return Err(ReconcileError::Stopped);
            }
            run = match (run.stage, &wish.file) {
                (Stage::File, Some(file)) => self.read_file(&run, file, &mut progress).await?,
                (Stage::Acting, _) => self.act_on_some(&run).await?,
                (Stage::Orders | Stage::KnownRefunds | Stage::KnownDisputes, _) => {
                    let step = self.look_for_unmet(&run).await?;
                    self.take(&run, step).await?
                }
                _ => {
                    let step = self.read_page(&run).await?;
                    self.take(&run, step).await?
                }
            };
            progress(&run);
        }
        Ok(run)
    }

    async fn begin_or_resume(&self, wish: &Wish) -> Result<Reconciliation, ReconcileError> {
        let now = self.clock.now();
        let period = wish.period;
        if period.is_some_and(|period| period.to <= period.from) {
            return Err(ReconcileError::Period);
        }
        if period.is_none_or(|period| period.from.plus(ON_ITS_WAY) > now) && wish.file.is_none() {
            return Err(ReconcileError::TooEarly);
        }
        let file = match &wish.file {
            Some(file) => Some(file.looked_at().await?),
            None => None,
        };
        let (source, stage) = match file {
            Some(_) => (Source::File, Stage::File),
            None => (Source::Api, Stage::Charges),
        };
        let run = Reconciliation {
            id: ReconciliationId::new(),
            gateway: file
                .as_ref()
                .map_or(stripe::NAME.to_owned(), |it| it.gateway.clone()),
            source,
            file: file.as_ref().map(|file| file.name.clone()),
            period,
            applies: wish.applies,
            started_by: wish.by.clone(),
            stage,
            cursor: String::new(),
            lines: 0,
            unreadable: 0,
            created_at: now,
            updated_at: now,
            finished_at: None,
        };
        let hash = file.map(|file| file.hash);
        let run = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let hash = hash.as_deref();
                    if reconciliations::insert(tx, &run, hash).await? {
                        return Ok(run);
                    }
                    let same = reconciliations::unfinished(tx, &run, hash).await?;
                    // It ended at this very moment.
                    same.ok_or(Error::Busy)
                })
            })
            .await?;
        Ok(run)
    }

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

    async fn act_on_some(&self, run: &Reconciliation) -> Result<Reconciliation, ReconcileError> {
        let place = run.cursor.split_once(':');
        let place = place.and_then(|(class, id)| Some((class, id.parse().ok()?)));
        let after = place.unwrap_or(("", FIRST));
        let open = {
            let mut conn = self.store.read().await?;
            findings::open_of(&mut conn, run.id, after, BATCH).await?
        };
        for finding in &open {
            let offer = match finding.transaction {
                Some(id) => findings::offer_of(&mut self.store.read().await?, id).await?,
                None => None,
            };
            let age = self.clock.now().since(finding.happened_at);
            let policy = self.catalog.policy();
            let action = policy.action(finding.class, offer.as_deref(), age);
            if let Err(error) = self
                .act_on_finding(finding.id, action, &run.started_by)
                .await
            {
                tracing::warn!(finding = %finding.id, %error, "cannot act on a finding yet");
            }
        }
        let step = Step {
            next: open
                .last()
                .map(|last| format!("{}:{}", last.class, last.id)),
            ..Step::default()
        };
        Ok(self.take(run, step).await?)
    }
}

async fn write_down(
    tx: &mut Tx,
    run: &Reconciliation,
    step: Step,
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

impl Finding {
    /// A difference that a run has just met.
    pub(super) fn of(run: &Reconciliation, difference: Difference, now: Time) -> Self {
        Self {
            id: FindingId::new(),
            gateway: run.gateway.clone(),
            class: difference.class,
            subject: difference.subject,
            payment: None,
            transaction: None,
            amount: None,
            detail: difference.detail,
            happened_at: now,
            found_by: run.id,
            seen_by: run.id,
            state: FindingState::Open,
            done: None,
            trouble: None,
            version: 1,
            created_at: now,
        }
    }
}
