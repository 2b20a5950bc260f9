//! Killed again and again at random moments, under load. Every wish is repeated under its key until
//! it is answered, as the README asks of products and as gateways do by themselves; then the books
//! must say that each was done exactly once.

use std::{
    env,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::{Method, RequestBuilder};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::{task::JoinHandle, time::sleep};

use super::{Victim, deliver};
use crate::harness::{Database, Page, between, eventually, paid};

/// Cycles of a usual run; `make crash N=…` says how many.
const CYCLES: i64 = 3;
const SPENDERS: usize = 4;
const BUYERS: usize = 2;
/// What a starter pack brings.
const PACK: i64 = 50;
const GIFT: i64 = 1_000_000_000;

#[rstest]
#[tokio::test]
async fn nothing_is_lost_or_doubled_by_kills_at_random_moments(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let cycles = env::var("TENDER_CRASH_CYCLES").map_or(CYCLES, |n| n.parse().unwrap());
    let mut victim = Victim::start(database).await;
    let mut product = Product::of(&victim).await;
    let mut spenders = Vec::new();
    for number in 0..SPENDERS {
        spenders.push(product.spender(number).await);
    }
    let mut buyers = Vec::new();
    for number in 0..BUYERS {
        let buyer = victim.tender.visitor();
        buyer.sign_up(&format!("buyer-{number}@shop.example")).await;
        buyers.push(buyer);
    }
    let mut starts = Vec::new();
    for cycle in 1..=cycles {
        let mut events = Vec::new();
        for buyer in &buyers {
            events.push(paid(&buyer.checkout("starter").await));
        }
        let load = load(&product, &spenders, &events);
        let lived = random_moment();
        sleep(lived).await;
        let killed = Instant::now();
        victim = victim.killed().await;
        victim.tender.visitor().get("/readyz").await.is(200);
        starts.push(killed.elapsed());
        let mut answered = 0;
        for task in load {
            answered += task.await.unwrap();
        }

        let site = victim.tender.site.clone();
        buyers = buyers
            .into_iter()
            .map(|buyer| buyer.moved_to(&site))
            .collect();
        product.site = site;
        // The gateway sends again what was not answered, and may send again what was.
        for event in &events {
            assert_eq!(victim.deliver(event).await, Some(200));
        }
        for spender in &spenders {
            spender.spend_next(&product).await.unwrap();
            let spent = spender.spent.load(Ordering::SeqCst);
            assert_eq!(product.available(&spender.name).await, GIFT - spent);
        }
        for buyer in &buyers {
            eventually("what was bought is there", || async {
                buyer.credits().await == PACK * cycle
            })
            .await;
        }
        println!(
            "{database:?}, cycle {cycle}: killed after {lived:.0?} and {answered} answers; \
             the next server answered after {:.0?}",
            starts[starts.len() - 1],
        );
    }
    let stored = victim.database.count("inbox").await;
    assert_eq!(stored, cycles * i64::try_from(BUYERS).unwrap());
    let spent = spenders
        .iter()
        .map(|spender| spender.spent.load(Ordering::SeqCst));
    starts.sort_unstable();
    println!(
        "{database:?}: {cycles} kills, {} spends and {stored} payments, none lost and none doubled; \
         from a kill to the first answer {:.0?} in the middle, {:.0?} at most",
        spent.sum::<i64>(),
        starts[starts.len() / 2],
        starts[starts.len() - 1],
    );
    victim.close().await;
}

/// Some moment in the first half second of load.
fn random_moment() -> Duration {
    Duration::from_micros(RandomState::new().hash_one(()) % 500_000)
}

/// Spends and deliveries until the server dies; each tells how many answers it had.
fn load(product: &Product, spenders: &[Arc<Spender>], events: &[Value]) -> Vec<JoinHandle<usize>> {
    let spending = spenders.iter().map(|spender| {
        let (spender, product) = (spender.clone(), product.clone());
        tokio::spawn(async move {
            let mut answered = 0;
            while spender.spend_next(&product).await.is_some() {
                answered += 1;
            }
            answered
        })
    });
    let delivering = events.iter().map(|event| {
        let (event, product) = (event.clone(), product.clone());
        tokio::spawn(async move {
            let mut answered = 0;
            while let Some(status) = deliver(&product.http, &product.site, &event).await {
                assert!(matches!(status, 200 | 503), "{status}");
                answered += 1;
            }
            answered
        })
    });
    spending.chain(delivering).collect()
}

impl Victim {
    /// Dies at once, and is followed by another.
    async fn killed(self) -> Self {
        self.tender.kill().await;
        Self::start_on(self.database, self.gateway).await
    }
}

/// A program with a key.
#[derive(Clone)]
struct Product {
    http: reqwest::Client,
    site: String,
    key: String,
}

/// Spends one credit after another, each under a key of its own.
struct Spender {
    name: String,
    /// How many were answered. The next may have been done without an answer.
    spent: AtomicI64,
}

impl Product {
    async fn of(victim: &Victim) -> Self {
        let added = victim.command(&["keys", "add", "studio"]).await;
        let said = String::from_utf8(added.stdout).unwrap();
        Self {
            http: victim.gateway.http.clone(),
            site: victim.tender.site.clone(),
            key: between(&said, "Key:", "\n").unwrap().trim().to_owned(),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.site));
        request.bearer_auth(&self.key)
    }

    async fn spender(&self, number: usize) -> Arc<Spender> {
        let name = format!("spender-{number}");
        let naming = self.request(Method::POST, "/v1/customers");
        let naming = naming.json(&json!({ "external_id": name }));
        Page::read(naming.send().await.unwrap()).await.is(201);
        let path = format!("/v1/customers/external:{name}/grants");
        let gift = json!({ "amount": GIFT, "reason": "Welcome" });
        let giving = self.request(Method::POST, &path).json(&gift);
        Page::read(giving.send().await.unwrap()).await.is(201);
        Arc::new(Spender {
            name,
            spent: AtomicI64::new(0),
        })
    }

    async fn available(&self, name: &str) -> i64 {
        let path = format!("/v1/customers/external:{name}/balance");
        let asked = self.request(Method::GET, &path).send().await.unwrap();
        let balance = Page::read(asked).await.is(200).json();
        balance["available"].as_i64().unwrap()
    }
}

impl Spender {
    /// Repeats one wish under its key until it is done; nothing, when the connection breaks.
    async fn spend_next(&self, product: &Product) -> Option<()> {
        let path = format!("/v1/customers/external:{}/spend", self.name);
        let key = format!("picture-{}", self.spent.load(Ordering::SeqCst));
        loop {
            let wish = product.request(Method::POST, &path);
            let wish = wish.header("idempotency-key", &key);
            let wish = wish.json(&json!({ "amount": 1, "reason": "Picture" }));
            match wish.send().await.ok()?.status().as_u16() {
                200 | 201 => break,
                429 | 503 => sleep(Duration::from_millis(5)).await,
                other => panic!("{other}"),
            }
        }
        self.spent.fetch_add(1, Ordering::SeqCst);
        Some(())
    }
}
