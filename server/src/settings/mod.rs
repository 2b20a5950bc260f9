//! Everything that can be set, each by an environment variable or a line in `.env`.

mod address;
mod gateway;
mod mail;
mod told;

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use app::desk::Setting;
use billing::{
    catalog::CatalogFile,
    claim::Spent,
    clock::Clock,
    gateway::stripe,
    mail::Mailbox,
    money::Credits,
    secret::Secret,
    store::{Listening, Location},
};

use crate::metrics::Readers;
pub use told::told;

/// When something is done without being asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Schedule {
    Off,
    Daily,
}

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Settings (also as environment variables or in .env)")]
pub struct Settings {
    /// Where the data lives: `sqlite:PATH` or `postgres://…`.
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "DATABASE_URL",
        default_value = "sqlite:.data/tender.db",
        hide_env_values = true,
        global = true
    )]
    pub database_url: Location,

    /// The same PostgreSQL past a transaction pooler, when DATABASE_URL leads through one (PgBouncer,
    /// at least 1.21 and with max_prepared_statements): to hear of other servers, and to migrate.
    #[arg(
        long, env = "DATABASE_LISTEN_URL", value_name = "DATABASE_LISTEN_URL",
        value_parser = address::postgres, hide_env_values = true, global = true
    )]
    pub database_listen_url: Option<String>,

    /// The address to listen on.
    #[arg(
        long,
        env = "TENDER_ADDR",
        value_name = "TENDER_ADDR",
        default_value = "127.0.0.1:3000",
        global = true
    )]
    pub addr: SocketAddr,

    /// How browsers and gateways reach the site. Without it: http:// and the address.
    #[arg(
        long, env = "TENDER_PUBLIC_URL", value_name = "TENDER_PUBLIC_URL",
        value_parser = address::origin, global = true
    )]
    pub public_url: Option<String>,

    /// The folder of the built assets.
    #[arg(
        long,
        env = "TENDER_SITE_ROOT",
        value_name = "TENDER_SITE_ROOT",
        default_value = "target/site",
        global = true
    )]
    pub site_root: PathBuf,

    /// Proxies in front of us, comma separated, whose X-Forwarded-For is believed.
    #[arg(
        long,
        env = "TENDER_TRUSTED_PROXIES",
        value_name = "TENDER_TRUSTED_PROXIES",
        value_delimiter = ',',
        global = true
    )]
    pub trusted_proxies: Vec<IpAddr>,

    /// Stripe's secret key. Without it the sandbox takes Stripe's place, on loopback only.
    #[arg(
        long,
        env = "STRIPE_SECRET_KEY",
        value_name = "STRIPE_SECRET_KEY",
        hide_env_values = true,
        global = true
    )]
    pub stripe_secret_key: Option<String>,

    /// Stripe's publishable key, which browsers get to see.
    #[arg(
        long,
        env = "STRIPE_PUBLISHABLE_KEY",
        value_name = "STRIPE_PUBLISHABLE_KEY",
        global = true
    )]
    pub stripe_publishable_key: Option<String>,

    /// The secrets that sign webhooks, comma separated; all are accepted.
    #[arg(
        long,
        env = "STRIPE_WEBHOOK_SECRETS",
        value_name = "STRIPE_WEBHOOK_SECRETS",
        value_delimiter = ',',
        hide_env_values = true,
        global = true
    )]
    pub stripe_webhook_secrets: Vec<String>,

    /// Where Stripe's API is.
    #[arg(
        long, env = "STRIPE_API_BASE", value_name = "STRIPE_API_BASE",
        default_value = "https://api.stripe.com", value_parser = address::origin, global = true
    )]
    pub stripe_api_base: String,

    /// Where Stripe's browser script is.
    #[arg(
        long, env = "STRIPE_JS_URL", value_name = "STRIPE_JS_URL",
        default_value = "https://js.stripe.com/clover/stripe.js", value_parser = address::url, global = true
    )]
    pub stripe_js_url: String,

    /// Where the sandbox listens, when it takes Stripe's place.
    #[arg(
        long,
        env = "TENDER_SANDBOX_ADDR",
        value_name = "TENDER_SANDBOX_ADDR",
        default_value = "127.0.0.1:4242",
        global = true
    )]
    pub sandbox_addr: SocketAddr,

    /// Who sells, as it stands on receipts: name and address, lines separated by line breaks or \n.
    #[arg(
        long,
        env = "TENDER_SELLER",
        value_name = "TENDER_SELLER",
        default_value = "Tender demo",
        global = true
    )]
    pub seller: String,

    /// How many days a plan goes on whose renewal is not paid.
    #[arg(
        long,
        env = "TENDER_GRACE_DAYS",
        value_name = "TENDER_GRACE_DAYS",
        default_value_t = 7,
        global = true
    )]
    pub grace_days: u16,

    /// A TOML file of plans, packs and coupons, published at start when it sells something else than the
    /// last one. Without it, what is on sale stays, and at first the demo's.
    #[arg(
        long,
        env = "TENDER_CATALOG",
        value_name = "TENDER_CATALOG",
        global = true
    )]
    pub catalog: Option<PathBuf>,

    /// What becomes of credits that were spent before their payment was refunded, or lost in a
    /// dispute, or before a gift was taken back: `debt`, which the next credits pay first, or `write-off`.
    #[arg(
        long,
        env = "TENDER_SPENT_REFUNDS",
        value_name = "TENDER_SPENT_REFUNDS",
        default_value = "debt",
        global = true
    )]
    pub spent_refunds: Spent,

    /// Below so many credits `credits.low` is told of a customer; 0 turns it off.
    #[arg(
        long,
        env = "TENDER_CREDITS_LOW",
        value_name = "TENDER_CREDITS_LOW",
        default_value_t = 10,
        global = true
    )]
    pub credits_low: u32,

    /// `daily` reconciles each day with the gateway when it is over, and does what the catalogue's
    /// rules say about what differs; `off` leaves that to `tender reconcile`.
    #[arg(
        long = "reconcile",
        env = "TENDER_RECONCILE",
        value_name = "TENDER_RECONCILE",
        default_value = "off",
        value_enum,
        hide_possible_values = true,
        global = true
    )]
    pub reconcile: Schedule,

    /// What Prometheus brings as its bearer token to read /metrics. Without it anybody may while
    /// TENDER_PUBLIC_URL is on loopback, and else nobody.
    #[arg(
        long,
        env = "TENDER_METRICS_TOKEN",
        value_name = "TENDER_METRICS_TOKEN",
        value_parser = token,
        hide_env_values = true,
        global = true
    )]
    pub metrics_token: Option<Secret>,

    /// An OpenTelemetry collector that takes traces over HTTP, like http://127.0.0.1:4318. Without it
    /// traces go nowhere.
    #[arg(
        long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "OTEL_EXPORTER_OTLP_ENDPOINT",
        value_parser = address::url, global = true
    )]
    pub otel_endpoint: Option<String>,

    /// The mail server: smtps://USER:PASSWORD@HOST, or smtp://USER:PASSWORD@HOST?tls=required for
    /// STARTTLS. Without it mails are written as files to the folder `mail` beside the database, or
    /// in `.data`.
    #[arg(
        long,
        env = "SMTP_URL",
        value_name = "SMTP_URL",
        hide_env_values = true,
        global = true
    )]
    pub smtp_url: Option<String>,

    /// Who mails are from: `Shop <mail@shop.example>`. Needed with SMTP_URL.
    #[arg(
        long,
        env = "TENDER_MAIL_FROM",
        value_name = "TENDER_MAIL_FROM",
        global = true
    )]
    pub mail_from: Option<Mailbox>,

    /// All of them, as staff see them.
    #[arg(skip)]
    pub told: Vec<Setting>,
}

