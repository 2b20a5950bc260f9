//! `tender reconcile`: what the gateway says, compared with the books.

use std::{path::PathBuf, process::ExitCode, time::Instant};

use anyhow::Context;
use billing::{
    Billing,
    clock::Day,
    gateway::stripe,
    reconcile::{
        Columns, FindingState, Period, Reconciliation, Settlement, Source, Stage, Unit, Wish,
    },
};
use clap::Args;

use super::{TELL_EVERY, milliseconds};
use crate::settings::{Settings, blame};

/// How many unreadable lines are printed.
const SHOWN: i64 = 20;

#[derive(Args)]
pub(super) struct Wished {
    /// The first day in UTC; the last one, if it is not said.
    #[arg(long, value_name = "DATE")]
    from: Option<Day>,
    /// The last day; yesterday, if it is not said.
    #[arg(long, value_name = "DATE")]
    to: Option<Day>,
    /// A settlement file instead of the gateway's API: Stripe's balance and payout reconciliation
    /// reports, Razorpay's settlement recon, or any CSV. With a period, what is missing in it is found,
    /// too.
    #[arg(long, value_name = "CSV")]
    file: Option<PathBuf>,
    /// What the columns of the file mean: id, type, reference, payment, invoice, transaction, status,
    /// amount, currency, fee, fee_currency, tax, payout, created.
    #[arg(long, value_name = "FIELD=COLUMN,…", requires = "file")]
    columns: Option<Columns>,
    /// How its amounts are written: major, 19.00, or minor, 1900.
    #[arg(long, value_name = "UNIT", requires = "file")]
    unit: Option<Unit>,
    /// Do what the catalogue's rules say about what differs.
    #[arg(long)]
    apply: bool,
}

impl Wished {
    fn wish(self, today: Day) -> Wish {
        let is_file = self.file.is_some();
        let period = match (self.from, self.to) {
            (None, None) if is_file => None,
            (from, to) => {
                let to = to.unwrap_or_else(|| today.before());
                Some(Period::days(from.unwrap_or(to), to))
            }
        };
        let file = self.file.map(|path| Settlement {
            path,
            columns: self.columns.unwrap_or_default(),
            unit: self.unit,
        });
        Wish {
            file,
            period,
            applies: self.apply,
            by: "command line".to_owned(),
        }
    }
}

pub(super) async fn run(settings: &Settings, wished: Wished) -> anyhow::Result<ExitCode> {
    let billing = settings.billing(gateway(settings)?)?;
    let billing = Billing::open_quietly(billing).await.map_err(blame)?;
    let wish = wished.wish(billing.clock().now().into());
    let done = reconcile(&billing, wish).await;
    billing.stop().await;
    done.map(|()| ExitCode::SUCCESS)
}

/// The gateway of `tender serve`: the sandbox that it started, when there are no keys.
fn gateway(settings: &Settings) -> anyhow::Result<stripe::Settings> {
    let keys = settings.stripe();
    Ok(match settings.uses_sandbox()? {
        true => stripe::Settings {
            secret_key: sandbox::SECRET_KEY.to_owned(),
            api_base: format!("http://{}", settings.sandbox_addr),
            ..keys
        },
        false => keys,
    })
}

async fn reconcile(billing: &Billing, wish: Wish) -> anyhow::Result<()> {
    let started = Instant::now();
    let (mut told, mut stage) = (started, None);
    let run = billing
        .reconcile(wish, |run| {
            if stage.replace(run.stage) != Some(run.stage) || told.elapsed() > TELL_EVERY {
                told = Instant::now();
                tell(run);
            }
        })
        .await
        .context("cannot reconcile")?;
    print(billing, &run).await?;
    say!("Took {}.", milliseconds(started.elapsed()));
    Ok(())
}

/// How far it is. What is printed at the end is the result, and this is not.
fn tell(run: &Reconciliation) {
    match run.stage {
        Stage::Finished => {}
        Stage::Acting => say_aside!("acting on what differs"),
        Stage::File => say_aside!("{} lines read", run.lines),
        stage => say_aside!("{stage}: {} lines so far", run.lines),
    }
}

async fn print(billing: &Billing, run: &Reconciliation) -> anyhow::Result<()> {
    let what = match (run.source, &run.file) {
        (Source::File, Some(name)) => name.as_str(),
        _ => "the API",
    };
    say!("Reconciliation {} of {} with {what}", run.id, run.gateway);
    if let Some(Period { from, to }) = run.period {
        say!("From {from} until before {to}");
    }
    say!("{} lines, {} of them unreadable", run.lines, run.unreadable);
    let problems = billing.unreadable_lines(run.id, 0, SHOWN).await?;
    for problem in &problems {
        say!("  line {}: {}", problem.line, problem.text);
    }
    if run.unreadable > SHOWN {
        say!("  and {} more", run.unreadable - SHOWN);
    }
    let counts = billing.finding_counts(run.id).await?;
    if counts.is_empty() {
        say!("Nothing differs.");
    }
    for count in &counts {
        say!(
            "  {:<24}{:<6}{:>12}",
            count.class.as_str(),
            count.state.as_str(),
            count.findings
        );
    }
    let is_open = counts.iter().any(|count| count.state == FindingState::Open);
    if is_open && !run.applies {
        say!("Nothing was done about it: --apply does what the rules say.");
    }
    Ok(())
}
