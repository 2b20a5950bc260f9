//! What nobody waits for: orders that nobody paid, payments, refunds and disputes whose event never
//! came, holds and credits whose time has passed, sessions, proofs, proposals and views that ended by
//! themselves, events that are old.

mod round;

use std::time::Duration;

use crate::{
    Billing, Error, Result,
    clock::Time,
    dispute::{CHECK_EVERY, Dispute},
    order::{FIRST_CHECK, Order},
    plan::{Status, Subscription},
    refund::Refund,
    store::{disputes, orders, refunds, subscriptions, transactions, validations},
    transaction::{GONE, NO_NEWS, State, Transaction, review_silence},
    turn::Job,
    validation::Validation,
};
pub(crate) use round::Setbacks;
use round::{Round, is_silence};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(10);
/// How many it takes at once.
const BATCH: i64 = 100;
/// The pause between questions about one payment doubles up to this, or to that when nobody answered:
/// then it is no sign that nothing happened.
const LONGEST_PAUSE: Duration = Duration::from_secs(6 * 3600);
const LONGEST_SILENCE: Duration = Duration::from_secs(600);
/// Money that is on its way for longer is put before a person. The slowest way to pay takes two weeks.
const LONGEST_WAY: Duration = Duration::from_secs(30 * 24 * 3600);

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

/// When to ask about something again that has been there since then.
fn again(since: Time, asked: &Result<()>, now: Time) -> Time {
    let longest = match asked {
        Err(error) if is_silence(error) => LONGEST_SILENCE,
        _ => LONGEST_PAUSE,
    };
    now.plus(now.since(since).clamp(FIRST_CHECK, longest))
}

impl Billing {
    /// One round, whosever turn it is. Public, so that a test need not wait for the clock on the wall.
    pub async fn sweep(&self) -> Result<()> {
        // What needs no gateway waits for none.
        self.expire_holds().await?;
        self.book_dates().await?;
        self.forget_expired_sessions().await?;
        self.forget_expired_proofs().await?;
        self.expire_proposals().await?;
        self.end_views().await?;
        self.forget_people_in_events().await?;
        self.ask_about_all().await
    }

    /// Asks the gateway about everything that is due.
    async fn ask_about_all(&self) -> Result<()> {
        let now = self.clock.now();
        // Those that are left alone are due as well: they shall not fill a batch for themselves.
        let batch = BATCH.saturating_add(self.setbacks.left_alone(now));
        let (overdue, unfinished, unchecked, plans, unpaid, unrefunded, undecided) = {
            let mut conn = self.store.read().await?;
            (
                orders::overdue(&mut conn, now, batch).await?,
                validations::overdue(&mut conn, now, batch).await?,
                transactions::due_for_check(&mut conn, now, batch).await?,
                subscriptions::due_for_check(&mut conn, now, batch).await?,
                subscriptions::past_due_since(&mut conn, now.minus(self.grace), batch).await?,
                refunds::due_for_check(&mut conn, now, batch).await?,
                disputes::due_for_check(&mut conn, now, batch).await?,
            )
        };
        let round = Round::begin(&self.setbacks, now);
        round
            .each(overdue, |it| it.transaction.id.0, |it| self.expire(it))
            .await;
        round
            .each(unfinished, |it| it.transaction.id.0, |it| self.forget(it))
            .await;
        round
            .each(unchecked, |it| it.id.0, |it| self.check(it))
            .await;
        round
            .each(plans, |it| it.id.0, |it| self.follow_up(it))
            .await;
        round
            .each(unpaid, |it| it.id.0, |it| self.give_up_plan(it))
            .await;
        round
            .each(unrefunded, |it| it.id.0, |it| self.check_refund(it))
            .await;
        round
            .each(undecided, |it| it.id.0, |it| self.check_dispute(it))
            .await;
        Ok(())
    }

