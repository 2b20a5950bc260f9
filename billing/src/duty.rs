//! What a gateway must still be told: written down in the commit that makes it so, and done by a
//! worker until it is done, through crashes and outages. Each duty looks at how things are when it
//! is done, so doing it twice is doing it once.

use std::time::Duration;

use futures::StreamExt;
use uuid::Uuid;

use crate::{
    Billing, Result, card,
    clock::Time,
    gateway::{
        GatewayError, PaymentStatus,
        stripe::{self, is_invoice},
    },
    id::CustomerId,
    plan::Status,
    retry,
    store::{Tx, cards, duties, gateway_customers, people, subscriptions},
    turn::Job,
    words::words,
};

/// Something that a gateway must still be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Duty {
    pub kind: DutyKind,
    /// What it is about: the gateway's id of a payment or a card, or our id of a customer.
    pub subject: String,
    pub customer: CustomerId,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it is not done yet.
    pub trouble: Option<String>,
    pub owed_at: Time,
    pub next_attempt_at: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DutyKind {
    /// An amount that is set aside on a card is given back.
    Release,
    /// A card that is to stay is looked at, to know what is printed on it. When an invoice is named
    /// it is the card that paid it, and a plan is paid with it from now on.
    KeepCard,
    /// A card that was removed is taken from the customer there, too.
    DetachCard,
    /// The customer there is as the one here: with which card plans are paid, and the address, which
    /// is none once the account is closed.
    DefaultCard,
}

words!(DutyKind {
    Release = "release",
    KeepCard = "keep_card",
    DetachCard = "detach_card",
    DefaultCard = "default_card",
});

/// How often duties are looked for when nobody announces one.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How many are taken at once, and how many of them are under way together.
const BATCH: i64 = 100;
const AT_ONCE: usize = 8;
/// The pause before the second attempt; it doubles each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// Under this id the worker waits for new duties.
const BELL: Uuid = Uuid::nil();

/// Writes a duty down, once: one that was done stays done.
pub(crate) async fn owe(
    tx: &mut Tx,
    kind: DutyKind,
    subject: &str,
    customer: CustomerId,
    now: Time,
) -> Result<()> {
    write_down(tx, kind, subject.to_owned(), customer, now, false).await
}

/// The default card or the address has changed, whatever the gateway was told before.
pub(crate) async fn owe_customer(tx: &mut Tx, customer: CustomerId, now: Time) -> Result<()> {
    let subject = customer.to_string();
    write_down(tx, DutyKind::DefaultCard, subject, customer, now, true).await
}

async fn write_down(
    tx: &mut Tx,
    kind: DutyKind,
    subject: String,
    customer: CustomerId,
    now: Time,
    again: bool,
) -> Result<()> {
    let duty = Duty {
        kind,
        subject,
        customer,
        attempts: 0,
        trouble: None,
        owed_at: now,
        next_attempt_at: Some(now),
    };
    duties::owe(tx, stripe::NAME, &duty, again).await?;
    tx.ring(BELL);
    Ok(())
}

/// Works until `stop`, when it is this server's turn.
pub(crate) async fn run(billing: Billing) {
    let mut bell = billing.store.updates.subscribe(BELL);
    let mut tick = tokio::time::interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = bell.changed() => {}
            _ = tick.tick() => {}
            () = billing.stop.cancelled() => break,
        }
        if let Err(error) = billing.in_turn(Job::Duties, billing.do_duties()).await {
            tracing::error!(%error, "cannot look for duties");
        }
    }
    billing.end_turn(Job::Duties).await;
}

impl Billing {
    /// Does all duties whose turn has come. Public, so that a test need not wait for the worker.
    pub async fn do_duties(&self) -> Result<()> {
        let now = self.clock.now();
        let due = duties::due(&mut self.store.read().await?, now, BATCH).await?;
        futures::stream::iter(due)
            .for_each_concurrent(AT_ONCE, |duty| self.try_duty(duty))
            .await;
        Ok(())
    }

