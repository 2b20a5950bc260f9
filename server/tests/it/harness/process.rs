//! The `tender` command as a process of its own.

use std::{env, ffi::OsString, path::Path, process::Stdio};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use super::{Browser, Gateway, PATIENCE, TestDatabase, shop};

/// The program that is tried: the one that was built for the tests, or that of `TENDER_TEST_PROGRAM`.
fn program() -> OsString {
    env::var_os("TENDER_TEST_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_tender").into())
}

/// `tender ARGUMENTS` in a folder of its own, with these settings and no others.
pub fn tender<K: AsRef<str>, V: AsRef<str>>(
    arguments: &[&str],
    settings: &[(K, V)],
    folder: &Path,
) -> Command {
    let mut command = Command::new(program());
    command.args(arguments);
    prepared(command, settings, folder)
}

fn prepared<K: AsRef<str>, V: AsRef<str>>(
    mut command: Command,
    settings: &[(K, V)],
    folder: &Path,
) -> Command {
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs(
            settings
                .iter()
                .map(|(name, value)| (name.as_ref(), value.as_ref())),
        )
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// A running `tender serve`.
pub struct Tender {
    pub child: Child,
    pub site: String,
    http: reqwest::Client,
    /// Kept open, so that the process can go on writing to it.
    _stdout: tokio::io::Lines<BufReader<tokio::process::ChildStdout>>,
}

impl Tender {
    /// Serves on this database in front of this gateway.
    pub async fn serve(database: &TestDatabase, gateway: &Gateway) -> Self {
        Self::serve_with(database, gateway, &[]).await
    }

    /// Serves with these settings on top of the usual ones.
    pub async fn serve_with(
        database: &TestDatabase,
        gateway: &Gateway,
        more: &[(&str, &str)],
    ) -> Self {
        let settings = shop::settings(database, gateway);
        let mut command = tender(&["serve"], &settings, database.folder());
        command.env("RUST_LOG", "error").envs(more.iter().copied());
        Self::start(command, gateway).await
    }

    /// Serves with files of at most `blocks` KiB: a disk that is full.
    pub async fn serve_on_small_disk(
        database: &TestDatabase,
        gateway: &Gateway,
        blocks: u64,
    ) -> Self {
        let mut shell = Command::new("bash");
        let script = format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$0\" serve");
        shell.args(["-c", &script]).arg(program());
        let settings = shop::settings(database, gateway);
        let mut command = prepared(shell, &settings, database.folder());
        command.env("RUST_LOG", "error");
        Self::start(command, gateway).await
    }

    async fn start(mut command: Command, gateway: &Gateway) -> Self {
        command.stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = timeout(PATIENCE, lines.next_line()).await;
        let said = said.expect("it does not start").unwrap();
        let said = said.expect("it stopped at once");
        let site = said.strip_prefix("Tender is at ").unwrap().to_owned();
        gateway.send_webhooks_to(&site).await;
        Self {
            child,
            site,
            http: gateway.http.clone(),
            _stdout: lines,
        }
    }

    pub fn visitor(&self) -> Browser {
        Browser::new(self.http.clone(), &self.site)
    }

    pub fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Asks it to stop, and gives its exit code.
    pub async fn stop(mut self) -> i32 {
        signal("TERM", self.pid()).await;
        let status = timeout(PATIENCE, self.child.wait()).await;
        let status = status.expect("it does not stop").unwrap();
        status.code().expect("it ended by itself")
    }

    /// Takes the power away.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

async fn signal(name: &str, pid: u32) {
    let sent = Command::new("kill")
        .args([format!("-{name}"), pid.to_string()])
        .status();
    assert!(sent.await.unwrap().success());
}
