//! SQLite's log, written back into its file beside the writer: no commit waits for that, and pages that
//! change again and again are written once.

use std::{sync::Arc, time::Duration};

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{sync::Notify, time::sleep};
use tokio_util::sync::CancellationToken;

/// How long commits gather before their pages are written back.
const PAUSE: Duration = Duration::from_secs(1);
/// After a failure, as of a full disk, it is tried again so much later. The log keeps everything meanwhile.
const REST: Duration = Duration::from_secs(5);

/// Writes back what was committed, as often as `committed` tells of more, until `stop`.
pub async fn run(options: SqliteConnectOptions, committed: Arc<Notify>, stop: CancellationToken) {
    let work = async {
        let mut connection = None;
        loop {
            committed.notified().await;
            sleep(PAUSE).await;
            match write_back(&options, connection.take()).await {
                Ok(open) => connection = Some(open),
                Err(error) => {
                    tracing::warn!(%error, "cannot write SQLite's log back");
                    sleep(REST).await;
                }
            }
        }
    };
    let _: Option<()> = stop.run_until_cancelled(work).await;
}

/// As far as nobody reads an older state, and without holding anybody up.
async fn write_back(
    options: &SqliteConnectOptions,
    open: Option<SqliteConnection>,
) -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = match open {
        Some(open) => open,
        None => SqliteConnection::connect_with(options).await?,
    };
    sqlx::query("pragma wal_checkpoint(passive)")
        .execute(&mut connection)
        .await?;
    Ok(connection)
}
