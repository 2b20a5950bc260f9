//! Sends what was told: right after a commit that tells something, and again, with growing pauses,
//! what did not get through. Each endpoint has a lane of its own, so that a slow one holds nobody up.
//! Several servers may look at the same rows: whoever takes a delivery first has it until the lease
//! ends. A crash between delivery and its mark repeats it under the same id.

use std::{collections::HashSet, error::Error as _, time::Duration};

use futures::{
    FutureExt, StreamExt, TryStreamExt,
    future::{BoxFuture, join_all},
    stream::{self, FuturesUnordered},
};
use jiff::Timestamp;
use reqwest::{StatusCode, header::CONTENT_TYPE};
use standardwebhooks::{
    HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook,
};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::{BELL, Delivery, Endpoint, Event};
use crate::{
    Billing, Result,
    clock::Time,
    id::EndpointId,
    retry,
    store::{Tx, deliveries, endpoints},
};

/// How many deliveries to one endpoint are under way at once.
const AT_ONCE: usize = 8;
/// How many are looked at together.
const BATCH: i64 = 64;
/// An event lets those go first who wait for the same commit, and takes along what is told meanwhile.
const BREATH: Duration = Duration::from_millis(20);
/// How often deliveries are looked for when nobody announces one.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Nobody else tries a delivery for so long after it was taken. Longer than an attempt can last.
const LEASE: Duration = Duration::from_secs(60);

/// Delivers until `stop`.
pub(crate) async fn run(billing: Billing) {
    let mut bell = billing.store.updates.subscribe(BELL);
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut busy = HashSet::new();
    let mut lanes = FuturesUnordered::<BoxFuture<(EndpointId, bool)>>::new();
    loop {
        tokio::select! {
            _ = bell.changed() => sleep(BREATH).await,
            _ = look.tick() => {}
            Some((endpoint, is_well)) = lanes.next() => {
                busy.remove(&endpoint);
                // What came while it ended is looked for at once, unless nothing can be written.
                if !is_well { continue }
            }
            () = billing.stop.cancelled() => break,
        }
        for endpoint in billing.endpoints_due().await {
            if busy.insert(endpoint.id) {
                lanes.push(billing.deliver_to(endpoint).boxed());
            }
        }
    }
    while lanes.next().await.is_some() {}
}

impl Billing {
    /// One round. Public, so that a test need not wait for the clock on the wall.
    pub async fn deliver_events(&self) {
        let endpoints = self.endpoints_due().await.into_iter();
        let lanes = endpoints.map(|endpoint| self.deliver_to(endpoint));
        join_all(lanes).await;
    }

    async fn endpoints_due(&self) -> Vec<Endpoint> {
        let now = self.clock.now();
        let due = async { endpoints::due(&mut self.store.read().await?, now).await };
        due.await.unwrap_or_else(|error| {
            tracing::error!(%error, "cannot look for deliveries");
            Vec::new()
        })
    }

    /// Delivers what is due to one endpoint. Answers which, and whether all could be written down.
    async fn deliver_to(&self, endpoint: Endpoint) -> (EndpointId, bool) {
        let id = endpoint.id;
        let done = self.clear(endpoint).await;
        if let Err(error) = &done {
            // Leases end, and then it is tried again.
            tracing::error!(endpoint = %id, %error, "cannot write down a delivery");
        }
        (id, done.is_ok())
    }

    async fn clear(&self, endpoint: Endpoint) -> Result<()> {
        if endpoint.disabled_at.is_some() {
            // It was told something by a commit that had not heard of that.
            let given_up = self
                .store
                .write(move |tx| Box::pin(deliveries::give_up_all(tx, endpoint.id)));
            return given_up.await;
        }
        while !self.is_stopping() {
            let now = self.clock.now();
            let due = {
                let mut conn = self.store.read().await?;
                deliveries::due(&mut conn, endpoint.id, now, BATCH).await?
            };
            if due.is_empty() {
                break;
            }
            stream::iter(due)
                .map(Ok)
                .try_for_each_concurrent(AT_ONCE, |delivery| {
                    self.deliver_event(&endpoint, delivery)
                })
                .await?;
        }
        Ok(())
    }

