//! The gateway's own list of its events: newest first, a page at a time, 30 days back.
//! Source: <https://docs.stripe.com/api/events/list>.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{client::Stripe, event::Envelope};
use crate::{clock::Time, gateway::GatewayError};

/// So long the gateway remembers an event.
pub(crate) const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);
/// The longest page that it gives.
const PAGE: u8 = 100;

/// An event in the list.
pub(crate) struct Listed {
    pub id: String,
    pub kind: String,
    pub created: Time,
    /// As it stands there, byte for byte.
    pub body: Box<RawValue>,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Box<RawValue>>,
    has_more: bool,
}

impl Stripe {
    /// What happened from one moment on and before the other, by the gateway's clock and in whole
    /// seconds, newest first. Nothing, when it fills more than so many pages.
    pub(crate) async fn events_between(
        &self,
        from: Time,
        until: Option<Time>,
        pages: usize,
    ) -> Result<Option<Vec<Listed>>, GatewayError> {
        let mut listed = Vec::<Listed>::new();
        for _ in 0..pages {
            let mut path = format!("/v1/events?limit={PAGE}&created[gte]={}", from.unix());
            if let Some(until) = until {
                path += &format!("&created[lt]={}", until.unix());
            }
            if let Some(last) = listed.last() {
                path += &format!("&starting_after={}", last.id);
            }
            let request = self.request(reqwest::Method::GET, &path);
            let Page { data, has_more } = self.send(request).await?;
            let is_last = !has_more || data.is_empty();
            for body in data {
                listed.push(Listed::read(body)?);
            }
            if is_last {
                return Ok(Some(listed));
            }
        }
        Ok(None)
    }
}

impl Listed {
    fn read(body: Box<RawValue>) -> Result<Self, GatewayError> {
        let envelope: Envelope = serde_json::from_str(body.get())
            .map_err(|error| GatewayError::Unreadable(error.to_string()))?;
        Ok(Self {
            id: envelope.id,
            kind: envelope.kind,
            created: Time::from_unix(envelope.created.unwrap_or_default()),
            body,
        })
    }
}
