//! Takes a delivery in: verifies the raw bytes, then reads only the envelope, stores, answers. What
//! needs no more than the database is settled in the same commit: a waiting customer hears of it
//! one disk flush earlier. If that fails, it alone is undone, and the stored event is the worker's.

use super::{Event, EventStatus, worker::settle_stored};
use crate::{
    Billing, Error, Result,
    gateway::stripe::{
        self,
        event::Envelope,
        signature::{self, SignatureError},
    },
    id::InboxId,
    store::inbox,
};

/// What came in from a gateway, untouched.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// The values of the `Stripe-Signature` header, as often as it came.
    pub signatures: &'a [&'a [u8]],
    pub body: &'a [u8],
}

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
        let now = self.clock.now();
        let [header] = delivery.signatures else {
            return Err(SignatureError::Header.into());
        };
        let header = std::str::from_utf8(header).map_err(|_| SignatureError::Header)?;
        let settings = self.stripe.settings();
        signature::verify(header, delivery.body, &settings.webhook_secrets, now.unix())?;

        let body = std::str::from_utf8(delivery.body).map_err(unreadable)?;
        let envelope: Envelope = serde_json::from_str(body).map_err(unreadable)?;
        if envelope.object != "event" || envelope.id.is_empty() {
            return Err(Refused::Body("its object is not 'event'".to_owned()));
        }
        if envelope.livemode != settings.livemode() {
            return Err(Refused::Livemode(envelope.livemode));
        }
        let event = Event {
            id: InboxId::new(),
            gateway: stripe::NAME.to_owned(),
            event_id: envelope.id,
            kind: envelope.kind,
            status: EventStatus::Received,
            reason: None,
            attempts: 0,
            received_at: now,
            next_attempt_at: Some(now),
            body: body.to_owned(),
        };
        let stored = event.clone();
        let left_to_do = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    if !inbox::insert(tx, &stored, envelope.api_version.as_deref()).await? {
                        return Ok::<_, Error>(false);
                    }
                    let id = stored.event_id.clone();
                    let settled = tx.attempt(move |tx| {
                        Box::pin(async move { settle_stored(tx, &stored, now).await })
                    });
                    Ok(match settled.await? {
                        Ok(settled) => !settled,
                        Err(error) => {
                            tracing::error!(event = id, %error, "cannot settle at once");
                            true
                        }
                    })
                })
            })
            .await?;
        if left_to_do {
            // A full channel loses nothing: the worker also looks into the inbox.
            let _ = self.received.try_send(event);
        }
        Ok(())
    }
}

fn unreadable(error: impl std::fmt::Display) -> Refused {
    Refused::Body(error.to_string())
}