impl Settings {
    /// How browsers reach the site, without a slash at the end.
    pub fn public_url(&self) -> String {
        self.public_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", self.addr))
    }

    pub fn is_https(&self) -> bool {
        self.public_url().starts_with("https:")
    }

    /// Who may read the metrics.
    pub fn metrics_readers(&self) -> Readers {
        match &self.metrics_token {
            Some(token) => Readers::Bearer(token.clone().into()),
            None if address::is_loopback(&self.public_url()) => Readers::Anybody,
            None => Readers::Nobody,
        }
    }

    /// The seller, line by line.
    pub fn seller(&self) -> Vec<String> {
        let lines = self.seller.replace("\\n", "\n");
        let lines = lines.lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Where files of ours lie: beside the SQLite database, or in `.data`.
    pub fn data_folder(&self) -> PathBuf {
        match &self.database_url {
            Location::Sqlite(path) => path.parent().map(Path::to_owned).unwrap_or_default(),
            Location::Postgres(_) => ".data".into(),
        }
    }

    /// Where settlement files lie until they are compared: beside the SQLite database, or where the
    /// system keeps what does not stay, because a server before PostgreSQL may keep nothing of its own.
    pub fn settlements(&self) -> PathBuf {
        match &self.database_url {
            Location::Sqlite(_) => self.data_folder().join("settlements"),
            Location::Postgres(_) => std::env::temp_dir().join("tender-settlements"),
        }
    }

    /// What billing needs to know.
    pub fn billing(&self, stripe: stripe::Settings) -> anyhow::Result<billing::Settings> {
        Ok(billing::Settings {
            database: self.database_url.clone(),
            listening: self.listening()?,
            catalog: self.catalog()?,
            stripe,
            mail: self.mail()?,
            grace: Duration::from_secs(u64::from(self.grace_days) * 24 * 3600),
            spent: self.spent_refunds,
            credits_low: Credits(self.credits_low.into()),
            reconciles_daily: self.reconcile == Schedule::Daily,
            clock: Clock::default(),
        })
    }

    fn listening(&self) -> anyhow::Result<Listening> {
        let is_file = matches!(self.database_url, Location::Sqlite(_));
        anyhow::ensure!(
            !(is_file && self.database_listen_url.is_some()),
            "DATABASE_LISTEN_URL: only beside postgres://… in DATABASE_URL"
        );
        Ok(Listening {
            url: self.database_listen_url.clone(),
            ..Listening::default()
        })
    }

    fn catalog(&self) -> anyhow::Result<CatalogFile> {
        let Some(path) = &self.catalog else {
            return Ok(CatalogFile::demo()?);
        };
        let named = || format!("TENDER_CATALOG: {}", path.display());
        let text = std::fs::read_to_string(path).with_context(named)?;
        CatalogFile::parse(&text).with_context(named)
    }
}

/// Names the setting for which billing could not be opened.
pub fn blame(error: billing::Error) -> anyhow::Error {
    let name = match error {
        billing::Error::Listen(_) | billing::Error::Deaf => "DATABASE_LISTEN_URL",
        _ => "DATABASE_URL",
    };
    anyhow::Error::from(error).context(name)
}

/// A token that nobody guesses.
fn token(text: &str) -> Result<Secret, String> {
    if text.len() < 16 {
        return Err("expected at least 16 characters".into());
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::Settings;
    use crate::command_line::Cli;

    pub fn parsed(arguments: &[&str]) -> Result<Settings, String> {
        let all = ["tender"].iter().chain(arguments).chain(&["serve"]);
        Cli::try_parse_from(all)
            .map(|cli| cli.settings)
            .map_err(|error| crate::command_line::one_line(&error))
    }

    #[test]
    fn a_wrong_value_is_one_line_that_names_it() {
        for (flag, value, named) in [
            ("--addr", "here", "TENDER_ADDR"),
            ("--database-url", "mysql://x", "DATABASE_URL"),
            (
                "--database-listen-url",
                "sqlite:a.db",
                "DATABASE_LISTEN_URL",
            ),
            ("--public-url", "shop.example", "TENDER_PUBLIC_URL"),
            ("--stripe-js-url", "stripe.js", "STRIPE_JS_URL"),
            ("--sandbox-addr", "4242", "TENDER_SANDBOX_ADDR"),
            ("--spent-refunds", "mercy", "TENDER_SPENT_REFUNDS"),
            ("--credits-low", "few", "TENDER_CREDITS_LOW"),
            ("--mail-from", "the shop", "TENDER_MAIL_FROM"),
            (
                "--trusted-proxies",
                "10.0.0.1,proxy",
                "TENDER_TRUSTED_PROXIES",
            ),
        ] {
            let line = parsed(&[flag, value]).unwrap_err();
            assert!(line.contains(named) && !line.contains('\n'), "{line}");
        }
    }
}
