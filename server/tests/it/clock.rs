//! Where the sandbox stands in for a gateway, time is the sandbox's: who moves its clock a month on
//! sees a month pass here.

use std::time::Duration;

use clap::Parser;
use serde_json::json;
use server::{Server, command_line::Cli};

use crate::harness::{Database, TestDatabase};

const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);

#[tokio::test]
async fn our_clock_follows_the_sandbox() {
    let database = TestDatabase::fresh(Database::Sqlite).await;
    let url = format!("--database-url={}", database.url);
    let nowhere_else = ["--addr=127.0.0.1:0", "--sandbox-addr=127.0.0.1:0"];
    let arguments = [&["tender", &url], &nowhere_else[..], &["serve"]].concat();
    let settings = Cli::try_parse_from(arguments).unwrap().settings;
    let server = Server::start(settings).await.unwrap();
    let before = server.billing().clock().now();
    let control = format!("{}/control/clock", server.sandbox_url().unwrap());
    let moved = reqwest::Client::new()
        .post(control)
        .json(&json!({ "advance_s": MONTH.as_secs() }))
        .send()
        .await
        .unwrap();
    assert_eq!(moved.status(), 200);
    let passed = server.billing().clock().now().since(before);
    assert!(passed >= MONTH && passed < MONTH + Duration::from_secs(60));

    // People's devices stay where they are, and so do the codes that they show.
    let devices = server.billing().clock().of_devices();
    assert!(devices.since(before) < Duration::from_secs(60));
    server.stop().await;
}
