//! What those who run it see: metrics, request ids, traces.

use std::{collections::BTreeSet, sync::Arc};

use axum::{Router, body::Bytes, extract::State, routing::post};
use reqwest::Method;
use rstest::rstest;
use tokio::{net::TcpListener, sync::Mutex};

use crate::harness::{Browser, Database, Gateway, Page, Shop, Tender, TestDatabase, eventually};

/// The value of a line that begins so.
#[track_caller]
fn value(metrics: &Page, line: &str) -> f64 {
    let found = metrics.text.lines().find_map(|it| it.strip_prefix(line));
    let found = found.unwrap_or_else(|| panic!("no {line} in {}", metrics.text));
    found.trim().parse().unwrap()
}

async fn bought(shop: &Shop) -> Browser {
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    shop.gateway.pay(&purchase).await;
    ann.until(&purchase.transaction, "succeeded").await;
    ann
}

#[rstest]
#[tokio::test]
async fn metrics_tell_of_a_purchase(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let shop = Shop::open(database).await;
    let ann = bought(&shop).await;
    let metrics = ann.get("/metrics").await.is(200);
    let kind = metrics.header("content-type");
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    assert!(metrics.text.ends_with("# EOF\n"));
    let settled = metrics.text.lines().filter(|line| {
        line.starts_with("tender_transactions_settled_total{kind=\"purchase\",state=\"succeeded\"")
    });
    assert_eq!(settled.count(), 1, "one witness was the first");
    let once = "tender_payment_to_credit_seconds_count";
    assert_eq!(value(&metrics, once), 1.0);
    for (line, least) in [
        ("tender_commit_jobs_count", 1.0),
        ("tender_commit_seconds_count", 1.0),
        ("tender_waiters", 0.0),
        ("tender_writer_queue", 0.0),
        ("tender_backlog{queue=\"inbox\"}", 0.0),
        ("tender_backlog{queue=\"outbox\"}", 0.0),
        ("tender_backlog{queue=\"duties\"}", 0.0),
        ("tender_backlog{queue=\"deliveries\"}", 0.0),
        ("tender_backlog_age_seconds{queue=\"inbox\"}", 0.0),
        ("tender_trouble{queue=\"reviews\"}", 0.0),
        ("tender_database_up", 1.0),
        ("tender_events_compared_age_seconds", 0.0),
        ("tender_webhooks_missed_total", 0.0),
    ] {
        assert!(value(&metrics, line) >= least, "{line}");
    }
    let asked = "tender_gateway_request_seconds_count{resource=\"payment_intents\",result=\"ok\"}";
    assert!(value(&metrics, asked) >= 1.0);
    let ordered =
        "tender_http_request_seconds_count{method=\"POST\",route=\"/orders\",status=\"303\"}";
    assert_eq!(value(&metrics, ordered), 1.0);
    shop.close().await;
}

/// What comes too late, or is not genuine, is seen.
#[tokio::test]
async fn metrics_tell_what_is_wrong() {
    let shop = Shop::open(Database::Sqlite).await;
    let visitor = shop.visitor();
    let forged = visitor.request(Method::POST, "/webhooks/stripe").body("{}");
    visitor.send(forged).await.is(400);
    shop.gateway
        .spoil_calls(
            "GET",
            "/v1/payment_intents/*",
            serde_json::json!({ "fault": "fail", "status": 500 }),
        )
        .await;
    shop.gateway.lose_webhooks().await;
    let ann = shop.customer("ann@shop.example").await;
    let purchase = ann.checkout("starter").await;
    ann.transaction(&purchase.transaction, "awaitStatus=succeeded&timeout=3")
        .await;
    let metrics = visitor.get("/metrics").await.is(200);
    assert_eq!(
        value(&metrics, "tender_webhooks_total{result=\"refused\"}"),
        1.0
    );
    let failed =
        "tender_gateway_request_seconds_count{resource=\"payment_intents\",result=\"unreachable\"}";
    assert!(value(&metrics, failed) >= 1.0);
    shop.gateway.behave().await;
    shop.close().await;
}