    async fn try_duty(&self, duty: Duty) {
        let (trouble, again) = match self.do_duty(&duty).await {
            Ok(()) => (None, None),
            Err(error) => {
                tracing::warn!(kind = %duty.kind, subject = duty.subject, %error, "not done yet");
                let pause = retry::doubled(FIRST_PAUSE, duty.attempts, LONGEST_PAUSE);
                (Some(error.to_string()), Some(self.clock.now().plus(pause)))
            }
        };
        let noted = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    duties::tried(tx, stripe::NAME, &duty, trouble.as_deref(), again).await
                })
            })
            .await;
        if let Err(error) = noted {
            // It is still owed, and doing it again does no harm.
            tracing::error!(%error, "cannot note a duty");
        }
    }

    async fn do_duty(&self, duty: &Duty) -> Result<()> {
        match duty.kind {
            DutyKind::Release => self.release(&duty.subject).await,
            DutyKind::KeepCard => self.look_at_card(duty).await,
            DutyKind::DetachCard => self.detach_card(&duty.subject).await,
            DutyKind::DefaultCard => self.tell_customer(duty.customer).await,
        }
    }

    async fn release(&self, reference: &str) -> Result<()> {
        let refused = match self.stripe.cancel_payment(reference).await {
            Err(error @ GatewayError::Refused { .. }) => error,
            answer => return Ok(answer.map(drop)?),
        };
        match self.stripe.payment(reference).await?.status {
            PaymentStatus::Canceled | PaymentStatus::Released => Ok(()),
            _ => Err(refused.into()),
        }
    }

    async fn look_at_card(&self, duty: &Duty) -> Result<()> {
        let pays_plan = is_invoice(&duty.subject);
        let method = match pays_plan {
            true => self.stripe.method_behind(&duty.subject).await?,
            false => Some(self.stripe.method(&duty.subject).await?),
        };
        let Some(method) = method else { return Ok(()) };
        let (customer, now) = (duty.customer, self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    match method.owner {
                        Some(_) => {
                            card::keep(tx, customer, &method, None, now).await?;
                            match pays_plan {
                                true => card::prefer(tx, &method.reference, now).await,
                                false => Ok(()),
                            }
                        }
                        // Removed meanwhile: there is nothing left to keep.
                        None => card::forget(tx, &method.reference, now).await,
                    }
                })
            })
            .await
    }

    async fn detach_card(&self, reference: &str) -> Result<()> {
        let refused = match self.stripe.detach(reference).await {
            Err(error) if error.is_missing() => return Ok(()),
            Err(error @ GatewayError::Refused { .. }) => error,
            answer => return Ok(answer.map(drop)?),
        };
        match self.stripe.method(reference).await?.owner {
            None => Ok(()),
            Some(_) => Err(refused.into()),
        }
    }

    async fn tell_customer(&self, customer: CustomerId) -> Result<()> {
        let mut conn = self.store.read().await?;
        let owner = gateway_customers::reference(&mut conn, stripe::NAME, customer).await?;
        // Nobody there: nothing to tell.
        let Some(owner) = owner else { return Ok(()) };
        let cards = cards::of_customer(&mut conn, customer).await?;
        let email = people::email_of(&mut conn, customer).await?;
        let plan = subscriptions::live(&mut conn, customer).await?;
        drop(conn);
        let default = cards.iter().find(|card| card.is_default);
        let method = default.map(|card| card.reference.as_str());
        let told = self
            .stripe
            .update_customer(&owner, email.as_deref(), method);
        told.await?;
        // A plan that is not paid yet takes the card that pays it.
        let begun = plan.filter(|plan| plan.status != Status::Starting);
        match (begun.and_then(|plan| plan.reference), method) {
            (Some(plan), Some(card)) => self.tell_plan_card(&plan, card).await,
            _ => Ok(()),
        }
    }

    async fn tell_plan_card(&self, plan: &str, card: &str) -> Result<()> {
        let refused = match self.stripe.set_plan_method(plan, card).await {
            Err(error @ GatewayError::Refused { .. }) => error,
            answer => return Ok(answer.map(drop)?),
        };
        match self.stripe.plan(plan).await?.status {
            // It is paid with nothing any more.
            Status::Ended => Ok(()),
            _ => Err(refused.into()),
        }
    }
}
