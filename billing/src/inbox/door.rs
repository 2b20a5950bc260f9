//! Takes a delivery in: verifies the raw bytes, then reads them, stores, answers. What needs no more
//! than the database is settled in the same commit: a waiting customer hears of it one disk flush
//! earlier. If that fails, the event is stored by itself, for the worker.

use super::{
    Cause, Event, EventStatus,
    act::{about, act},
};
use crate::{
    Billing, Error, Result,
    clock::Time,
    gateway::{
        Meaning, Witness,
        stripe::{
            self,
            event::Envelope,
            signature::{self, SignatureError},
        },
    },
    id::InboxId,
    metrics::METRICS,
    staff::figures::{DELAYS, What},
    store::{Tx, inbox},
    transaction::Settled,
};

/// What came in from a gateway, untouched.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// The values of the `Stripe-Signature` header, as often as it came.
    pub signatures: &'a [&'a [u8]],
    /// What the sender calls itself.
    pub user_agent: Option<&'a str>,
    pub body: &'a [u8],
}

/// How an event came: who tells it, and the headers that are kept of it.
#[derive(Clone, Copy)]
pub(super) struct Came<'a> {
    pub witness: Witness,
    pub signature: Option<&'a str>,
    pub user_agent: Option<&'a str>,
}

/// More is not kept of a header.
const HEADER_CHARS: usize = 500;

/// Why a delivery was not stored.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("{0}")]
    Signature(#[from] SignatureError),
    #[error("the body is not an event: {0}")]
    Body(String),
    #[error("the event is of the other mode: livemode is {0}")]
    Livemode(bool),
    /// It was genuine and could not be stored: the gateway must send it again.
    #[error(transparent)]
    Other(#[from] Error),
}

impl Billing {
    /// Stores an event of Stripe's. Answers once it is durable, whether it is new or came before.
    pub async fn receive(&self, delivery: Delivery<'_>) -> Result<(), Refused> {
        let received = self.take_in(delivery).await;
        let result = match &received {
            Ok(()) => "stored",
            Err(Refused::Other(_)) => "failed",
            Err(_) => "refused",
        };
        METRICS.webhooks.get_or_create(&[("result", result)]).inc();
        if let Some(cause) = received.as_ref().err().and_then(Cause::of) {
            self.refusals.add(cause, 1);
        }
        received
    }

    async fn take_in(&self, delivery: Delivery<'_>) -> Result<(), Refused> {
        kill_point!("event-received");
        let now = self.clock.now();
        let [header] = delivery.signatures else {
            return Err(SignatureError::Header.into());
        };
        let header = std::str::from_utf8(header).map_err(|_| SignatureError::Header)?;
        let settings = self.stripe.settings();
        signature::verify(header, delivery.body, &settings.webhook_secrets, now.unix())?;
        kill_point!("event-verified");

        let body = std::str::from_utf8(delivery.body).map_err(unreadable)?;
        let came = Came {
            witness: Witness::Webhook,
            signature: Some(header),
            user_agent: delivery.user_agent,
        };
        self.admit(body, came).await
    }

    /// Reads, stores and settles an event that is certainly the gateway's own.
    pub(super) async fn admit(&self, body: &str, came: Came<'_>) -> Result<(), Refused> {
        let now = self.clock.now();
        let settings = self.stripe.settings();
        let envelope: Envelope = serde_json::from_str(body).map_err(unreadable)?;
        if envelope.object != "event" || envelope.id.is_empty() {
            return Err(Refused::Body("its object is not 'event'".to_owned()));
        }
        if envelope.has_zeros() {
            return Err(Refused::Body("its id or type holds a zero".to_owned()));
        }
        if envelope.livemode != settings.livemode() {
            return Err(Refused::Livemode(envelope.livemode));
        }
        if let (Some(created), Witness::Webhook) = (envelope.created, came.witness) {
            let lag = now.since(Time::from_unix(created));
            METRICS.webhook_lag.observe(lag.as_secs_f64());
            DELAYS.observe(What::Webhook, lag, now);
        }
        let kept = |header: &str| header.chars().take(HEADER_CHARS).collect();
        let mut event = Event {
            id: InboxId::new(),
            gateway: stripe::NAME.to_owned(),
            event_id: envelope.id,
            kind: envelope.kind,
            witness: came.witness,
            status: EventStatus::Received,
            reason: None,
            attempts: 0,
            duplicates: 0,
            transaction: None,
            signature: came.signature.map(kept),
            user_agent: came.user_agent.map(kept),
            received_at: now,
            next_attempt_at: Some(now),
            body: body.to_owned(),
        };
        let version = envelope.api_version;
        let kept = match stripe::event::meaning(&event.kind, body) {
            Ok(Meaning::Ignored(reason)) => {
                event.status = EventStatus::Ignored;
                event.reason = Some(reason.to_owned());
                event.next_attempt_at = None;
                self.keep(&event, version).await?;
                Kept::Done
            }
            Ok(meaning) => {
                event.transaction = meaning.transaction();
                match self.keep_and_act(&event, version.clone(), meaning).await {
                    // The database takes nothing at the moment.
                    Err(error @ (Error::Busy | Error::Unavailable | Error::Commit(_))) => {
                        return Err(error.into());
                    }
                    Err(error) => {
                        tracing::error!(event = event.event_id, %error, "cannot settle at once");
                        self.keep(&event, version).await?
                    }
                    Ok(kept) => kept,
                }
            }
            Err(_) => self.keep(&event, version).await?,
        };
        if kept == Kept::ForTheWorker {
            // A full channel loses nothing: the worker also looks into the inbox.
            let _ = self.received.try_send(event);
        }
        kill_point!("event-kept");
        Ok(())
    }

    /// Stores an event as it stands.
    async fn keep(&self, event: &Event, api_version: Option<String>) -> Result<Kept> {
        let event = event.clone();
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    Ok(
                        match inbox::insert(tx, &event, api_version.as_deref()).await? {
                            true => Kept::ForTheWorker,
                            false => Kept::Done,
                        },
                    )
                })
            })
            .await
    }

    /// Stores an event and acts on it, both or neither.
    async fn keep_and_act(
        &self,
        event: &Event,
        api_version: Option<String>,
        meaning: Meaning,
    ) -> Result<Kept> {
        let (now, event, spent) = (event.received_at, event.clone(), self.spent);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let done = Event {
                        status: EventStatus::Processed,
                        next_attempt_at: None,
                        ..event
                    };
                    if !inbox::insert(tx, &done, api_version.as_deref()).await? {
                        return Ok(Kept::Done);
                    }
                    kill_point!("event-stored");
                    let settled = act(tx, &done, &meaning, done.witness, spent, now).await?;
                    link(tx, &done, &meaning).await?;
                    match settled {
                        Settled::Done => Ok(Kept::Done),
                        Settled::Doubtful | Settled::Unknown => {
                            inbox::reopen(tx, done.id, now).await?;
                            Ok(Kept::ForTheWorker)
                        }
                    }
                })
            })
            .await
    }
}

/// Notes what an event is about that does not name it itself.
pub(super) async fn link(tx: &mut Tx, event: &Event, meaning: &Meaning) -> Result<()> {
    match event.transaction {
        Some(_) => Ok(()),
        None => match about(tx, meaning).await? {
            Some(transaction) => inbox::link(tx, event.id, transaction).await,
            None => Ok(()),
        },
    }
}

/// What is left to do with an event that is in the inbox.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Done,
    ForTheWorker,
}

fn unreadable(error: impl std::fmt::Display) -> Refused {
    Refused::Body(error.to_string())
}
