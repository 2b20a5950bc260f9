//! A real server on an empty database, and a customer of it. The gateway is not needed: events are
//! signed here and sent to the door.

use std::{
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, RequestBuilder, Response, redirect::Policy};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::Result;

pub const SERVER: &str = env!("CARGO_BIN_EXE_tender");
const SECRET: &str = "whsec_bench";
const PATIENCE: Duration = Duration::from_secs(10);
/// Keys for a gateway that is not there.
const KEYS: &[(&str, &str)] = &[
    ("STRIPE_SECRET_KEY", "sk_test_bench"),
    ("STRIPE_PUBLISHABLE_KEY", "pk_test_bench"),
    ("STRIPE_WEBHOOK_SECRETS", SECRET),
    ("STRIPE_API_BASE", "http://127.0.0.1:9"),
];
/// Without keys the sandbox is there, and staff may skip their second factor.
const SANDBOX: &[(&str, &str)] = &[("TENDER_SANDBOX_ADDR", "127.0.0.1:0")];

/// A server that ends with this value, and its folder.
pub struct Shop {
    pub url: String,
    pub folder: tempfile::TempDir,
    database: String,
    gateway: &'static [(&'static str, &'static str)],
    process: Child,
    http: Client,
}

impl Drop for Shop {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Shop {
    pub async fn open() -> Result<Self> {
        Self::open_on("sqlite:tender.db").await
    }

    /// On the database at this address.
    pub async fn open_on(database: &str) -> Result<Self> {
        Self::open_before(database, KEYS).await
    }

    /// On the database at this address, before the sandbox gateway.
    pub async fn open_before_sandbox(database: &str) -> Result<Self> {
        Self::open_before(database, SANDBOX).await
    }

    async fn open_before(
        database: &str,
        gateway: &'static [(&'static str, &'static str)],
    ) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let process = start(folder.path(), port, database, gateway)?;
        let http = client()?;
        let shop = Self {
            url: format!("http://127.0.0.1:{port}"),
            database: database.to_owned(),
            gateway,
            folder,
            process,
            http,
        };
        shop.answers().await?;
        Ok(shop)
    }

    /// Comes back with the first answer.
    async fn answers(&self) -> Result<()> {
        let begun = Instant::now();
        while self
            .http
            .get(format!("{}/readyz", self.url))
            .send()
            .await
            .is_err()
        {
            if begun.elapsed() > PATIENCE {
                return Err("the server does not answer".into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// Ends the server and starts it again on what it left; how long until its first answer.
    pub async fn restart(&mut self) -> Result<Duration> {
        self.process.kill()?;
        self.process.wait()?;
        let port = self.url.rsplit(':').next().unwrap_or_default().parse()?;
        let begun = Instant::now();
        self.process = start(self.folder.path(), port, &self.database, self.gateway)?;
        self.answers().await?;
        Ok(begun.elapsed())
    }

    /// The memory that its process holds, in bytes.
    pub fn memory(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let held = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let held = held.and_then(|held| held.split_whitespace().next());
        Ok(held.ok_or("the system does not tell")?.parse::<u64>()? * 1024)
    }

    /// What its metrics say under this name.
    pub async fn metric(&self, name: &str) -> Result<f64> {
        let text = self.get("/metrics").send().await?.text().await?;
        let found = text.lines().find_map(|line| line.strip_prefix(name));
        Ok(found.ok_or("there is no such metric")?.trim().parse()?)
    }

    pub async fn customer(&self) -> Result<Customer<'_>> {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let email = format!("c{}@bench.example", NUMBER.fetch_add(1, Ordering::Relaxed));
        let form = [
            ("email", email.as_str()),
            ("password", "correct horse battery"),
        ];
        let answer = self.post("/sign-up").form(&form).send().await?;
        let cookie = cookie(&answer)?;
        Ok(Customer { shop: self, cookie })
    }

    /// An owner at the desk, signed in without a second factor: a sandbox lets them.
    pub async fn owner(&self) -> Result<Customer<'_>> {
        // A database that is looked at again has the last one's.
        let email = format!("owner-{}@bench.example", uuid::Uuid::new_v4().simple());
        let added = self.command(&["staff", "add", &email, "--role", "owner"])?;
        let password = added
            .lines()
            .find_map(|line| line.strip_prefix("Password:"))
            .ok_or("no password")?
            .trim();
        let form = [("email", email.as_str()), ("password", password)];
        let answer = self.post("/sign-in").form(&form).send().await?;
        let owner = Customer {
            shop: self,
            cookie: cookie(&answer)?,
        };
        let skip = self.post("/admin/security/skip");
        skip.header("cookie", &owner.cookie).send().await?;
        Ok(owner)
    }

    /// What a command prints on the same database.
    fn command(&self, arguments: &[&str]) -> Result<String> {
        let done = Command::new(SERVER)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("DATABASE_URL", &self.database)
            .output()?;
        match done.status.success() {
            true => Ok(String::from_utf8(done.stdout)?),
            false => Err(String::from_utf8_lossy(&done.stderr).into()),
        }
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.url))
    }

    fn post(&self, path: &str) -> RequestBuilder {
        // Each request comes from elsewhere, as far as limits are concerned.
        let [.., a, b, c] = *uuid::Uuid::new_v4().as_bytes();
        self.http
            .post(format!("{}{path}", self.url))
            .header("sec-fetch-site", "same-origin")
            .header("x-forwarded-for", format!("10.{a}.{b}.{c}"))
    }

