//! Starts everything in the order in which it is needed, and stops it in the other.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use app::Site;
use billing::{
    Billing,
    clock::Clock,
    gateway::stripe::{self, EVENTS},
};
use leptos::config::{Env, LeptosOptions};
use sandbox::Sandbox;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    connections,
    limits::Limits,
    routes,
    settings::{Settings, blame},
    state::{Shared, State},
};

/// Requests still under way after this are cut off when we stop.
const DRAIN: Duration = Duration::from_secs(8);

/// A running Tender.
pub struct Server {
    addr: SocketAddr,
    public_url: String,
    billing: Billing,
    sandbox: Option<Sandbox>,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl Server {
    /// Answers once requests are served.
    pub async fn start(mut settings: Settings) -> anyhow::Result<Self> {
        let uses_sandbox = settings.uses_sandbox()?;
        // Pages spawn their asynchronous parts. This fails only when it was done before.
        let _ = any_spawner::Executor::init_tokio();
        let listener = TcpListener::bind(settings.addr)
            .await
            .with_context(|| format!("TENDER_ADDR: cannot listen on {}", settings.addr))?;
        // With port 0 the system chooses one, and the public address follows it.
        settings.addr = listener.local_addr()?;
        let sandbox = match uses_sandbox {
            true => Some(start_sandbox(&settings).await?),
            false => None,
        };
        let gateway = Gateway::of(&settings, sandbox.as_ref())?;
        if let (Some(folder), false) = (settings.mail_folder(), uses_sandbox) {
            let folder = folder.display();
            tracing::warn!("SMTP_URL is not set: mails reach nobody, and are written to {folder}");
        }
        let mut needs = settings.billing(gateway.stripe)?;
        if let Some(sandbox) = &sandbox {
            needs.clock = Clock::following(sandbox.clock_offset());
        }
        let billing = Billing::open(needs).await.map_err(blame)?;
        let state = State::from(Shared {
            billing: billing.clone(),
            site: Site {
                sandbox_url: sandbox.as_ref().map(Sandbox::url),
                stripe_js_url: gateway.js_url,
                publishable_key: gateway.publishable_key,
                public_url: settings.public_url(),
                seller: settings.seller(),
            },
            options: leptos_options(&settings),
            limits: Limits::default(),
            metrics: settings.metrics_readers(),
            settlements: settings.settlements(),
            trusted_proxies: settings.trusted_proxies.clone(),
            settings: settings.told.clone(),
            secure: settings.is_https(),
        });
        let stop = CancellationToken::new();
        let serving = connections::serve(listener, routes::all(state), stop.clone());
        let serving = tokio::spawn(serving);
        Ok(Self {
            addr: settings.addr,
            public_url: settings.public_url(),
            billing,
            sandbox,
            stop,
            serving,
        })
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// Where the sandbox is, if it takes Stripe's place.
    pub fn sandbox_url(&self) -> Option<String> {
        self.sandbox.as_ref().map(Sandbox::url)
    }

    pub fn billing(&self) -> &Billing {
        &self.billing
    }

    /// Answers those who wait, finishes what is under way, writes what is queued.
    pub async fn stop(self) {
        self.billing.begin_stop();
        self.stop.cancel();
        match tokio::time::timeout(DRAIN, self.serving).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "serving ended badly"),
            Err(_) => tracing::warn!("some requests were cut off"),
        }
        self.billing.stop().await;
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
    }
}

/// Starts the gateway that stands in for Stripe. Its payments survive a restart.
pub async fn start_sandbox(settings: &Settings) -> anyhow::Result<Sandbox> {
    let listener = TcpListener::bind(settings.sandbox_addr)
        .await
        .with_context(|| {
            format!(
                "TENDER_SANDBOX_ADDR: cannot listen on {}",
                settings.sandbox_addr
            )
        })?;
    let folder = settings.data_folder();
    let named = || {
        format!(
            "DATABASE_URL: the sandbox keeps its journal in {}",
            folder.display()
        )
    };
    std::fs::create_dir_all(&folder).with_context(named)?;
    let sandbox = sandbox::Settings {
        journal: Some(folder.join("sandbox.jsonl")),
        mail: settings.mail_folder(),
    };
    Sandbox::start(listener, sandbox).await.with_context(named)
}

/// How we and browsers reach the gateway.
struct Gateway {
    stripe: stripe::Settings,
    js_url: String,
    publishable_key: String,
}

impl Gateway {
    fn of(settings: &Settings, sandbox: Option<&Sandbox>) -> anyhow::Result<Self> {
        let Some(sandbox) = sandbox else {
            if settings.stripe_webhook_secrets.is_empty() {
                tracing::warn!("STRIPE_WEBHOOK_SECRETS is empty: every webhook is refused");
            }
            return Ok(Self {
                stripe: settings.stripe(),
                js_url: settings.stripe_js_url.clone(),
                publishable_key: settings.stripe_publishable_key.clone().unwrap_or_default(),
            });
        };
        let endpoint = format!("{}/webhooks/stripe", settings.public_url());
        let secret = sandbox.webhook_secret(&endpoint, &EVENTS)?;
        Ok(Self {
            stripe: stripe::Settings {
                secret_key: sandbox::SECRET_KEY.to_owned(),
                api_base: sandbox.url(),
                webhook_secrets: vec![secret],
                wire: None,
            },
            js_url: format!("{}/clover/stripe.js", sandbox.url()),
            publishable_key: sandbox::PUBLISHABLE_KEY.to_owned(),
        })
    }
}

fn leptos_options(settings: &Settings) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name("tender")
        .site_root(settings.site_root.to_string_lossy().into_owned())
        .site_addr(settings.addr)
        .env(if cfg!(debug_assertions) {
            Env::DEV
        } else {
            Env::PROD
        })
        .build()
}
