//! The money: what is ordered, how it is paid, and the credits that come of it.
//!
//! Everything that changes goes through a verb of [`Billing`]; everything that a gateway says ends
//! in `settle`. This crate knows neither the site nor HTTP servers.

#[macro_use]
mod kill_point;
pub mod api_key;
pub mod audit;
pub mod books;
pub mod card;
pub mod catalog;
pub mod claim;
pub mod clock;
pub mod coupon;
pub mod customer;
pub mod dispute;
pub mod document;
pub mod duty;
pub mod events;
pub mod gateway;
mod hosted;
mod http;
pub mod id;
pub mod inbox;
pub mod laws;
pub mod ledger;
pub mod mail;
mod metrics;
pub mod money;
pub mod order;
pub mod people;
pub mod plan;
pub mod reconcile;
pub mod refund;
mod retry;
pub mod secret;
pub mod staff;
pub mod store;
mod sweep;
pub mod transaction;
pub mod turn;
mod updates;
pub mod validation;
mod words;

use std::{ops::Deref, sync::Arc, time::Duration};

use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use catalog::{CatalogFile, OnSale};
use clock::Clock;
use gateway::{
    GatewayError,
    stripe::{self, Stripe},
};
use id::ServerId;
use ledger::Lane;
use money::Credits;
use people::password::Hasher;
use store::{Listening, Location, Store};
use transaction::Questions;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a verb could not do its work. What a caller can expect and act on is in its own answer, not
/// here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database: {0}")]
    Store(#[from] sqlx::Error),
    #[error("the schema of the database: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// PostgreSQL cannot be reached at the address at which we are to listen to it.
    #[error("the database, to listen to it: {0}")]
    Listen(#[source] sqlx::Error),
    /// What one connection tells is not heard by the other: they lead to different databases, or the
    /// other through a pooler, which lends it for a transaction at a time.
    #[error("what the database is told is not heard: this must lead to the same, past any pooler")]
    Deaf,
    /// Nothing was kept, unless the connection broke at the very moment of the commit.
    #[error("the database did not commit: {0}")]
    Commit(Arc<sqlx::Error>),
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// Nothing was done; trying again soon may work.
    #[error("too much to do at once")]
    Busy,
    /// Nothing was done: the database cannot be written to, or we are stopping.
    #[error("not available at the moment")]
    Unavailable,
    /// The books contradict themselves; nothing was done.
    #[error("the books are broken: {0}")]
    Broken(&'static str),
}

impl Error {
    /// Whether the fault is with what was asked: a text with a NUL in it, of which there is nothing.
    pub fn is_of_a_text(&self) -> bool {
        matches!(self, Self::Store(error) if store::is_unstorable_text(error))
    }
}

/// What billing needs to know.
pub struct Settings {
    pub database: Location,
    pub listening: Listening,
    pub catalog: CatalogFile,
    pub stripe: stripe::Settings,
    pub mail: mail::Settings,
    /// How long a plan goes on whose renewal is not paid.
    pub grace: Duration,
    /// What becomes of credits that were spent before their refund.
    pub spent: claim::Spent,
    /// What staff may not move alone.
    pub large: staff::proposals::Large,
    /// Below this many available credits others are told that few are left; with none, never.
    pub credits_low: Credits,
    /// Whether each day is reconciled with the gateway when it is over, as the policies say.
    pub reconciles_daily: bool,
    pub clock: Clock,
}

/// The money. Cheap to clone.
#[derive(Clone)]
pub struct Billing(Arc<Inner>);

pub struct Inner {
    server: ServerId,
    store: Store,
    spends: Lane,
    catalog: OnSale,
    stripe: Stripe,
    passwords: Hasher,
    mail: mail::Settings,
    /// What passkeys are made for; none where they cannot be.
    relying_party: Option<staff::RelyingParty>,
    questions: Questions,
    setbacks: sweep::Setbacks,
    /// What came to the door and was refused, until it is written down.
    refusals: inbox::Refusals,
    grace: Duration,
    spent: claim::Spent,
    large: staff::proposals::Large,
    credits_low: Credits,
    clock: Clock,
    /// Asks those whom we tell of events.
    http: reqwest::Client,
    /// Events just stored, on their way to the worker.
    received: mpsc::Sender<inbox::Event>,
    workers: TaskTracker,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Deref for Billing {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// New events that may be on their way to the worker; the rest it finds in the inbox.
const RECEIVED: usize = 4096;

impl Billing {
    /// Opens the database, brings its schema and catalogue up to date, and starts to work on what
    /// lies in it.
    pub async fn open(settings: Settings) -> Result<Self> {
        let reconciles_daily = settings.reconciles_daily;
        let (billing, received) = Self::without_workers(settings, true).await?;
        billing.workers.spawn(catalog::watch(billing.clone()));
        billing.workers.spawn(inbox::run(billing.clone(), received));
        billing.workers.spawn(inbox::watch(billing.clone()));
        billing.workers.spawn(sweep::run(billing.clone()));
        billing.workers.spawn(mail::run(billing.clone()));
        billing.workers.spawn(duty::run(billing.clone()));
        billing.workers.spawn(audit::run(billing.clone()));
        billing.workers.spawn(events::run(billing.clone()));
        billing.workers.spawn(staff::figures::run(billing.clone()));
        if reconciles_daily {
            billing.workers.spawn(reconcile::run(billing.clone()));
        }
        Ok(billing)
    }

    /// For commands that do one thing and end. What is on sale stays, unless nothing is.
    pub async fn open_quietly(settings: Settings) -> Result<Self> {
        Ok(Self::without_workers(settings, false).await?.0)
    }

    async fn without_workers(
        settings: Settings,
        sells: bool,
    ) -> Result<(Self, mpsc::Receiver<inbox::Event>)> {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let store = Store::open(&settings.database, &settings.listening, &tasks, &stop).await?;
        let now = settings.clock.now();
        let catalog = OnSale::open(settings.catalog, &store, now, sells).await?;
        let (received, events) = mpsc::channel(RECEIVED);
        let spends = Lane::open(store.clone(), settings.clock.clone(), settings.credits_low);
        let billing = Self(Arc::new(Inner {
            server: ServerId::new(),
            store,
            spends,
            catalog,
            stripe: Stripe::new(settings.stripe)?,
            passwords: Hasher::default(),
            relying_party: staff::RelyingParty::of(&settings.mail.site),
            mail: settings.mail,
            questions: Questions::default(),
            setbacks: sweep::Setbacks::default(),
            refusals: inbox::Refusals::default(),
            grace: settings.grace,
            spent: settings.spent,
            large: settings.large,
            credits_low: settings.credits_low,
            clock: settings.clock,
            http: http::client()?,
            received,
            workers: TaskTracker::new(),
            tasks,
            stop,
        }));
        Ok((billing, events))
    }

    pub fn stripe(&self) -> &Stripe {
        &self.stripe
    }

    /// The clock that all of this reads. Tests move it.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How often this process has read from the database. Waiting adds nothing to it.
    pub fn reads(&self) -> u64 {
        metrics::METRICS.database_reads.get()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        store::inbox::depth(&mut self.store.read().await?)
            .await
            .map(drop)
    }

    /// Answers everybody who waits and lets the workers end what they hold. Requests are still
    /// served.
    pub fn begin_stop(&self) {
        self.stop.cancel();
    }

    /// Whether those who wait are being sent home.
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Stops altogether: the workers end what they hold, what is queued is written, then nothing
    /// more.
    pub async fn stop(&self) {
        self.begin_stop();
        self.workers.close();
        self.workers.wait().await;
        self.spends.close().await;
        self.store.close_writer();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
