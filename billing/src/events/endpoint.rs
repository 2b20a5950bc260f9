//! Where events are sent: an operator registers endpoints, each with a secret of its own.

use reqwest::{StatusCode, Url};
use serde_json::json;

use super::EventType;
use crate::{
    Billing, Error, Result,
    clock::Time,
    id::{EndpointId, EventId},
    retry::GIVE_UP_AFTER,
    secret::Secret,
    staff::audit_log::{self, Action, Actor, Deed, SubjectKind},
    store::{deliveries, endpoints},
};

/// Where events are sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    pub id: EndpointId,
    pub url: String,
    /// What is sent there is signed with it.
    pub secret: Secret,
    /// What it is told; without any, everything.
    pub types: Vec<EventType>,
    pub created_at: Time,
    pub disabled_at: Option<Time>,
}

/// An endpoint, and how it fares.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    pub endpoint: Endpoint,
    /// How many events are on their way.
    pub pending: i64,
    pub delivered: i64,
    /// How many were given up.
    pub failed: i64,
    /// Why the last one that was tried in vain did not get through, as long as it has not.
    pub trouble: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    #[error("expected https://…, or http:// on this machine")]
    Url,
    #[error("there is no enabled endpoint {0}")]
    Unknown(EndpointId),
    #[error(transparent)]
    Other(#[from] Error),
}

/// How many events are sent once more.
pub type Replayed = u64;

/// The form of a secret, as the specification has it: this word, and 24 to 64 bytes in base64. Hex
/// digits in fours are base64, too; read as that, those of a [`Secret`] are 48 bytes.
const PREFIX: &str = "whsec_";

