//! Keys with which programs use the API. A key is shown once and stored as a hash; it can be taken
//! back, and its row stays, so that it is known for ever who was let in.

use serde_json::json;

use crate::{
    Billing, Result,
    clock::Time,
    id::ApiKeyId,
    secret::Secret,
    staff::audit_log::{self, Action, Actor, Deed, SubjectKind},
    store::api_keys,
    words::words,
};

/// What is known of a key; not the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    /// For people: which product, which server.
    pub name: String,
    pub scope: Scope,
    pub created_at: Time,
    /// To the minute; none, if it never was.
    pub last_used_at: Option<Time>,
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
    pub async fn add_api_key(
        &self,
        name: &str,
        scope: Scope,
        by: &Actor,
    ) -> Result<(ApiKey, Secret)> {
        let token = Secret::random_after(PREFIX);
        let hash = token.hash();
        let key = ApiKey {
            id: ApiKeyId::new(),
            name: name.to_owned(),
            scope,
            created_at: self.clock.now(),
            last_used_at: None,
            revoked_at: None,
        };
        let (row, by) = (key.clone(), by.clone());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    api_keys::insert(tx, &row, hash).await?;
                    let deed = Deed::new(Action::AddApiKey, SubjectKind::ApiKey, row.id)
                        .after(json!({ "name": row.name, "scope": row.scope.as_str() }));
                    audit_log::record(tx, &by, &deed, row.created_at).await
                })
            })
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

    /// A key, also one that was revoked.
    pub async fn find_api_key(&self, id: ApiKeyId) -> Result<Option<ApiKey>> {
        api_keys::find(&mut self.store.read().await?, id).await
    }

    /// Writes down that a key was used, without making anybody wait for it.
    pub fn api_key_used(&self, id: ApiKeyId) {
        let (store, now) = (self.store.clone(), self.clock.now());
        self.tasks.spawn(async move {
            let noted = store.write(move |tx| Box::pin(api_keys::used(tx, id, now)));
            if let Err(error) = noted.await {
                tracing::warn!(%error, "cannot write down the use of a key");
            }
        });
    }

    /// Takes a key back, at once and for good. Answers whether there was one to take.
    pub async fn revoke_api_key(&self, id: ApiKeyId, reason: &str, by: &Actor) -> Result<bool> {
        let (by, now) = (by.clone(), self.clock.now());
        let deed = Deed::new(Action::RevokeApiKey, SubjectKind::ApiKey, id).because(reason);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let revoked = api_keys::revoke(tx, id, now).await?;
                    if revoked {
                        audit_log::record(tx, &by, &deed, now).await?;
                    }
                    Ok(revoked)
                })
            })
            .await
    }
}
