//! Acts on stored events: new ones as they come, and all others whose turn has come again. What it
//! does is marked in the same database transaction as its effects, so a crash in between repeats
//! both or neither.

use std::time::Duration;

use futures::StreamExt;
use tokio::sync::mpsc;

use super::{Event, EventStatus, act::act, door::link};
use crate::{
    Billing, Result,
    clock::Time,
    gateway::{Meaning, Witness, stripe},
    retry,
    store::inbox,
    transaction::Settled,
};

/// How many events are worked on at once; their writes are committed together.
const AT_ONCE: usize = 256;
/// How often the inbox itself is looked into.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// New events are left to the channel for so long before the look into the inbox takes them.
const GRACE: Duration = Duration::from_secs(5);
/// The pause before the second attempt; it doubles each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// An event whose transaction never came is given up after this. Gateways retry for three days.
const PARKED_FOR: Duration = Duration::from_secs(3 * 24 * 3600);

/// Works until `stop`. What is in its hands then is finished; the rest stays in the inbox.
pub(crate) async fn run(billing: Billing, mut received: mpsc::Receiver<Event>) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut events = Vec::with_capacity(AT_ONCE);
    let mut first = true;
    loop {
        tokio::select! {
            _ = received.recv_many(&mut events, AT_ONCE) => {}
            _ = look.tick() => {
                billing.write_refusals().await;
                events = billing.due_events(std::mem::take(&mut first)).await;
            }
            () = billing.stop.cancelled() => return billing.write_refusals().await,
        }
        futures::stream::iter(events.drain(..))
            .for_each_concurrent(AT_ONCE, |event| billing.process(event))
            .await;
    }
}

impl Billing {
    /// One round, event by event. Public, so that a test need not wait for the clock on the wall.
    pub async fn process_events(&self) {
        for event in self.due_events(true).await {
            self.process(event).await;
        }
    }

    /// What lies in the inbox and is due. At start that includes events received a moment ago.
    async fn due_events(&self, at_start: bool) -> Vec<Event> {
        let now = self.clock.now();
        let found = async { inbox::due(&mut self.store.read().await?, now, AT_ONCE as i64).await };
        match found.await {
            Ok(events) => events
                .into_iter()
                .filter(|event| {
                    at_start || event.attempts > 0 || now.since(event.received_at) >= GRACE
                })
                .collect(),
            Err(error) => {
                tracing::error!(%error, "cannot look into the inbox");
                Vec::new()
            }
        }
    }

    /// Acts on one event, and writes down what came of it.
    pub(super) async fn process(&self, event: Event) {
        kill_point!("event-claimed");
        let outcome = match stripe::event::meaning(&event.kind, &event.body) {
            Ok(Meaning::Ignored(reason)) => self.close(&event, EventStatus::Ignored, reason).await,
            Ok(meaning) => self.process_meaning(&event, meaning).await,
            Err(error) => {
                self.postpone(&event, EventStatus::Failed, error.to_string())
                    .await
            }
        };
        if let Err(error) = outcome {
            tracing::error!(event = event.event_id, %error, "cannot process");
            let postponed = self
                .postpone(&event, EventStatus::Failed, error.to_string())
                .await;
            if let Err(error) = postponed {
                // It keeps its place in the inbox, and the next look finds it there.
                tracing::error!(event = event.event_id, %error, "cannot write that down");
            }
        }
    }

    async fn process_meaning(&self, event: &Event, meaning: Meaning) -> Result<()> {
        let mut ours = meaning.is_ours();
        let mut settled = self
            .settle_event(event, meaning.clone(), event.witness)
            .await?;
        if settled == Settled::Unknown
            && let Some(payment) = meaning.payment_behind()
        {
            ours |= self.learn_of(payment).await?;
            settled = self
                .settle_event(event, meaning.clone(), event.witness)
                .await?;
        }
        if settled == Settled::Doubtful {
            let meaning = self.stripe.as_it_is_now(meaning).await?;
            settled = self.settle_event(event, meaning, Witness::Fetch).await?;
        }
        match settled {
            Settled::Done | Settled::Doubtful => Ok(()),
            Settled::Unknown if !ours => {
                self.close(event, EventStatus::Ignored, "nothing of ours")
                    .await
            }
            Settled::Unknown if self.clock.now().since(event.received_at) > PARKED_FOR => {
                self.close(event, EventStatus::Ignored, "its transaction never came")
                    .await
            }
            Settled::Unknown => {
                let reason = "its transaction is not there yet".to_owned();
                self.postpone(event, EventStatus::Parked, reason).await
            }
        }
    }

    /// Settles what an event says and marks the event, both or neither.
    async fn settle_event(
        &self,
        event: &Event,
        meaning: Meaning,
        witness: Witness,
    ) -> Result<Settled> {
        let (event, now, spent) = (event.clone(), self.clock.now(), self.spent);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let settled = act(tx, &event, &meaning, witness, spent, now).await?;
                    link(tx, &event, &meaning).await?;
                    if settled == Settled::Done {
                        inbox::close(tx, event.id, EventStatus::Processed, None).await?;
                    }
                    Ok(settled)
                })
            })
            .await
    }

    async fn close(&self, event: &Event, status: EventStatus, reason: &'static str) -> Result<()> {
        let id = event.id;
        self.store
            .write(move |tx| {
                Box::pin(async move { inbox::close(tx, id, status, Some(reason)).await })
            })
            .await
    }

    /// Leaves the event for later.
    async fn postpone(&self, event: &Event, status: EventStatus, reason: String) -> Result<()> {
        let again = next_attempt(event, self.clock.now());
        let event = event.clone();
        self.store
            .write(move |tx| {
                Box::pin(async move { inbox::postpone(tx, &event, status, &reason, again).await })
            })
            .await
    }
}

fn next_attempt(event: &Event, now: Time) -> Time {
    now.plus(retry::doubled(FIRST_PAUSE, event.attempts, LONGEST_PAUSE))
}
