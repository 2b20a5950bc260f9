//! What staff begin: a run, and what is done about findings. Both go on when the request is answered, and
//! everything is in the audit log before it is done.

use serde_json::{Value, json};

use super::{
    ActError, Action, Class, Earning, Finding, FindingState, ReconcileError, Reconciliation, Wish,
    listing::FIRST,
};
use crate::{
    Billing, Result,
    id::{AuditId, FindingId, ReconciliationId},
    staff::{
        Permission,
        audit_log::{self, Actor, Deed, SubjectKind},
    },
    store::{self, earnings, findings, transactions},
    transaction::Transaction,
};

/// How many findings are acted on between two looks at what is left.
const BATCH: i64 = 100;

impl Billing {
    /// Begins a run, or goes on with the same one, and answers it at once: it goes on here until it is
    /// finished or the server stops. `over` is called then.
    pub async fn start_reconciliation(
        &self,
        wish: Wish,
        by: &Actor,
        over: impl FnOnce() + Send + 'static,
    ) -> Result<Reconciliation, ReconcileError> {
        let run = self.begin_or_resume(&wish, Some(by)).await?;
        let billing = self.clone();
        self.workers.spawn(async move {
            match billing.reconcile(wish, |_| ()).await {
                Ok(run) => tracing::info!(run = %run.id, lines = run.lines, "a run is finished"),
                Err(ReconcileError::Stopped) => {}
                Err(error) => tracing::error!(%error, "a run did not come to its end"),
            }
            over();
        });
        Ok(run)
    }

    /// Does something about a finding, for this reason. The same key again does nothing.
    pub async fn decide_finding(
        &self,
        key: AuditId,
        id: FindingId,
        action: Action,
        reason: &str,
        by: &Actor,
    ) -> Result<Finding, ActError> {
        let reason = reason_of(reason, by)?;
        let finding = self.finding(id).await?.ok_or(ActError::Missing)?;
        if !finding.class.actions().contains(&action) {
            return Err(ActError::NotPossible(finding.class, action));
        }
        if finding.state == FindingState::Done {
            return Ok(finding);
        }
        let (actor, now) = (by.clone(), self.clock.now());
        let is_new = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    if store::audit_log::exists(tx, key).await? {
                        return Ok::<_, crate::Error>(false);
                    }
                    let mut deed =
                        Deed::new(audit_log::Action::ActOnFinding, SubjectKind::Finding, id)
                            .because(&reason)
                            .before(json!({ "state": finding.state.as_str() }))
                            .after(json!({
                                "action": action.as_str(),
                                "class": finding.class.as_str(),
                                "amount": finding.amount.map(|amount| amount.to_string()),
                            }));
                    if let Some(id) = finding.transaction
                        && let Some(transaction) = transactions::find(tx, id).await?
                    {
                        deed = deed.of(transaction.customer);
                    }
                    store::audit_log::insert(tx, key, &actor, &deed, now).await?;
                    Ok(true)
                })
            })
            .await?;
        match is_new {
            true => self.act_on_finding(id, action, &by.name).await,
            false => self.finding(id).await?.ok_or(ActError::Missing),
        }
    }

    /// Begins to do the same about everything of a class that a run met and nobody has decided, for this
    /// reason. The same key again begins nothing. Answers how many there are; those that do not work
    /// stay, with their trouble.
    pub async fn decide_class(
        &self,
        key: AuditId,
        run: ReconciliationId,
        class: Class,
        action: Action,
        reason: &str,
        by: &Actor,
    ) -> Result<i64, ActError> {
        let reason = reason_of(reason, by)?;
        if !class.actions().contains(&action) {
            return Err(ActError::NotPossible(class, action));
        }
        let (actor, now) = (by.clone(), self.clock.now());
        let begun = self.store.write(move |tx| {
            Box::pin(async move {
                let stakes = findings::stakes(tx, run).await?;
                let of_class = stakes.iter().filter(|stake| stake.class == class);
                let amounts: Vec<String> = of_class
                    .clone()
                    .filter_map(|stake| stake.amount.map(|amount| amount.to_string()))
                    .collect();
                let count: i64 = of_class.map(|stake| stake.findings).sum();
                if store::audit_log::exists(tx, key).await? {
                    return Ok::<_, crate::Error>((count, false));
                }
                let subject = SubjectKind::Reconciliation;
                let deed = Deed::new(audit_log::Action::ActOnFindings, subject, run)
                    .because(&reason)
                    .after(json!({
                        "action": action.as_str(),
                        "class": class.as_str(),
                        "findings": count,
                        "amounts": amounts,
                    }));
                store::audit_log::insert(tx, key, &actor, &deed, now).await?;
                Ok((count, true))
            })
        });
        let (count, is_new) = begun.await?;
        if is_new {
            let (billing, by) = (self.clone(), by.name.clone());
            self.workers.spawn(async move {
                if let Err(error) = billing.act_on_met(run, class, action, &by).await {
                    tracing::error!(%run, %class, %action, %error, "cannot act on all of a class");
                }
            });
        }
        Ok(count)
    }

    /// Acts on everything undecided of a class that a run met, until it is done or we stop.
    async fn act_on_met(
        &self,
        run: ReconciliationId,
        class: Class,
        action: Action,
        by: &str,
    ) -> Result<(), ActError> {
        let mut after = FIRST;
        loop {
            let met = self.findings(run, class, Some(after), BATCH).await?;
            let Some(last) = met.last() else {
                return Ok(());
            };
            after = last.id;
            let undecided = met.iter().filter(|found| found.state != FindingState::Done);
            for finding in undecided {
                if self.is_stopping() {
                    return Ok(());
                }
                self.act_on_finding(finding.id, action, by).await?;
            }
        }
    }

    /// What stands in both books about a finding: our transaction, and the lines of the gateway.
    pub async fn evidence(&self, finding: &Finding) -> Result<(Option<Transaction>, Vec<Earning>)> {
        let Some(id) = finding.transaction else {
            return Ok((None, Vec::new()));
        };
        let mut conn = self.store.read().await?;
        let transaction = transactions::find(&mut conn, id).await?;
        Ok((transaction, earnings::of_transaction(&mut conn, id).await?))
    }

    /// What the rules say is to be done about a finding now.
    pub async fn policy_says(&self, finding: &Finding) -> Result<Action> {
        let offer = match finding.transaction {
            Some(id) => findings::offer_of(&mut self.store.read().await?, id).await?,
            None => None,
        };
        let age = self.clock.now().since(finding.happened_at);
        Ok(self
            .catalog()
            .policy()
            .action(finding.class, offer.as_deref(), age))
    }
}

/// Why somebody who may does it.
fn reason_of(reason: &str, by: &Actor) -> Result<String, ActError> {
    if by.role.is_some_and(|role| !role.may(Permission::Money)) {
        return Err(ActError::NotAllowed);
    }
    match reason.trim() {
        "" => Err(ActError::Reason),
        reason => Ok(reason.to_owned()),
    }
}

/// What the log says of a run that somebody begins.
pub(super) fn begun(run: &Reconciliation) -> Deed {
    let period = run.period.map_or(
        Value::Null,
        |period| json!({ "from": period.from, "to": period.to }),
    );
    let action = audit_log::Action::StartReconciliation;
    Deed::new(action, SubjectKind::Reconciliation, run.id).after(json!({
        "gateway": run.gateway,
        "file": run.file,
        "period": period,
        "applies": run.applies,
    }))
}
