//! What is asked of the gateway, and what it answers.

use std::collections::HashMap;

use reqwest::{Method, Request};
use serde_json::{Value, json};

/// What a request asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    fields: HashMap<String, String>,
    pub(super) key: Option<String>,
}

impl Asked {
    pub fn of(request: &Request) -> Self {
        let body = request.body().and_then(reqwest::Body::as_bytes);
        let body = form_urlencoded::parse(body.unwrap_or_default());
        let query = request.url().query_pairs();
        let key = request.headers().get("idempotency-key");
        Self {
            method: request.method().clone(),
            path: request.url().path().to_owned(),
            fields: query
                .chain(body)
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
            key: key.map(|key| key.to_str().unwrap().to_owned()),
        }
    }

    /// What it is about, without the ids that differ from run to run.
    pub fn gist(&self) -> String {
        let amount = self.field("amount");
        format!("{} {} {amount}", self.method, self.path)
    }

    pub(super) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    pub(super) fn amount(&self) -> i64 {
        self.field("amount").parse().unwrap()
    }

    /// What travels with it under this name.
    pub(super) fn metadata(&self) -> Value {
        let inside = |name: &str| {
            let name = name.strip_prefix("metadata[")?.strip_suffix(']')?;
            Some(name.to_owned())
        };
        let fields = self.fields.iter();
        fields
            .filter_map(|(name, value)| Some((inside(name)?, json!(value))))
            .collect()
    }
}

/// An answer, and whether it was given before under the same key.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub is_replayed: bool,
}