    pub async fn gateway(&self) -> Result<Gateway> {
        let host = self.url.trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&host).await?;
        stream.set_nodelay(true)?;
        Ok(Gateway { stream, host })
    }

    /// Sends an event as the gateway would.
    pub async fn deliver(&self, event: String) -> Result<()> {
        let header = signature(event.as_bytes());
        let request = self
            .post("/webhooks/stripe")
            .header("stripe-signature", header);
        request.body(event).send().await?.error_for_status()?;
        Ok(())
    }
}

/// A gateway's own connection, on which events go out as bytes that were made before: no client library's
/// time is measured with the server's.
pub struct Gateway {
    stream: TcpStream,
    host: String,
}

impl Gateway {
    /// The request that delivers an event.
    pub fn request(&self, event: &str) -> String {
        format!(
            "POST /webhooks/stripe HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             connection: keep-alive\r\nstripe-signature: {}\r\ncontent-length: {}\r\n\r\n{event}",
            self.host,
            signature(event.as_bytes()),
            event.len(),
        )
    }

    /// Sends it, and comes back with the answer.
    pub async fn send(&mut self, request: &str) -> Result<()> {
        self.stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        // The one line of the answer's body.
        while !answer.ends_with(b"stored\n") {
            let reading = self.stream.read_buf(&mut answer);
            if tokio::time::timeout(PATIENCE, reading).await?? == 0 {
                break;
            }
        }
        match answer.starts_with(b"HTTP/1.1 200") {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&answer).into()),
        }
    }
}

pub struct Customer<'a> {
    shop: &'a Shop,
    cookie: String,
}

impl Customer<'_> {
    /// Orders a pack and gives the transaction that pays it.
    pub async fn order(&self) -> Result<Value> {
        let form = [("pack", "starter")];
        let placed = self
            .shop
            .post("/orders")
            .header("cookie", &self.cookie)
            .form(&form);
        let checkout = location(&placed.send().await?)?;
        let page = self.get(&checkout).send().await?.text().await?;
        let id = page
            .split_once("data-transaction=\"")
            .and_then(|(_, rest)| rest.split('"').next())
            .ok_or("the checkout names no transaction")?
            .to_owned();
        Ok(self
            .get(&format!("/v1/transactions/{id}"))
            .send()
            .await?
            .json()
            .await?)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.shop.get(path).header("cookie", &self.cookie)
    }
}

fn location(answer: &Response) -> Result<String> {
    let location = answer
        .headers()
        .get("location")
        .ok_or("no redirect after ordering")?;
    Ok(location.to_str()?.to_owned())
}

fn cookie(answer: &Response) -> Result<String> {
    let cookie = answer.headers().get("set-cookie").ok_or("no cookie")?;
    let cookie = cookie.to_str()?.split(';').next().unwrap_or_default();
    Ok(cookie.to_owned())
}

fn start(
    folder: &std::path::Path,
    port: u16,
    database: &str,
    gateway: &[(&str, &str)],
) -> Result<Child> {
    let child = Command::new(SERVER)
        .arg("serve")
        .current_dir(folder)
        .env("RUST_LOG", "warn")
        .env("DATABASE_URL", database)
        .env("TENDER_ADDR", format!("127.0.0.1:{port}"))
        .env(
            "TENDER_SITE_ROOT",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../target/site"),
        )
        .env("TENDER_TRUSTED_PROXIES", "127.0.0.1")
        .envs(gateway.iter().copied())
        .stdout(Stdio::null())
        .spawn()?;
    Ok(child)
}

fn client() -> Result<Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .build()?)
}

/// An event that this transaction's payment succeeded.
pub fn paid(transaction: &Value) -> String {
    event(
        "payment_intent.succeeded",
        json!({
            "id": format!("pi_{}", transaction["id"].as_str().unwrap_or_default()),
            "object": "payment_intent",
            "status": "succeeded",
            "amount": transaction["amount"]["value"],
            "amount_received": transaction["amount"]["value"],
            "currency": transaction["amount"]["currency"],
            "metadata": { "transaction": transaction["id"] },
        }),
    )
}

/// An event with an id of its own.
pub fn event(kind: &str, object: Value) -> String {
    let id = format!("evt_{}", uuid::Uuid::now_v7().simple());
    json!({
        "id": id, "object": "event", "api_version": "2025-09-30.clover", "livemode": false,
        "created": now_s(), "type": kind, "data": { "object": object },
    })
    .to_string()
}

pub fn signature(body: &[u8]) -> String {
    let time = now_s();
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    format!("t={time},v1={}", hex::encode(mac.finalize().into_bytes()))
}

fn now_s() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Billing in this process, on a database that a baseline works with.
pub async fn billing(database: &std::path::Path) -> Result<billing::Billing> {
    billing_on(&format!("sqlite:{}", database.display())).await
}

/// Billing on a database at this address, in this process.
pub async fn billing_on(database: &str) -> Result<billing::Billing> {
    let settings = billing::Settings {
        database: database.parse()?,
        listening: Default::default(),
        catalog: billing::catalog::CatalogFile::demo()?,
        stripe: billing::gateway::stripe::Settings {
            secret_key: "sk_test_bench".to_owned(),
            api_base: "http://127.0.0.1:9".to_owned(),
            webhook_secrets: vec![SECRET.to_owned()],
            wire: None,
        },
        mail: billing::mail::Settings {
            post: billing::mail::Post::Folder("mail".into()),
            from: "Tender <tender@localhost>".parse()?,
            site: "http://127.0.0.1:9".to_owned(),
        },
        grace: Duration::from_secs(7 * 24 * 3600),
        spent: billing::claim::Spent::default(),
        large: billing::staff::proposals::Large::default(),
        credits_low: billing::money::Credits(10),
        reconciles_daily: false,
        clock: billing::clock::Clock::default(),
    };
    Ok(billing::Billing::open_quietly(settings).await?)
}