    /// Takes a delivery, makes it, and writes down what came of that.
    async fn deliver_event(&self, endpoint: &Endpoint, delivery: Delivery) -> Result<()> {
        if self.is_stopping() {
            return Ok(());
        }
        let taken = Delivery {
            attempts: delivery.attempts + 1,
            ..delivery
        };
        let (row, now) = (taken.clone(), self.clock.now());
        let ours = self.store.write(move |tx| {
            Box::pin(async move { deliveries::take(tx, &row, now, now.plus(LEASE)).await })
        });
        if !ours.await? {
            return Ok(());
        }
        let answer = tokio::select! {
            answer = self.post_event(endpoint, &taken.event) => answer,
            () = self.is_cut_off() => return Ok(()),
        };
        kill_point!("event-posted");
        let now = self.clock.now();
        self.store
            .write(move |tx| Box::pin(async move { note(tx, &taken, answer, now).await }))
            .await
    }

    /// What the endpoint answers; or why it does not, in words.
    async fn post_event(&self, endpoint: &Endpoint, event: &Event) -> Result<StatusCode, String> {
        self.post_to(endpoint, event.id.to_string(), event.body())
            .await
    }

    /// Posts a signed body to an endpoint, under this id.
    pub(super) async fn post_to(
        &self,
        endpoint: &Endpoint,
        id: String,
        body: String,
    ) -> Result<StatusCode, String> {
        // By the clock of the world, wherever ours was moved: the receiver has no other.
        let timestamp = Timestamp::now().as_second();
        let signature = Webhook::new(endpoint.secret.as_str())
            .and_then(|secret| secret.sign(&id, timestamp, body.as_bytes()))
            .map_err(|error| error.to_string())?;
        let answer = self
            .http
            .post(&endpoint.url)
            .header(CONTENT_TYPE, "application/json")
            .header(HEADER_WEBHOOK_ID, id)
            .header(HEADER_WEBHOOK_TIMESTAMP, timestamp)
            .header(HEADER_WEBHOOK_SIGNATURE, signature)
            .body(body)
            .send();
        answer
            .await
            .map(|answer| answer.status())
            .map_err(|error| in_words(&error))
    }
}

/// Marks the delivery, or leaves it for later, or gives it up.
async fn note(
    tx: &mut Tx,
    delivery: &Delivery,
    answer: Result<StatusCode, String>,
    now: Time,
) -> Result<()> {
    let status = answer.as_ref().ok().copied();
    let trouble = match answer {
        Ok(status) if status.is_success() => {
            return deliveries::delivered(tx, delivery, status, now).await;
        }
        Ok(status) => format!("it answered {status}"),
        Err(error) => retry::in_short(&error),
    };
    // An address may hold a secret, which is nothing for a log.
    let (endpoint, attempts) = (delivery.endpoint, delivery.attempts);
    tracing::warn!(event = %delivery.event.id, %endpoint, attempts, trouble, "not delivered");
    let again = now.plus(retry::pause_after(attempts));
    // It says so for good: nothing more is sent there.
    let is_gone = status == Some(StatusCode::GONE);
    let again = (!is_gone && again < delivery.give_up_at).then_some(again);
    deliveries::not_delivered(tx, delivery, status, &trouble, again).await?;
    if is_gone {
        endpoints::disable(tx, endpoint, now).await?;
        deliveries::give_up_all(tx, endpoint).await?;
    }
    Ok(())
}

/// Why there is no answer, down to its cause and without the address.
fn in_words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it did not answer in time".to_owned();
    }
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    match causes.last() {
        Some(cause) => format!("it cannot be reached: {cause}"),
        None => "it cannot be reached".to_owned(),
    }
}
