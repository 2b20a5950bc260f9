//! A settlement file of a million lines, reconciled by the real command against as many transactions.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::{Result, shop, table};

/// `TENDER_BENCH_LINES` sets another length.
const LINES: usize = 1_000_000;
/// So many lines do without our id, and are looked up by their payment.
const WITHOUT_ID: usize = 10;
/// So many are for nothing that was ordered.
const STRAY: usize = 10_000;
/// How many lines the baseline takes.
const BASELINE: usize = 2_000;
/// How often the memory of the command is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub async fn run() -> Result<()> {
    let lines = match std::env::var("TENDER_BENCH_LINES") {
        Ok(lines) => lines.parse()?,
        Err(_) => LINES,
    };
    let folder = tempfile::tempdir()?;
    let sqlite = format!("sqlite:{}", folder.path().join("tender.db").display());
    on("SQLite", &sqlite, folder.path(), lines).await?;
    // `make bench` starts one.
    if let Ok(postgres) = std::env::var("TENDER_TEST_POSTGRES") {
        on("PostgreSQL", &postgres, folder.path(), lines).await?;
    }
    Ok(())
}

async fn on(name: &str, database: &str, folder: &Path, lines: usize) -> Result<()> {
    table::title(&format!(
        "A settlement file of {lines} lines and as many transactions, on {name}"
    ));
    // Brings the schema.
    shop::billing_on(database).await?.stop().await;
    let mut rows = Rows::connect(database).await?;
    rows.fill(lines).await?;
    let alone = rows.a_line_at_a_time().await?;
    let file = folder.join("settlement.csv");
    write(&file, lines)?;
    println!(
        "  {:<44} {alone:>9.0} lines/s {:>11}",
        "a line at a time: look up, insert, commit", "1 x"
    );
    let first = reconciled(database, folder, &file)?;
    row("tender reconcile --file", lines, &first, alone);
    let again = reconciled(database, folder, &file)?;
    row("the same once more: nothing is new", lines, &again, alone);
    Ok(())
}

fn row(what: &str, lines: usize, run: &Run, alone: f64) {
    let rate = lines as f64 / run.took.as_secs_f64();
    println!(
        "  {what:<44} {rate:>9.0} lines/s {:>9.0} x   {:.1} s, peak {} MiB",
        rate / alone,
        run.took.as_secs_f64(),
        run.peak / 1024 / 1024,
    );
}

struct Run {
    took: Duration,
    /// The most memory that it held, in bytes.
    peak: u64,
}

/// Runs the command to its end.
fn reconciled(database: &str, folder: &Path, file: &Path) -> Result<Run> {
    let begun = Instant::now();
    let mut process = Command::new(shop::SERVER)
        .args(["reconcile", "--file"])
        .arg(file)
        .current_dir(folder)
        .env("RUST_LOG", "warn")
        .env("DATABASE_URL", database)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut peak = 0;
    let status = loop {
        peak = held(process.id()).unwrap_or(0).max(peak);
        match process.try_wait()? {
            Some(status) => break status,
            None => std::thread::sleep(LOOK_EVERY),
        }
    };
    match status.success() {
        true => Ok(Run {
            took: begun.elapsed(),
            peak,
        }),
        false => Err("the command failed".into()),
    }
}