impl Billing {
    /// Registers an endpoint, for these types or for all.
    ///
    /// # Errors
    /// [`EndpointError::Url`] when what is sent there could be read on its way.
    pub async fn add_endpoint(
        &self,
        url: &str,
        types: Vec<EventType>,
        by: &Actor,
    ) -> Result<Endpoint, EndpointError> {
        let endpoint = Endpoint {
            id: EndpointId::new(),
            url: safe(url).ok_or(EndpointError::Url)?.into(),
            secret: Secret::random_after(PREFIX),
            types,
            created_at: self.clock.now(),
            disabled_at: None,
        };
        let (row, by) = (endpoint.clone(), by.clone());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    endpoints::insert(tx, &row).await?;
                    let types: Vec<_> = row.types.iter().map(|kind| kind.as_str()).collect();
                    // A password in an address stays out of the log.
                    let host = row.url.parse::<Url>().ok();
                    let host = host.and_then(|url| url.host_str().map(str::to_owned));
                    let deed = Deed::new(Action::AddEndpoint, SubjectKind::Endpoint, row.id)
                        .after(json!({ "host": host, "types": types }));
                    audit_log::record(tx, &by, &deed, row.created_at).await
                })
            })
            .await?;
        Ok(endpoint)
    }

    /// All endpoints there ever were, newest first.
    pub async fn endpoints(&self) -> Result<Vec<Listed>> {
        endpoints::all(&mut self.store.read().await?).await
    }

    /// An endpoint and how it fares, also one that is disabled.
    pub async fn endpoint(&self, id: EndpointId) -> Result<Option<Listed>> {
        endpoints::listed(&mut self.store.read().await?, id).await
    }

    /// The secret of an endpoint, for who has lost it. That it was shown is written down.
    pub async fn endpoint_secret(
        &self,
        id: EndpointId,
        by: &Actor,
    ) -> Result<Secret, EndpointError> {
        let endpoint = self.enabled(id).await?;
        self.record_of_endpoint(Action::ShowEndpointSecret, id, by)
            .await?;
        Ok(endpoint.secret)
    }

    /// Posts an event of the type `endpoint.test` to an endpoint, once and at once. Answers what it
    /// answered, or in words why it did not.
    pub async fn test_endpoint(
        &self,
        id: EndpointId,
        by: &Actor,
    ) -> Result<Result<StatusCode, String>, EndpointError> {
        let endpoint = self.enabled(id).await?;
        self.record_of_endpoint(Action::TestEndpoint, id, by)
            .await?;
        let timestamp = self.clock.now();
        let data = json!({ "object": "endpoint", "id": id });
        let body = json!({ "type": "endpoint.test", "timestamp": timestamp, "data": data });
        let (event, body) = (EventId::new().to_string(), body.to_string());
        Ok(self.post_to(&endpoint, event, body).await)
    }

    async fn enabled(&self, id: EndpointId) -> Result<Endpoint, EndpointError> {
        let found = endpoints::find(&mut self.store.read().await?, id).await?;
        found
            .filter(|endpoint| endpoint.disabled_at.is_none())
            .ok_or(EndpointError::Unknown(id))
    }

    async fn record_of_endpoint(&self, action: Action, id: EndpointId, by: &Actor) -> Result<()> {
        let (by, now) = (by.clone(), self.clock.now());
        let deed = Deed::new(action, SubjectKind::Endpoint, id);
        self.store
            .write(move |tx| Box::pin(async move { audit_log::record(tx, &by, &deed, now).await }))
            .await
    }

    /// Sends nothing there any more, and gives up what is on its way.
    pub async fn disable_endpoint(
        &self,
        id: EndpointId,
        reason: &str,
        by: &Actor,
    ) -> Result<(), EndpointError> {
        let (by, now) = (by.clone(), self.clock.now());
        let deed = Deed::new(Action::DisableEndpoint, SubjectKind::Endpoint, id).because(reason);
        let disabled = self.store.write(move |tx| {
            Box::pin(async move {
                let first = endpoints::disable(tx, id, now).await?;
                deliveries::give_up_all(tx, id).await?;
                if first {
                    audit_log::record(tx, &by, &deed, now).await?;
                }
                Ok::<_, Error>(first)
            })
        });
        match disabled.await? {
            true => Ok(()),
            false => Err(EndpointError::Unknown(id)),
        }
    }

    /// Sends an endpoint once more what it was told, or would have been told, since then.
    pub async fn replay_events(
        &self,
        id: EndpointId,
        since: Time,
        by: &Actor,
    ) -> Result<Replayed, EndpointError> {
        let (by, now) = (by.clone(), self.clock.now());
        let replayed = self.store.write(move |tx| {
            Box::pin(async move {
                let endpoint = endpoints::find(tx, id).await?;
                if endpoint.is_none_or(|endpoint| endpoint.disabled_at.is_some()) {
                    return Err(EndpointError::Unknown(id));
                }
                let give_up_at = now.plus(GIVE_UP_AFTER);
                let replayed = deliveries::replay(tx, id, since, now, give_up_at).await?;
                tx.ring(super::BELL);
                let deed = Deed::new(Action::ReplayEvents, SubjectKind::Endpoint, id)
                    .after(json!({ "since": since, "events": replayed }));
                audit_log::record(tx, &by, &deed, now).await?;
                Ok(replayed)
            })
        });
        replayed.await
    }
}

/// The address, if nobody on the way can read what is sent there.
fn safe(url: &str) -> Option<Url> {
    let url: Url = url.trim().parse().ok()?;
    let is_safe = match (url.scheme(), url.host_str()?) {
        ("https", _) | ("http", "localhost") => true,
        ("http", host) => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let address = host.parse::<std::net::IpAddr>();
            address.is_ok_and(|address| address.is_loopback())
        }
        _ => false,
    };
    is_safe.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_told_in_the_clear() {
        for url in [
            "https://shop.example/hooks",
            "http://localhost:3000/hooks",
            "http://127.0.0.1:3000",
            "http://[::1]:3000/",
        ] {
            assert!(safe(url).is_some(), "{url}");
        }
        for url in [
            "http://shop.example/hooks",
            "http://localhost.example/",
            "http://10.0.0.1/",
            "ftp://localhost/",
            "shop.example",
            "",
        ] {
            assert!(safe(url).is_none(), "{url}");
        }
    }

    #[test]
    fn a_secret_is_one_as_the_specification_has_it() {
        let secret = Secret::random_after(PREFIX);
        assert!(standardwebhooks::Webhook::new(secret.as_str()).is_ok());
    }
}
