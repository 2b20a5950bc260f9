//! A real server that dies without warning: at named points, and at random moments under load. The
//! next one on the same database goes on as if nothing had been.

mod cycles;
mod points;

use std::{path::PathBuf, process::Output};

use serde_json::Value;
use tokio::time::timeout;

use crate::harness::{Database, Gateway, PATIENCE, Tender, TestDatabase, signed, tender};

/// A server that will be killed, with all that outlives it.
struct Victim {
    database: TestDatabase,
    gateway: Gateway,
    tender: Tender,
}

impl Victim {
    /// Its gateway tells it nothing by itself: events are brought by hand.
    async fn start(database: Database) -> Self {
        let gateway = Gateway::start().await;
        gateway.lose_webhooks().await;
        Self::start_on(TestDatabase::fresh(database).await, gateway).await
    }

    async fn start_on(database: TestDatabase, gateway: Gateway) -> Self {
        let points = points_of(&database);
        std::fs::create_dir_all(&points).unwrap();
        let points = points.display().to_string();
        let armed = [("TENDER_KILL_POINTS", points.as_str())];
        let tender = Tender::serve_with(&database, &gateway, &armed).await;
        Self {
            database,
            gateway,
            tender,
        }
    }

    /// Whoever comes by this point from now on dies there.
    fn arm(&self, point: &str) {
        std::fs::write(points_of(&self.database).join(point), "").unwrap();
    }

    /// Waits for the death at the armed point, and starts the next server.
    async fn followed(mut self, point: &str) -> Self {
        let died = timeout(PATIENCE, self.tender.child.wait()).await;
        let status = died.expect("it lives on").unwrap();
        assert_eq!(status.code(), None, "it ended by itself: {status}");
        let armed = points_of(&self.database).join(point);
        assert!(!armed.exists(), "it died elsewhere than at {point}");
        Self::start_on(self.database, self.gateway).await
    }

    /// What an event is answered; nothing, when the connection breaks.
    async fn deliver(&self, event: &Value) -> Option<u16> {
        deliver(&self.gateway.http, &self.tender.site, event).await
    }

    async fn command(&self, arguments: &[&str]) -> Output {
        let settings = [("DATABASE_URL", self.database.url.as_str())];
        let mut command = tender(arguments, &settings, self.database.folder());
        let output = timeout(PATIENCE, command.output()).await;
        output.expect("it does not end").unwrap()
    }

    /// The laws hold, as `tender verify` sees them.
    async fn verify(&self) {
        let verified = self.command(&["verify"]).await;
        assert!(verified.status.success(), "{verified:?}");
    }

    async fn close(self) {
        self.verify().await;
        assert_eq!(self.tender.stop().await, 0);
        self.gateway.stop().await;
    }
}

fn points_of(database: &TestDatabase) -> PathBuf {
    database.folder().join("kill-points")
}

async fn deliver(http: &reqwest::Client, site: &str, event: &Value) -> Option<u16> {
    let body = event.to_string();
    let request = http
        .post(format!("{site}/webhooks/stripe"))
        .header("stripe-signature", signed(body.as_bytes()))
        .body(body);
    Some(request.send().await.ok()?.status().as_u16())
}
