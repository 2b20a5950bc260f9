//! Everything that can be set, each by an environment variable or a line in `.env`.

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use billing::{
    catalog::CatalogFile,
    claim::Spent,
    clock::Clock,
    gateway::stripe,
    mail::{self, Mailbox, Post, Relay},
    store::Location,
};
use http::Uri;

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
        value_parser = origin, global = true
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
        default_value = "https://api.stripe.com", value_parser = origin, global = true
    )]
    pub stripe_api_base: String,

    /// Where Stripe's browser script is.
    #[arg(
        long, env = "STRIPE_JS_URL", value_name = "STRIPE_JS_URL",
        default_value = "https://js.stripe.com/clover/stripe.js", value_parser = script, global = true
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

    /// A TOML file of plans, packs and coupons. Without it the demo catalogue is sold.
    #[arg(
        long,
        env = "TENDER_CATALOG",
        value_name = "TENDER_CATALOG",
        global = true
    )]
    pub catalog: Option<PathBuf>,

    /// What becomes of credits that were spent before their payment was refunded, or lost in a
    /// dispute: `debt`, which the next credits pay first, or `write-off`.
    #[arg(
        long,
        env = "TENDER_SPENT_REFUNDS",
        value_name = "TENDER_SPENT_REFUNDS",
        default_value = "debt",
        global = true
    )]
    pub spent_refunds: Spent,

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
}

