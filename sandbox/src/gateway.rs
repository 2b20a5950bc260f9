//! What the parts of the running sandbox share.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::account::Account;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::held::Held;
use crate::log::Log;

/// Webhooks on their way at the same time: fewer than the files a process may open.
const SENDING_AT_ONCE: usize = 256;
/// How long a stop waits for a webhook that is on its way.
const LAST_CALL: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Gateway {
    pub http: reqwest::Client,
    pub stopping: CancellationToken,
    pub tasks: TaskTracker,
    pub sending: Semaphore,
    pub clock: Clock,
    /// The folder with the mails that were sent.
    pub mail: Option<PathBuf>,
    account: Mutex<Account>,
    faults: Mutex<Faults>,
    log: Mutex<Log>,
    held: Mutex<Held>,
}

impl Gateway {
    pub fn new(account: Account, mail: Option<PathBuf>) -> anyhow::Result<Self> {
        // Another part of the process may have chosen the provider; that one is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            http,
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
            sending: Semaphore::new(SENDING_AT_ONCE),
            clock: account.clock.clone(),
            mail,
            account: Mutex::new(account),
            faults: Mutex::default(),
            log: Mutex::default(),
            held: Mutex::default(),
        })
    }

    pub fn account(&self) -> MutexGuard<'_, Account> {
        lock(&self.account)
    }

    pub fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub fn log(&self) -> MutexGuard<'_, Log> {
        lock(&self.log)
    }

    pub fn held(&self) -> MutexGuard<'_, Held> {
        lock(&self.held)
    }

    /// For changes that no caller waits for.
    pub fn commit_quietly(&self, account: &mut Account) {
        if let Err(error) = account.commit() {
            tracing::error!(%error, "the sandbox could not write its journal");
        }
    }

    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Waits, and says whether the time passed: false means that the sandbox is stopping.
    pub async fn pause(&self, time: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(time) => true,
            () = self.stopping.cancelled() => false,
        }
    }

    /// Resolves a little after a stop was asked for.
    pub async fn last_call(&self) {
        self.stopping.cancelled().await;
        tokio::time::sleep(LAST_CALL).await;
    }
}

/// A panic in one call must not end all others; every call leaves the data whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
