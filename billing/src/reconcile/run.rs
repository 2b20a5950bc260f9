//! A run from its beginning to its end, in steps. Each step is one commit: what it found, and how far
//! the run has come with that. So a run that was interrupted goes on where it was, and when two work on
//! the same run, each step counts for one of them.

use std::time::Duration;

use super::{
    Period, ReconcileError, Reconciliation, Settlement, Source, Stage, listing::FIRST,
    staff::begun, step::Step,
};
use crate::{
    Billing, Error, Result,
    gateway::stripe,
    id::ReconciliationId,
    staff::audit_log::{self, Actor},
    store::{findings, reconciliations},
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

impl Stage {
    pub(super) fn after(self, run: &Reconciliation) -> Self {
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
        let mut run = self.begin_or_resume(&wish, None).await?;
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

    /// The run of a wish; a new one, unless the same is unfinished. Who begins it at the desk is in the
    /// log then.
    pub(super) async fn begin_or_resume(
        &self,
        wish: &Wish,
        by: Option<&Actor>,
    ) -> Result<Reconciliation, ReconcileError> {
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
        let (hash, by) = (file.map(|file| file.hash), by.cloned());
        let run = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let hash = hash.as_deref();
                    let run = match reconciliations::insert(tx, &run, hash).await? {
                        true => run,
                        false => {
                            let same = reconciliations::unfinished(tx, &run, hash).await?;
                            // It ended at this very moment.
                            same.ok_or(Error::Busy)?
                        }
                    };
                    if let Some(by) = by {
                        audit_log::record(tx, &by, &begun(&run), now).await?;
                    }
                    Ok::<_, Error>(run)
                })
            })
            .await?;
        Ok(run)
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
            let catalog = self.catalog();
            let action = catalog
                .policy()
                .action(finding.class, offer.as_deref(), age);
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
