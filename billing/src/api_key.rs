//! Keys with which programs use the API. A key is shown once and stored as a hash; it can be taken
//! back, and its row stays, so that it is known for ever who was let in.

use crate::{
    Billing, Result, clock::Time, id::ApiKeyId, secret::Secret, store::api_keys, words::words,
};

/// What is known of a key; not the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    /// For people: which product, which server.
    pub name: String,
    pub scope: Scope,
    pub created_at: Time,
    pub revoked_at: Option<Time>,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    Read,
    Write,
}

words!(Scope { Read = "read", Write = "write" });

/// In front of every key, so that people and scanners of leaked secrets know what it is.
const PREFIX: &str = "tender_key_";

impl Billing {
    /// Makes a key. The token is nowhere else.
    pub async fn add_api_key(&self, name: &str, scope: Scope) -> Result<(ApiKey, Secret)> {
        let token = Secret::random_after(PREFIX);
        let hash = token.hash();
        let key = ApiKey {
            id: ApiKeyId::new(),
            name: name.to_owned(),
            scope,
            created_at: self.clock.now(),
            revoked_at: None,
        };
        let row = key.clone();
        self.store
            .write(move |tx| Box::pin(async move { api_keys::insert(tx, &row, hash).await }))
            .await?;
        Ok((key, token))
    }

    /// The key that a token is, unless it was revoked.
    pub async fn api_key(&self, token: &Secret) -> Result<Option<ApiKey>> {
        if !token.as_str().starts_with(PREFIX) {
            return Ok(None);
        }
        api_keys::live(&mut self.store.read().await?, token.hash()).await
    }

    /// All keys there ever were, newest first.
    pub async fn api_keys(&self) -> Result<Vec<ApiKey>> {
        api_keys::all(&mut self.store.read().await?).await
    }

    /// Takes a key back, at once and for good. Answers whether there was one to take.
    pub async fn revoke_api_key(&self, id: ApiKeyId) -> Result<bool> {
        let now = self.clock.now();
        self.store
            .write(move |tx| Box::pin(api_keys::revoke(tx, id, now)))
            .await
    }
}
