//! `tender …`: what each command does, and what it answers.

mod books;
mod demo;
mod endpoints;
mod keys;
mod reconcile;
mod staff;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;
use billing::{Billing, audit::Progress};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::{
    Server, check,
    settings::{Settings, blame, told},
    telemetry::Telemetry,
};

/// Sells plans and credits: when a payment settles, the credits are there, once.
#[derive(Parser)]
#[command(name = "tender", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    pub settings: Settings,
}

impl Cli {
    /// Reads the arguments, and the settings with where each came from.
    ///
    /// # Errors
    /// As clap has them: also when help or the version is asked for.
    pub fn read(
        arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> Result<Self, clap::Error> {
        let matches = Self::command().try_get_matches_from(arguments)?;
        let mut cli = Self::from_arg_matches(&matches)?;
        cli.settings.told = told(&matches);
        Ok(cli)
    }
}

#[derive(Subcommand)]
enum Command {
    /// Serve the site, and the sandbox when there are no keys.
    Serve,
    /// Bring the schema of the database up to date.
    Migrate,
    /// Look whether settings, database and gateway are in order: a line each, exit 1 if any fails.
    Check,
    /// The people who run the site.
    #[command(subcommand)]
    Staff(staff::Command),
    /// The programs that use the API.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Where what happens is told: products, operators' systems.
    #[command(subcommand)]
    Endpoints(endpoints::Command),
    /// Check the money laws, every transfer's hash, every checkpoint and the books of the house, exit 1 on a violation.
    Verify,
    /// Print what was issued to all customers, and what became of it.
    Books(books::Span),
    /// Copy the SQLite database as it is now into a new file, while it is used.
    Backup {
        #[arg(value_name = "PATH")]
        to: PathBuf,
    },
    /// Compare a period, or a settlement file, with the books: a dry run, unless --apply.
    Reconcile(reconcile::Wished),
    /// Fill the database with the made-up history of a shop, to look at it full.
    ///
    /// So many customers come within the last 90 days, or within those whose figures are not written down
    /// yet, buy and spend, each with about ten entries in the ledger. Twice makes it twice as many. Not
    /// where money moves, and not while a server works on the same database. The gateway knows nothing of
    /// these payments: they cannot be refunded there, and a reconciliation finds all of them missing.
    Demo(demo::Wished),
    /// Serve the sandbox gateway alone.
    Sandbox,
}

/// How many tasks a thread runs before it looks for those that other threads woke. SQLite answers from
/// a thread of its own: by tokio's measure, a commit would wait again and again behind thousands of
/// clients who have just been told something.
const QUEUE_INTERVAL: u32 = 4;

/// How often a long verification says how far it is.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// What was wrong with the arguments or settings, in one line.
pub fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let first = text
        .lines()
        .take_while(|line| !line.is_empty())
        .map(str::trim);
    format!("tender: {}", first.collect::<Vec<_>>().join(" "))
}

/// Runs a command. What goes wrong is one line on standard error.
pub fn run(cli: Cli) -> ExitCode {
    match started(cli) {
        Ok(code) => code,
        Err(error) => {
            say_aside!("tender: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn started(cli: Cli) -> anyhow::Result<ExitCode> {
    // Dropped last.
    let _telemetry = Telemetry::start(cli.settings.otel_endpoint.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .global_queue_interval(QUEUE_INTERVAL)
        .build()
        .context("cannot start")?;
    runtime.block_on(execute(cli))
}

async fn execute(Cli { command, settings }: Cli) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve => serve(settings).await,
        Command::Migrate => {
            open(&settings).await?.stop().await;
            say!("The database is up to date.");
            Ok(ExitCode::SUCCESS)
        }
        Command::Check => check::run(&settings).await,
        Command::Staff(command) => staff::run(&settings, command).await,
        Command::Keys(command) => keys::run(&settings, command).await,
        Command::Endpoints(command) => endpoints::run(&settings, command).await,
        Command::Verify => verify(&settings).await,
        Command::Books(span) => books::run(&settings, span).await,
        Command::Backup { to } => backup(&settings, &to).await,
        Command::Reconcile(wished) => reconcile::run(&settings, wished).await,
        Command::Demo(wished) => demo::run(&settings, wished).await,
        Command::Sandbox => sandbox(settings).await,
    }
}

async fn serve(settings: Settings) -> anyhow::Result<ExitCode> {
    let mail_folder = settings.mail_folder();
    let server = Server::start(settings).await?;
    say!("Tender is at {}", server.public_url());
    if let Some(sandbox) = server.sandbox_url() {
        say!("The sandbox gateway is at {sandbox}: no money moves");
    }
    match (mail_folder, server.sandbox_url()) {
        (Some(_), Some(sandbox)) => say!("Mails are at {sandbox}/mails"),
        (Some(folder), None) => say!("Mails are files in {}", folder.display()),
        (None, _) => {}
    }
    asked_to_stop().await?;
    server.stop().await;
    Ok(ExitCode::SUCCESS)
}

async fn sandbox(settings: Settings) -> anyhow::Result<ExitCode> {
    let sandbox = crate::serve::start_sandbox(&settings).await?;
    say!(
        "The sandbox gateway is at {}: no money moves",
        sandbox.url()
    );
    asked_to_stop().await?;
    sandbox.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Ends when the process is asked to stop, by SIGTERM or Ctrl-C.
async fn asked_to_stop() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}

async fn verify(settings: &Settings) -> anyhow::Result<ExitCode> {
    let billing = open(settings).await?;
    let started = std::time::Instant::now();
    let mut told = started;
    let violations = billing
        .verify(|progress| {
            if told.elapsed() > TELL_EVERY {
                told = std::time::Instant::now();
                match progress {
                    Progress::Laws { done, of } => say_aside!("{done} of {of} laws"),
                    Progress::Transfers { done, of } => say_aside!("{done} of {of} transfers"),
                }
            }
        })
        .await;
    billing.stop().await;
    let violations = violations?;
    for violation in &violations {
        say!(
            "{}: {}: {} rows break it",
            violation.law,
            violation.rule,
            violation.rows
        );
    }
    if violations.is_empty() {
        say!("The money laws hold ({}).", milliseconds(started.elapsed()));
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

async fn backup(settings: &Settings, to: &Path) -> anyhow::Result<ExitCode> {
    billing::store::backup(&settings.database_url, to).await?;
    say!("{} is a copy of the database.", to.display());
    Ok(ExitCode::SUCCESS)
}

fn milliseconds(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}

async fn open(settings: &Settings) -> anyhow::Result<Billing> {
    let billing = settings.billing(settings.stripe())?;
    Billing::open_quietly(billing).await.map_err(blame)
}
