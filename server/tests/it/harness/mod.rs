//! What the tests stand on: a database, a gateway and a browser for each of them, all of them real.

mod app;
mod browser;
mod database;
mod description;
mod device;
mod gateway;
// The one that billing is tried with.
#[allow(dead_code, reason = "here it only takes mails")]
#[path = "../../../../billing/tests/it/mail_server.rs"]
mod mail_server;
mod page;
mod process;
// The one that billing is tried with.
#[path = "../../../../billing/tests/it/proxy.rs"]
mod proxy;
mod shop;
mod webhook;

use std::{
    future::Future,
    time::{Duration, Instant},
};

pub use app::App;
pub use browser::{Browser, PASSWORD, Purchase};
pub use database::{Database, TestDatabase};
pub use description::Schema;
pub use device::Device;
pub use gateway::Gateway;
pub use mail_server::{MailServer, Mood};
pub use page::Page;
pub use process::{Tender, tender};
pub use proxy::Proxy;
pub use shop::{Shop, settings};
pub use webhook::{SECRET, event, now, paid, signature, signed};

/// Nothing here should take so long; a test that waits longer has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Comes back once `holds` does.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "still not so: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What stands between `before` and `after` in `text`.
pub fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// The client for everything: it follows no redirects, as the tests want to see them.
fn http() -> reqwest::Client {
    // Whoever comes second finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(130))
        .build()
        .unwrap()
}