#[tokio::test]
async fn metrics_are_for_who_has_the_token() {
    let token = ("TENDER_METRICS_TOKEN", "a-token-for-prometheus");
    let shop = Shop::open_with(Database::Sqlite, &[token]).await;
    let visitor = shop.visitor();
    visitor.get("/metrics").await.is(401);
    for (authorization, status) in [
        ("Bearer a-token-for-prometheuz", 401),
        ("Basic a-token-for-prometheus", 401),
        ("Bearer a-token-for-prometheus", 200),
    ] {
        let request = visitor.request(Method::GET, "/metrics");
        let request = request.header("authorization", authorization);
        visitor.send(request).await.is(status);
    }
    shop.close().await;
}

#[tokio::test]
async fn metrics_of_a_public_site_are_for_nobody() {
    let public = ("TENDER_PUBLIC_URL", "https://shop.example");
    let shop = Shop::open_with(Database::Sqlite, &[public]).await;
    let refused = shop.visitor().get("/metrics").await.is(403);
    assert!(refused.text.contains("TENDER_METRICS_TOKEN"), "{refused:?}");
    shop.close().await;
}

/// The metrics that are named in a text.
fn named(text: &str) -> BTreeSet<&str> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = text.split(|letter| !is_word(letter));
    words
        .filter(|word| word.starts_with("tender_"))
        .map(|word| {
            let ends = ["_total", "_bucket", "_count", "_sum"];
            let end = ends.iter().find_map(|end| word.strip_suffix(end));
            end.unwrap_or(word)
        })
        .collect()
}

/// The dashboard shows what is there, and all of it; the alerts watch nothing else.
#[tokio::test]
async fn the_dashboard_shows_every_metric() {
    let shop = Shop::open(Database::Sqlite).await;
    let ann = bought(&shop).await;
    ann.get("/healthz").await;
    let metrics = ann.get("/metrics").await.is(200);
    let served: BTreeSet<&str> = metrics
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    let shown = named(include_str!("../../../docs/grafana.json"));
    assert_eq!(shown, served);
    let watched = named(include_str!("../../../docs/alerts.yml"));
    assert!(watched.is_subset(&served), "{watched:?}");
    shop.close().await;
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let shop = Shop::open(Database::Sqlite).await;
    let visitor = shop.visitor();
    let first = visitor.get("/healthz").await;
    let second = visitor.get("/not-there").await;
    assert!(!first.header("x-request-id").is_empty());
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    for (given, is_kept) in [("from-a.proxy_1", true), ("two words", false)] {
        let request = visitor.request(Method::GET, "/healthz");
        let answer = visitor.send(request.header("x-request-id", given)).await;
        assert_eq!(answer.header("x-request-id") == given, is_kept, "{given}");
    }
    shop.close().await;
}

/// An OpenTelemetry collector that keeps what it is sent.
struct Collector {
    url: String,
    sent: Arc<Mutex<Vec<u8>>>,
}

impl Collector {
    async fn start() -> Self {
        async fn keep(State(sent): State<Arc<Mutex<Vec<u8>>>>, body: Bytes) {
            sent.lock().await.extend_from_slice(&body);
        }
        let sent = Arc::<Mutex<Vec<u8>>>::default();
        let routes = Router::new()
            .route("/v1/traces", post(keep))
            .with_state(sent.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, routes).into_future());
        Self { url, sent }
    }

    async fn has(&self, part: &[u8]) -> bool {
        let sent = self.sent.lock().await;
        sent.windows(part.len()).any(|window| window == part)
    }
}

/// A request belongs to the trace of whoever asked, and names the transaction that it was about.
#[tokio::test]
async fn traces_reach_a_collector() {
    let gateway = Gateway::start().await;
    let database = TestDatabase::fresh(Database::Sqlite).await;
    let collector = Collector::start().await;
    let tender = Tender::serve_with(
        &database,
        &gateway,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
            ("RUST_LOG", "info"),
        ],
    )
    .await;
    let ann = tender.visitor();
    ann.sign_up("ann@shop.example").await;
    let (_, transaction) = ann.order("starter").await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request = ann
        .request(Method::GET, &format!("/v1/transactions/{transaction}"))
        .header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    ann.send(request).await.is(200);
    assert_eq!(tender.stop().await, 0);
    eventually("the last traces came", || async {
        collector.has(&hex::decode(trace).unwrap()).await
    })
    .await;
    for part in [
        "tender",
        "POST /orders",
        "GET /v1/transactions/{id}",
        &transaction,
    ] {
        assert!(collector.has(part.as_bytes()).await, "{part}");
    }
    gateway.stop().await;
}
