//! Webhook endpoints: where events go, and the secrets that sign them.

use serde_json::{Value, json};

use super::events;
use crate::account::{API_VERSION, Account};
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::ids;
use crate::lists::Page;

const KIND: &str = "webhook_endpoint";

/// Where one delivery goes.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub id: String,
    pub url: String,
    pub secret: String,
    pub api_version: String,
}

/// The secret is in this answer and in no other.
pub fn create(account: &mut Account, mut params: Params) -> Result<Value> {
    let url = checked_url(params.required("url")?)?;
    let enabled = params
        .list("enabled_events")?
        .filter(|events| !events.is_empty())
        .ok_or_else(|| ApiError::missing_param("enabled_events"))?;
    let version = params.text("api_version")?;
    let description = params.text("description")?;
    let metadata = params.metadata()?;
    params.flag("connect")?;
    params.finish()?;
    let secret = ids::webhook_secret();
    let mut endpoint = shape(&url, account.now());
    endpoint["api_version"] = version.into();
    endpoint["description"] = description.into();
    endpoint["enabled_events"] = enabled.into();
    endpoint["metadata"] = metadata.unwrap_or_default().into();
    let id = endpoint["id"].as_str().unwrap_or_default().to_owned();
    account.store.put(endpoint.clone());
    account.store.hide(&id, "secret", secret.clone().into());
    endpoint["secret"] = secret.into();
    Ok(endpoint)
}

/// The secret of the endpoint with this address, made when there is none yet. For whoever starts
/// the sandbox in their own process, and cannot keep a secret from one start to the next.
pub fn secret_of(account: &mut Account, url: &str, enabled: &[&str]) -> Result<String> {
    let url = checked_url(url.to_owned())?;
    let known = account
        .store
        .newest(KIND)
        .find(|endpoint| endpoint["url"] == *url);
    let mut endpoint = known.cloned().unwrap_or_else(|| shape(&url, account.now()));
    endpoint["api_version"] = API_VERSION.into();
    endpoint["status"] = "enabled".into();
    endpoint["enabled_events"] = enabled.into();
    let id = endpoint["id"].as_str().unwrap_or_default().to_owned();
    account.store.put(endpoint);
    if let Some(secret) = account.store.hidden(&id)["secret"].as_str() {
        return Ok(secret.to_owned());
    }
    let secret = ids::webhook_secret();
    account.store.hide(&id, "secret", secret.clone().into());
    Ok(secret)
}

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn update(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut endpoint = account.store.find(KIND, id)?;
    if let Some(url) = params.text("url")? {
        endpoint["url"] = checked_url(url)?.into();
    }
    if let Some(enabled) = params.list("enabled_events")? {
        endpoint["enabled_events"] = enabled.into();
    }
    if let Some(description) = params.change("description")? {
        endpoint["description"] = description.into();
    }
    if let Some(disabled) = params.flag("disabled")? {
        endpoint["status"] = if disabled { "disabled" } else { "enabled" }.into();
    }
    if let Some(metadata) = params.metadata()? {
        merge_metadata(&mut endpoint, metadata);
    }
    params.finish()?;
    account.store.put(endpoint.clone());
    Ok(endpoint)
}

pub fn delete(account: &mut Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)?;
    account.store.remove(id);
    Ok(json!({ "id": id, "object": KIND, "deleted": true }))
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    params.finish()?;
    page.cut("/v1/webhook_endpoints", account.store.newest(KIND))
}

/// Every endpoint that wants events of this type.
pub fn interested(account: &Account, kind: &str) -> Vec<Endpoint> {
    account
        .store
        .newest(KIND)
        .filter(|endpoint| endpoint["status"] == "enabled")
        .filter(|endpoint| {
            endpoint["enabled_events"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .any(|pattern| events::matches(pattern, kind))
        })
        .filter_map(|endpoint| reachable(account, endpoint["id"].as_str()?))
        .collect()
}

/// An endpoint that is still there and enabled.
pub fn reachable(account: &Account, id: &str) -> Option<Endpoint> {
    let endpoint = account.store.get(KIND, id)?;
    (endpoint["status"] == "enabled").then_some(())?;
    Some(Endpoint {
        id: id.to_owned(),
        url: endpoint["url"].as_str()?.to_owned(),
        secret: account.store.hidden(id)["secret"].as_str()?.to_owned(),
        api_version: endpoint["api_version"]
            .as_str()
            .unwrap_or(API_VERSION)
            .to_owned(),
    })
}

fn shape(url: &str, now: i64) -> Value {
    json!({
        "id": ids::fresh("we"),
        "object": KIND,
        "api_version": null,
        "application": null,
        "created": now,
        "description": null,
        "enabled_events": [],
        "livemode": false,
        "metadata": {},
        "status": "enabled",
        "url": url,
    })
}

fn checked_url(text: String) -> Result<String> {
    match url::Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(text),
        _ => Err(ApiError::invalid("Not a valid URL")
            .code("url_invalid")
            .param("url")),
    }
}
