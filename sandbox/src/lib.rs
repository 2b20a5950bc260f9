//! A gateway on loopback that speaks Stripe's wire and can be told to misbehave.
//!
//! It is reached over HTTP like the real one, so the code that talks to Stripe is the code that is
//! tried here: signatures, JSON, the browser script and all. It knows nothing of who uses it.
//!
//! It has a clock of its own, which people move forward: what falls due on the way, such as the
//! renewals of a year, happens at its time ([`Sandbox::clock_offset`], `POST /control/clock`).

// The larger objects are one literal each, as the gateway documents them.
#![recursion_limit = "256"]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

mod account;
mod agenda;
mod api;
mod auth;
mod bank_accounts;
mod browser;
mod calendar;
mod cards;
mod challenge;
mod checkout;
mod clock;
mod control;
mod declines;
mod errors;
mod expand;
mod faults;
mod force;
mod form;
mod gateway;
mod held;
mod idempotency;
mod ids;
mod journal;
mod lists;
mod log;
mod mails;
mod money;
mod objects;
mod page;
mod routes;
mod store;
mod webhooks;

use account::Account;
use gateway::Gateway;
pub use webhooks::signature;

pub const SECRET_KEY: &str = "sk_test_sandbox";
pub const PUBLISHABLE_KEY: &str = "pk_test_sandbox";

#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where objects are written down, so that they survive a restart. None keeps them in memory.
    pub journal: Option<PathBuf>,
    /// A folder of `.eml` files, to be read at `/mails`. It need not be there yet.
    pub mail: Option<PathBuf>,
}

/// A running sandbox.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    gateway: Arc<Gateway>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Sandbox {
    /// Serves on `listener` until [`Sandbox::stop`].
    ///
    /// Fails when the listener is not on loopback, or the journal cannot be read or written.
    pub async fn start(listener: TcpListener, settings: Settings) -> anyhow::Result<Sandbox> {
        let address = listener
            .local_addr()
            .context("the listener has no address")?;
        anyhow::ensure!(
            address.ip().is_loopback(),
            "the sandbox gives money to everybody, so it listens on loopback only, not on {address}"
        );
        let account = Account::new(format!("http://{address}"), settings.journal.as_deref())?;
        let gateway = Arc::new(Gateway::new(account, settings.mail)?);
        let stopping = gateway.stopping.clone();
        let routes = routes::router(Arc::clone(&gateway));
        let server = tokio::spawn(
            axum::serve(listener, routes)
                .with_graceful_shutdown(stopping.cancelled_owned())
                .into_future(),
        );
        webhooks::resume(&gateway);
        gateway.spawn(agenda::keep(Arc::clone(&gateway)));
        Ok(Sandbox {
            address,
            gateway,
            server,
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many seconds the sandbox's clock is ahead of the system's. It grows when somebody moves
    /// the clock, and a process that adds it to its own time follows.
    pub fn clock_offset(&self) -> Arc<AtomicI64> {
        self.gateway.clock.shared()
    }

    /// Has events of these types sent to `url`, and gives the secret that signs them: the same one
    /// at every start, because a journal keeps it.
    ///
    /// Fails when `url` is no address, or the journal cannot be written.
    pub fn webhook_secret(&self, url: &str, events: &[&str]) -> anyhow::Result<String> {
        let mut account = self.gateway.account();
        let secret = objects::webhook_endpoints::secret_of(&mut account, url, events)
            .map_err(|refused| anyhow::anyhow!("{url}: {refused:?}"))?;
        account.commit()?;
        Ok(secret)
    }

    /// Finishes the requests that are running, lets webhooks on their way arrive, and leaves no
    /// task behind.
    pub async fn stop(self) {
        self.gateway.stopping.cancel();
        match self.server.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the sandbox's server failed"),
            Err(error) => tracing::error!(%error, "the sandbox's server panicked"),
        }
        self.gateway.tasks.close();
        self.gateway.tasks.wait().await;
    }
}