/// Who mails are from that reach nobody.
const NOBODY: &str = "Tender <tender@localhost>";

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

    /// The seller, line by line.
    pub fn seller(&self) -> Vec<String> {
        let lines = self.seller.replace("\\n", "\n");
        let lines = lines.lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Whether the sandbox takes Stripe's place.
    ///
    /// # Errors
    /// Names the setting that is missing, when it may not.
    pub fn uses_sandbox(&self) -> anyhow::Result<bool> {
        if self.stripe_secret_key.is_some() {
            if self.stripe_publishable_key.is_none() {
                bail!(
                    "STRIPE_PUBLISHABLE_KEY is missing: STRIPE_SECRET_KEY is set, and browsers need both"
                );
            }
            return Ok(false);
        }
        if !self.sandbox_addr.ip().is_loopback() || !is_loopback(&self.public_url()) {
            bail!(
                "STRIPE_SECRET_KEY is missing: the sandbox takes its place only while TENDER_PUBLIC_URL and TENDER_SANDBOX_ADDR are on loopback"
            );
        }
        Ok(true)
    }

    /// Where files of ours lie: beside the SQLite database, or in `.data`.
    pub fn data_folder(&self) -> PathBuf {
        match &self.database_url {
            Location::Sqlite(path) => path.parent().map(Path::to_owned).unwrap_or_default(),
            Location::Postgres(_) => ".data".into(),
        }
    }

    /// What billing needs to know.
    pub fn billing(&self, stripe: stripe::Settings) -> anyhow::Result<billing::Settings> {
        Ok(billing::Settings {
            database: self.database_url.clone(),
            catalog: self.catalog()?,
            stripe,
            mail: self.mail()?,
            grace: Duration::from_secs(u64::from(self.grace_days) * 24 * 3600),
            spent: self.spent_refunds,
            clock: Clock::default(),
        })
    }

    /// Where mails lie as files, when no mail server takes them.
    pub fn mail_folder(&self) -> Option<PathBuf> {
        match self.smtp_url {
            Some(_) => None,
            None => Some(self.data_folder().join("mail")),
        }
    }

    /// How mails leave.
    ///
    /// # Errors
    /// Names the setting that is wrong or missing, and never shows the address of the mail server,
    /// in which a password stands: that is why clap does not read it.
    fn mail(&self) -> anyhow::Result<mail::Settings> {
        let (post, from) = match (&self.smtp_url, &self.mail_from) {
            (Some(url), Some(from)) => {
                let relay: Relay = url.parse().context("SMTP_URL")?;
                (Post::Relay(relay), from.clone())
            }
            (Some(_), None) => {
                bail!("TENDER_MAIL_FROM is missing: SMTP_URL is set, and a mail needs a sender")
            }
            (None, from) => {
                let from = from.clone().map_or_else(|| NOBODY.parse(), Ok)?;
                (Post::Folder(self.data_folder().join("mail")), from)
            }
        };
        Ok(mail::Settings {
            post,
            from,
            site: self.public_url(),
        })
    }

    /// The keys as they are set; empty ones when there are none.
    pub fn stripe(&self) -> stripe::Settings {
        stripe::Settings {
            secret_key: self.stripe_secret_key.clone().unwrap_or_default(),
            api_base: self.stripe_api_base.clone(),
            webhook_secrets: self.stripe_webhook_secrets.clone(),
        }
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

/// An address such as `https://shop.example`, without a path.
fn origin(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    let uri: Uri = text.parse().map_err(|error| format!("{error}"))?;
    let plain = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.authority().is_some()
        && uri.path_and_query().is_none_or(|rest| rest.as_str() == "/");
    if plain {
        Ok(text.to_owned())
    } else {
        Err("expected http://HOST or https://HOST".into())
    }
}

/// The address of a script.
fn script(text: &str) -> Result<String, String> {
    let uri: Uri = text.parse().map_err(|error| format!("{error}"))?;
    let complete = matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some();
    if complete {
        Ok(text.to_owned())
    } else {
        Err("expected http:// or https://".into())
    }
}

fn is_loopback(url: &str) -> bool {
    let authority = url
        .parse::<Uri>()
        .ok()
        .and_then(|uri| uri.authority().cloned());
    authority.is_some_and(|authority| {
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::command_line::Cli;

    fn parsed(arguments: &[&str]) -> Result<Settings, String> {
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
            ("--public-url", "shop.example", "TENDER_PUBLIC_URL"),
            ("--stripe-js-url", "stripe.js", "STRIPE_JS_URL"),
            ("--sandbox-addr", "4242", "TENDER_SANDBOX_ADDR"),
            ("--spent-refunds", "mercy", "TENDER_SPENT_REFUNDS"),
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

    #[test]
    fn a_mail_server_needs_a_sender_and_its_password_is_not_told() {
        let refusal = |flags: &[&str]| format!("{:#}", parsed(flags).unwrap().mail().unwrap_err());
        let url = "smtps://ann:secret@mail.example";
        let alone = refusal(&["--smtp-url", url]);
        assert!(alone.contains("TENDER_MAIL_FROM"), "{alone}");
        let from = ["--mail-from", "Shop <mail@shop.example>"];
        for wrong in [
            "ann:secret@mail.example",
            "smtp://ann:secret@mail.example",
            "",
        ] {
            let line = refusal(&[&["--smtp-url", wrong][..], &from].concat());
            assert!(line.contains("SMTP_URL") && !line.contains('\n'), "{line}");
            assert!(!line.contains("secret"), "{line}");
        }
        let settings = parsed(&[&["--smtp-url", url][..], &from].concat()).unwrap();
        assert!(matches!(settings.mail().unwrap().post, Post::Relay(_)));
        assert_eq!(settings.mail_folder(), None);
        let files = parsed(&[]).unwrap();
        assert_eq!(files.mail_folder(), Some(".data/mail".into()));
        assert!(matches!(files.mail().unwrap().post, Post::Folder(_)));
    }

    #[test]
    fn the_sandbox_stays_on_loopback() {
        assert!(parsed(&[]).unwrap().uses_sandbox().unwrap());
        let public = parsed(&["--public-url", "https://shop.example/"]).unwrap();
        assert!(
            public
                .uses_sandbox()
                .unwrap_err()
                .to_string()
                .contains("STRIPE_SECRET_KEY")
        );
        let half = parsed(&["--stripe-secret-key", "sk_test_1"]).unwrap();
        assert!(
            half.uses_sandbox()
                .unwrap_err()
                .to_string()
                .contains("STRIPE_PUBLISHABLE_KEY")
        );
        for url in [
            "http://localhost:3000",
            "http://[::1]:3000",
            "http://127.0.0.2",
        ] {
            assert!(is_loopback(url), "{url}");
        }
        assert!(!is_loopback("http://localhost.example"));
    }
}
