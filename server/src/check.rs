//! `tender check`: is everything in order? One line for each thing looked at.

use std::{convert::Infallible, process::ExitCode};

use billing::{
    Billing,
    gateway::stripe::{API_VERSION, Stripe},
    store::Location,
};

use crate::settings::{Settings, blame};

pub async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let mut report = Report { failed: false };
    let sandbox = settings.uses_sandbox();
    report.line(
        "settings",
        sandbox.as_ref().map(|sandbox| match sandbox {
            true => "no keys: the sandbox takes Stripe's place".to_owned(),
            false => format!("keys of Stripe, API version {API_VERSION}"),
        }),
    );
    let database = match settings.billing(settings.stripe()) {
        Ok(settings) => Billing::open_quietly(settings).await.map_err(blame),
        Err(error) => Err(error),
    };
    report.line(
        "database",
        database
            .as_ref()
            .map(|_| "open, schema and catalogue up to date".into()),
    );
    if let Ok(billing) = database {
        if let Location::Postgres(_) = settings.database_url {
            let heard = match settings.database_listen_url {
                Some(_) => "heard at DATABASE_LISTEN_URL",
                None => "heard",
            };
            report.line("other servers", Ok::<_, Infallible>(heard.to_owned()));
        }
        let broken = billing.verify(|_| ()).await;
        report.line(
            "money laws",
            match &broken {
                Ok(broken) if broken.is_empty() => Ok("hold".to_owned()),
                Ok(broken) => Err(format!("{} are broken: see tender verify", broken.len())),
                Err(error) => Err(error.to_string()),
            },
        );
        report.line("gateway's events", compared(&billing).await);
        let post = billing.check_post().await;
        report.line(
            "mail",
            post.map(|()| match settings.mail_folder() {
                Some(folder) => format!("written to {}", folder.display()),
                None => "the mail server answers".to_owned(),
            }),
        );
        billing.stop().await;
    }
    if let Ok(false) = sandbox {
        let key = match Stripe::new(settings.stripe()) {
            Ok(stripe) => stripe.check().await,
            Err(error) => Err(error),
        };
        report.line("gateway key", key.map(|()| "accepted".to_owned()));
        let secrets = settings.stripe_webhook_secrets.len();
        report.line(
            "webhook secrets",
            match secrets {
                0 => Err("STRIPE_WEBHOOK_SECRETS is empty: every delivery is refused".to_owned()),
                n => Ok(format!("{n} accepted")),
            },
        );
    }
    Ok(if report.failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// How far the gateway's list of events was compared with the inbox.
async fn compared(billing: &Billing) -> billing::Result<String> {
    let Some(cursor) = billing.event_cursor().await? else {
        return Ok("not compared with the inbox so far: tender serve does".to_owned());
    };
    let ago = billing.clock().now().since(cursor.compared_at).as_secs();
    Ok(format!("compared with the inbox {ago} s ago"))
}

struct Report {
    failed: bool,
}

impl Report {
    fn line<E: std::fmt::Display>(&mut self, what: &str, found: Result<String, E>) {
        match found {
            Ok(text) => say!("ok      {what}: {text}"),
            Err(error) => {
                self.failed = true;
                say!("failed  {what}: {error:#}");
            }
        }
    }
}