/// The most memory that a process has held so far, in bytes.
fn held(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let held = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(held.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

fn id(number: usize) -> String {
    format!("01900000-0000-7000-8000-{number:012x}")
}

/// As a gateway writes it: in the order in which things happened.
fn write(path: &Path, lines: usize) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(
        file,
        "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,automatic_payout_id,payment_intent_id,payment_metadata[transaction]"
    )?;
    for n in 0..lines {
        let ours = match (n % STRAY, n % WITHOUT_ID) {
            (0, _) | (_, 0) => String::new(),
            _ => id(n),
        };
        let payment = if n % STRAY == 0 { "stray" } else { "pi" };
        writeln!(
            file,
            "txn_{n},2026-11-18 10:00:00,usd,5.00,0.45,4.55,charge,ch_{n},po_{},{payment}_{n},{ours}",
            n / 10_000
        )?;
    }
    Ok(file.flush()?)
}

/// The database itself, past billing.
enum Rows {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Rows {
    async fn connect(database: &str) -> Result<Self> {
        Ok(match database.strip_prefix("sqlite:") {
            Some(path) => Self::Sqlite(SqliteConnection::connect(&format!("sqlite:{path}")).await?),
            None => Self::Postgres(PgConnection::connect(database).await?),
        })
    }

    async fn execute(&mut self, sql: &str) -> Result<()> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(connection) => sqlx::raw_sql(sql).execute(connection).await.map(drop)?,
            Self::Postgres(connection) => sqlx::raw_sql(sql).execute(connection).await.map(drop)?,
        }
        Ok(())
    }

    /// An id as this database takes it.
    fn literal(&self, id: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("x'{}'", id.replace('-', "")),
            Self::Postgres(_) => format!("'{id}'"),
        }
    }

    /// Settled transactions of one customer, each with what it granted.
    async fn fill(&mut self, lines: usize) -> Result<()> {
        let (series, id, hash) = match self {
            Self::Sqlite(_) => (
                "(with recursive s (n) as (select 0 union all select n + 1 from s where n + 1 < LINES)
                  select n from s)",
                "unhex('PREFIX' || printf('%012x', NUMBER))",
                "zeroblob(32)",
            ),
            Self::Postgres(_) => (
                "(select n from generate_series(0, LINES - 1) n)",
                "cast('PREFIX' || lpad(to_hex(NUMBER), 12, '0') as uuid)",
                "decode(repeat('00', 32), 'hex')",
            ),
        };
        let series = series.replace("LINES", &lines.to_string());
        let numbered =
            |prefix: &str, number: &str| id.replace("PREFIX", prefix).replace("NUMBER", number);
        let transaction = numbered("01900000000070008000", "n");
        let [transfer, before, last] = ["n", "n - 1", &format!("{lines} - 1")]
            .map(|number| numbered("01900000000070008001", number));
        let [customer, issued, available] =
            [1, 2, 3].map(|n| self.literal(&format!("01800000-0000-7000-8000-{n:012x}")));
        self.execute(&format!(
            "insert into customers (id, created_at) values ({customer}, 0);
             insert into accounts (id, customer_id, kind, balance, version, head)
               values ({issued}, {customer}, 'issued', -50 * {lines}, {lines}, null),
                      ({available}, {customer}, 'available', 50 * {lines}, {lines}, {last});
             insert into transactions (id, kind, state, customer_id, title, amount, currency, credits,
                 gateway, reference, version, settled_at, created_at, updated_at)
               select {transaction}, 'purchase', 'succeeded', {customer}, 'Starter pack', 500, 'usd', 50,
                 'stripe', 'pi_' || n, 2, n, n, n from {series} s;
             insert into transfers (id, customer_id, seq, follows, debit_account_id, credit_account_id,
                 amount, reason, note, transaction_id, source_kind, source_id, effect,
                 available_after, created_at, hash)
               select {transfer}, {customer}, n + 1, case when n > 0 then {before} end, {issued},
                 {available}, 50, 'purchase', 'Starter pack', {transaction}, 'transaction', 'pi_' || n, 'grant',
                 50 * (n + 1), n, {hash} from {series} s"
        ))
        .await?;
        match self {
            Self::Sqlite(_) => self.execute("analyze").await,
            Self::Postgres(_) => self.execute("vacuum analyze").await,
        }
    }

    /// What each line costs that is dealt with by itself, in lines a second.
    async fn a_line_at_a_time(&mut self) -> Result<f64> {
        self.execute("create table bench_lines (line text primary key, amount bigint, fee bigint)")
            .await?;
        let begun = Instant::now();
        for n in 0..BASELINE {
            let id = self.literal(&id(n));
            self.execute(&format!(
                "select amount, currency, state from transactions where id = {id}"
            ))
            .await?;
            self.execute(&format!(
                "insert into bench_lines values ('txn_{n}', 500, 45)"
            ))
            .await?;
        }
        let took = begun.elapsed();
        self.execute("drop table bench_lines").await?;
        Ok(BASELINE as f64 / took.as_secs_f64())
    }
}