    async fn expire(&self, order: Order) -> Result<()> {
        self.give_up(&order).await.inspect_err(|error| {
            tracing::warn!(order = %order.id, %error, "cannot give up an order yet");
        })
    }

    async fn forget(&self, Validation { transaction, .. }: Validation) -> Result<()> {
        let given_up = self.give_up_payment(&transaction).await;
        given_up.inspect_err(|error| {
            tracing::warn!(transaction = %transaction.id, %error, "cannot give it up yet");
        })
    }

    /// Asks about a plan whose renewal nobody has told us of.
    async fn follow_up(&self, plan: Subscription) -> Result<()> {
        self.check_plan(&plan).await.inspect_err(|error| {
            tracing::warn!(plan = %plan.id, %error, "cannot ask about a plan");
        })
    }

    /// Ends a plan that has owed its renewal for too long, unless the gateway knows better.
    async fn give_up_plan(&self, plan: Subscription) -> Result<()> {
        let ended = async {
            self.check_plan(&plan).await?;
            match self.subscription(plan.customer).await? {
                Some(now) if now.id == plan.id && now.status == Status::PastDue => {
                    self.end_plan(&now).await
                }
                _ => Ok(()),
            }
        };
        ended.await.inspect_err(|error| {
            tracing::warn!(plan = %plan.id, %error, "cannot end a plan yet");
        })
    }

    /// Asks the gateway about a payment that is not final, less and less often. What it has nothing
    /// more to say of is put before a person, and still settled by any news.
    async fn check(&self, transaction: Transaction) -> Result<()> {
        let now = self.clock.now();
        let asked = async {
            self.drop_if_ended(&transaction).await?;
            self.finish_raise(&transaction).await?;
            self.ask_gateway(&transaction).await
        };
        let asked = asked.await.inspect_err(|error| {
            tracing::warn!(transaction = %transaction.id, %error, "cannot ask the gateway");
        });
        let again = again(transaction.created_at, &asked, now);
        let doubt = match &asked {
            _ if transaction.state != State::Processing || transaction.review.is_some() => None,
            Err(Error::Gateway(error)) if error.is_missing() => Some(GONE),
            Ok(()) if now.since(transaction.updated_at) > LONGEST_WAY => Some(NO_NEWS),
            _ => None,
        };
        let noted = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(doubt) = doubt {
                        review_silence(tx, &transaction, doubt, now).await?;
                    }
                    transactions::checked(tx, transaction.id, again).await
                })
            })
            .await;
        if let Err(error) = noted {
            tracing::error!(%error, "cannot note that the gateway was asked about a payment");
        }
        asked
    }

    /// Finds out what became of a refund, less and less often, or sends it at last.
    async fn check_refund(&self, refund: Refund) -> Result<()> {
        let now = self.clock.now();
        let asked = self.follow_up_refund(&refund).await;
        let asked = asked.inspect_err(|error| {
            tracing::warn!(refund = %refund.id, %error, "cannot follow up a refund");
        });
        let (id, again) = (refund.id, again(refund.created_at, &asked, now));
        let noted = self
            .store
            .write(move |tx| Box::pin(refunds::checked(tx, id, again)))
            .await;
        if let Err(error) = noted {
            tracing::error!(refund = %id, %error, "cannot note a check");
        }
        asked
    }

    async fn check_dispute(&self, dispute: Dispute) -> Result<()> {
        let asked = self.look_at_dispute(&dispute).await;
        let asked = asked.inspect_err(|error| {
            tracing::warn!(dispute = %dispute.id, %error, "cannot ask about a dispute");
        });
        let (id, again) = (dispute.id, self.clock.now().plus(CHECK_EVERY));
        let noted = self
            .store
            .write(move |tx| Box::pin(disputes::checked(tx, id, again)))
            .await;
        if let Err(error) = noted {
            tracing::error!(dispute = %id, %error, "cannot note a check");
        }
        asked
    }
}
