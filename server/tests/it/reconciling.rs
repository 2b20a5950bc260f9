//! `tender reconcile` as a process.

use std::{fmt::Write, path::Path, process::Output};

use rstest::rstest;

use crate::{
    commands::{run, text},
    harness::{Database, Gateway, TestDatabase, eventually, settings, tender},
};

const HEADER: &str = "type,reference,payment,amount,currency,fee,created\n";
const AT: &str = "2026-11-18 10:00:00";

/// What `tender reconcile` prints, when it works.
async fn reconciled(more: &[&str], settings: &[(&str, &str)], folder: &Path) -> String {
    let arguments = [&["reconcile"], more].concat();
    let Output {
        status,
        stdout,
        stderr,
    } = run(&arguments, settings, folder).await;
    assert!(status.success(), "{}", text(&stderr));
    text(&stdout).to_owned()
}

#[rstest]
#[tokio::test]
async fn it_tells_what_differs_and_what_it_could_not_read(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let (database, gateway) = (TestDatabase::fresh(database).await, Gateway::start().await);
    let settings = settings(&database, &gateway);
    let settings: Vec<_> = settings
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let folder = database.folder();
    let file =
        format!("{HEADER}payment,pi_1,,5.00,usd,0.45,{AT}\npayment,pi_2,,five,usd,0.45,{AT}\n");
    std::fs::write(folder.join("bank.csv"), file).unwrap();

    let said = reconciled(&["--file", "bank.csv"], &settings, folder).await;
    for part in [
        "of stripe with bank.csv",
        "2 lines, 1 of them unreadable",
        "line 3: 'five' is not an amount of usd",
        "payment_without_order   open             1",
        "Nothing was done about it: --apply does what the rules say.",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let said = reconciled(
        &["--from", "2026-11-01", "--to", "2026-11-02"],
        &settings,
        folder,
    )
    .await;
    assert!(
        said.contains("From 2026-11-01T00:00:00Z until before 2026-11-03T00:00:00Z"),
        "{said}"
    );
    assert!(said.contains("Nothing differs."), "{said}");
    for (arguments, named) in [
        (
            ["--from", "2026-11-02", "--to", "2026-11-01"],
            "the last day is before the first",
        ),
        (
            ["--from", "2999-01-01", "--to", "2999-01-01"],
            "the period has only just begun",
        ),
        (["--file", "none.csv", "--unit", "minor"], "none.csv"),
    ] {
        let arguments = [&["reconcile"][..], &arguments].concat();
        let Output { status, stderr, .. } = run(&arguments, &settings, folder).await;
        assert!(!status.success());
        assert!(text(&stderr).contains(named), "{}", text(&stderr));
    }
    gateway.stop().await;
}

/// Killed in the middle of a file, the same command goes on with the next line.
#[rstest]
#[tokio::test]
async fn it_goes_on_where_it_was_killed(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    const LINES: usize = 20_000;
    let (database, gateway) = (TestDatabase::fresh(database).await, Gateway::start().await);
    let settings = settings(&database, &gateway);
    let folder = database.folder();
    let mut file = HEADER.to_owned();
    for n in 0..LINES {
        let amount = if n % 1_000 == 0 { "none" } else { "5.00" };
        writeln!(file, "payment,pi_{n},,{amount},usd,0.45,{AT}").unwrap();
    }
    std::fs::write(folder.join("many.csv"), file).unwrap();
    let arguments = ["reconcile", "--file", "many.csv"];
    run(
        &["migrate"],
        &[("DATABASE_URL", database.url.as_str())],
        folder,
    )
    .await;
    let mut killed = tender(&arguments, &settings, folder).spawn().unwrap();
    let lines = "select cast(lines as text) from reconciliations where lines > 0";
    eventually("some lines are read", async || {
        !database.texts(lines).await.is_empty()
    })
    .await;
    killed.kill().await.unwrap();

    let settings: Vec<_> = settings
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let said = reconciled(&arguments[1..], &settings, folder).await;
    assert!(
        said.contains("20000 lines, 20 of them unreadable"),
        "{said}"
    );
    assert_eq!(database.count("reconciliations").await, 1);
    assert_eq!(database.count("findings").await, 20_000 - 20);
    assert_eq!(database.count("unreadable_lines").await, 20);
    gateway.stop().await;
}
