//! What nobody waits for: orders that nobody paid, payments, refunds and disputes whose event never
//! came, holds and credits whose time has passed, sessions and proofs that ended by themselves, events
//! that are old.

use std::time::Duration;

use futures::StreamExt;

use crate::{
    Billing, Result,
    dispute::{CHECK_EVERY, Dispute},
    order::{FIRST_CHECK, Order},
    plan::{Status, Subscription},
    refund::Refund,
    store::{disputes, orders, refunds, subscriptions, transactions, validations},
    transaction::Transaction,
    turn::Job,
    validation::Validation,
};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(10);
/// How many it takes at once.
const BATCH: i64 = 100;
/// How many questions to the gateway are under way at once.
const AT_ONCE: usize = 8;
/// The pause between questions about one payment doubles up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(6 * 3600);

/// Sweeps until `stop`, when it is this server's turn.
pub(crate) async fn run(billing: Billing) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = billing.stop.cancelled() => break,
        }
        if let Err(error) = billing.in_turn(Job::Sweep, billing.sweep()).await {
            tracing::error!(%error, "cannot sweep");
        }
    }
    billing.end_turn(Job::Sweep).await;
}

impl Billing {
    /// One round, whosever turn it is. Public, so that a test need not wait for the clock on the wall.
    pub async fn sweep(&self) -> Result<()> {
        let now = self.clock.now();
        let (overdue, unfinished, unchecked, plans, unpaid, unrefunded, undecided) = {
            let mut conn = self.store.read().await?;
            (
                orders::overdue(&mut conn, now, BATCH).await?,
                validations::overdue(&mut conn, now, BATCH).await?,
                transactions::due_for_check(&mut conn, now, BATCH).await?,
                subscriptions::due_for_check(&mut conn, now, BATCH).await?,
                subscriptions::past_due_since(&mut conn, now.minus(self.grace), BATCH).await?,
                refunds::due_for_check(&mut conn, now, BATCH).await?,
                disputes::due_for_check(&mut conn, now, BATCH).await?,
            )
        };
        futures::stream::iter(overdue)
            .for_each_concurrent(AT_ONCE, |order| self.expire(order))
            .await;
        futures::stream::iter(unfinished)
            .for_each_concurrent(AT_ONCE, |validation| self.forget(validation))
            .await;
        futures::stream::iter(unchecked)
            .for_each_concurrent(AT_ONCE, |transaction| self.check(transaction))
            .await;
        futures::stream::iter(plans)
            .for_each_concurrent(AT_ONCE, |plan| self.follow_up(plan))
            .await;
        futures::stream::iter(unpaid)
            .for_each_concurrent(AT_ONCE, |plan| self.give_up_plan(plan))
            .await;
        futures::stream::iter(unrefunded)
            .for_each_concurrent(AT_ONCE, |refund| self.check_refund(refund))
            .await;
        futures::stream::iter(undecided)
            .for_each_concurrent(AT_ONCE, |dispute| self.check_dispute(dispute))
            .await;
        self.expire_holds().await?;
        self.book_dates().await?;
        self.forget_dead_sessions().await?;
        self.forget_dead_proofs().await?;
        self.forget_people_in_events().await
    }

    async fn expire(&self, order: Order) {
        if let Err(error) = self.give_up(&order).await {
            tracing::warn!(order = %order.id, %error, "cannot give up an order yet");
        }
    }

    async fn forget(&self, Validation { transaction, .. }: Validation) {
        if let Err(error) = self.give_up_payment(&transaction).await {
            tracing::warn!(transaction = %transaction.id, %error, "cannot give it up yet");
        }
    }

    /// Asks about a plan whose renewal nobody has told us of.
    async fn follow_up(&self, plan: Subscription) {
        if let Err(error) = self.check_plan(&plan).await {
            tracing::warn!(plan = %plan.id, %error, "cannot ask about a plan");
        }
    }

    /// Ends a plan that has owed its renewal for too long, unless the gateway knows better.
    async fn give_up_plan(&self, plan: Subscription) {
        let ended = async {
            self.check_plan(&plan).await?;
            match self.subscription(plan.customer).await? {
                Some(now) if now.id == plan.id && now.status == Status::PastDue => {
                    self.end_plan(&now).await
                }
                _ => Ok(()),
            }
        };
        if let Err(error) = ended.await {
            tracing::warn!(plan = %plan.id, %error, "cannot end a plan yet");
        }
    }

    /// Asks the gateway about a payment that is not final, less and less often.
    async fn check(&self, transaction: Transaction) {
        let now = self.clock.now();
        let asked = async {
            self.drop_if_ended(&transaction).await?;
            self.finish_raise(&transaction).await?;
            self.ask_gateway(&transaction).await
        };
        if let Err(error) = asked.await {
            tracing::warn!(transaction = %transaction.id, %error, "cannot ask the gateway");
        }
        let id = transaction.id;
        let age = now.since(transaction.created_at);
        let again = now.plus(age.clamp(FIRST_CHECK, LONGEST_PAUSE));
        let noted = self
            .store
            .write(move |tx| Box::pin(transactions::checked(tx, id, again)))
            .await;
        if let Err(error) = noted {
            tracing::error!(transaction = %id, %error, "cannot note a check");
        }
    }

    /// Finds out what became of a refund, less and less often, or sends it at last.
    async fn check_refund(&self, refund: Refund) {
        let now = self.clock.now();
        if let Err(error) = self.follow_up_refund(&refund).await {
            tracing::warn!(refund = %refund.id, %error, "cannot follow up a refund");
        }
        let (id, age) = (refund.id, now.since(refund.created_at));
        let again = now.plus(age.clamp(FIRST_CHECK, LONGEST_PAUSE));
        let noted = self
            .store
            .write(move |tx| Box::pin(refunds::checked(tx, id, again)))
            .await;
        if let Err(error) = noted {
            tracing::error!(refund = %id, %error, "cannot note a check");
        }
    }

    async fn check_dispute(&self, dispute: Dispute) {
        if let Err(error) = self.look_at_dispute(&dispute).await {
            tracing::warn!(dispute = %dispute.id, %error, "cannot ask about a dispute");
        }
        let (id, again) = (dispute.id, self.clock.now().plus(CHECK_EVERY));
        let noted = self
            .store
            .write(move |tx| Box::pin(disputes::checked(tx, id, again)))
            .await;
        if let Err(error) = noted {
            tracing::error!(dispute = %id, %error, "cannot note a check");
        }
    }
}
