//! `GET /v1/transactions/{id}/events`: a snapshot first, then every change.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use rstest::rstest;
use serde_json::Value;
use tokio::time::timeout;

use crate::harness::{Browser, Database, PATIENCE, Schema, Shop};

pub struct Stream {
    answer: reqwest::Response,
    /// Of what each event tells.
    schema: Option<Schema>,
    heard: String,
}

#[derive(Debug)]
pub struct Event {
    id: i64,
    pub transaction: Value,
}

impl Stream {
    async fn open(browser: &Browser, transaction: &str, last_seen: Option<i64>) -> Self {
        let path = format!("/v1/transactions/{transaction}/events");
        let mut request = browser.request(Method::GET, &path);
        if let Some(version) = last_seen {
            request = request.header("last-event-id", version.to_string());
        }
        Self::of(browser, request).await
    }

    pub async fn of(browser: &Browser, request: RequestBuilder) -> Self {
        let (answer, schema) = browser.open(request).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self {
            answer,
            schema,
            heard: String::new(),
        }
    }

    /// The next event; nothing when the stream has ended.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.heard.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.heard = rest;
                // A comment only keeps the connection alive.
                if !event.starts_with(':') {
                    let event = parsed(&event);
                    self.schema.as_ref().unwrap().hold(&event.transaction);
                    return Some(event);
                }
                continue;
            }
            let chunk = timeout(PATIENCE, self.answer.chunk()).await;
            let chunk = chunk.expect("nothing comes").unwrap()?;
            self.heard += std::str::from_utf8(&chunk).unwrap();
        }
    }
}

fn parsed(event: &str) -> Event {
    let field = |name: &str| {
        let mut lines = event.lines();
        let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_else(|| panic!("{name}: {event}")).trim()
    };
    assert_eq!(field("event"), "transaction");
    Event {
        id: field("id").parse().unwrap(),
        transaction: serde_json::from_str(field("data")).unwrap(),
    }
}

#[rstest]
#[tokio::test]
async fn a_snapshot_comes_first_and_then_every_change(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let mut stream = Stream::open(&ann, &purchase.transaction, None).await;
    let snapshot = stream.next().await.unwrap();
    assert_eq!(snapshot.id, 1);
    assert_eq!(
        snapshot.transaction,
        ann.transaction(&purchase.transaction, "").await
    );

    let card = "pm_card_authenticationRequired";
    shop.gateway.confirm(&purchase, card).await.is(200);
    let challenged = stream.next().await.unwrap();
    assert_eq!(challenged.id, 2);
    assert_eq!(challenged.transaction["version"], 2);
    assert_eq!(challenged.transaction["status"], "requires_action");

    shop.gateway.answer_challenge(&purchase, "complete").await;
    let done = stream.next().await.unwrap();
    assert_eq!(done.id, 3);
    assert_eq!(done.transaction["status"], "succeeded");
    assert_eq!(done.transaction["settled"], true);
    drop(stream);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_broken_stream_is_resumed_where_it_ended(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let mut first = Stream::open(&ann, &purchase.transaction, None).await;
    let seen = first.next().await.unwrap().id;
    drop(first);
    shop.gateway.pay(&purchase).await;
    ann.until(&purchase.transaction, "succeeded").await;

    // What happened meanwhile comes at once.
    let mut second = Stream::open(&ann, &purchase.transaction, Some(seen)).await;
    let missed = second.next().await.unwrap();
    assert_eq!(missed.transaction["status"], "succeeded");
    drop(second);
    // And what was seen is not told again: there is nothing until the time is over.
    let mut third = Stream::open(&ann, &purchase.transaction, Some(missed.id)).await;
    let nothing = timeout(Duration::from_millis(500), third.next()).await;
    assert!(nothing.is_err(), "{nothing:?}");
    drop(third);
    shop.close().await;
}

/// Without a webhook the stream asks the gateway, as every waiting client does.
#[rstest]
#[tokio::test]
async fn a_stream_does_not_need_the_webhook(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    let mut stream = Stream::open(&ann, &purchase.transaction, None).await;
    stream.next().await.unwrap();
    shop.gateway.pay(&purchase).await;
    let done = stream.next().await.unwrap();
    assert_eq!(done.transaction["status"], "succeeded");
    drop(stream);
    shop.close().await;
}

#[rstest]
#[tokio::test]
async fn a_stop_ends_the_stream(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = shop.customer("ann@shop.example").await;
    let (_, transaction) = ann.order("starter").await;
    let mut stream = Stream::open(&ann, &transaction, None).await;
    stream.next().await.unwrap();
    let begun = Instant::now();
    let Shop {
        server,
        gateway,
        database: _files,
        ..
    } = shop;
    let (last, ()) = tokio::join!(stream.next(), server.stop());
    assert!(last.is_none(), "{last:?}");
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    gateway.stop().await;
}
