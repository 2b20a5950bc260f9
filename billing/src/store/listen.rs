//! Several servers on one PostgreSQL: each commit tells the others what changed, and each server
//! has one connection that hears it. After a reconnect everybody who waits looks again, because a
//! notification may have been missed.

use std::{fmt::Write, time::Duration};

use super::connection::Tx;
use crate::updates::{Change, Updates};
use sqlx::{PgPool, postgres::PgListener};
use tokio_util::sync::CancellationToken;

const CHANNEL: &str = "tender_updates";
/// PostgreSQL takes payloads below 8,000 bytes; an id with its version is at most 57.
const CHANGES_PER_NOTIFICATION: usize = 128;
const RECONNECT_AFTER: Duration = Duration::from_secs(1);

/// Tells the other servers, as part of the commit, what it changes.
pub async fn notify(tx: &mut Tx) -> Result<(), sqlx::Error> {
    let changed = std::mem::take(&mut tx.changed);
    if let super::connection::Backend::Postgres(connection) = tx.conn.backend() {
        for part in changed.chunks(CHANGES_PER_NOTIFICATION) {
            let payload = part.iter().fold(String::new(), |mut text, change| {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{} {}", change.id, change.version);
                text
            });
            sqlx::query("select pg_notify($1, $2)")
                .bind(CHANNEL)
                .bind(payload)
                .execute(&mut *connection)
                .await?;
        }
    }
    tx.changed = changed;
    Ok(())
}

/// Hears of changes until `stop`.
pub async fn run(pool: PgPool, updates: Updates, stop: CancellationToken) {
    while stop
        .run_until_cancelled(listen(&pool, &updates))
        .await
        .is_some()
    {
        let pause = tokio::time::sleep(RECONNECT_AFTER);
        if stop.run_until_cancelled(pause).await.is_none() {
            return;
        }
    }
}

/// Hears of changes until the connection breaks.
async fn listen(pool: &PgPool, updates: &Updates) {
    let heard = async {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        updates.publish_all();
        while let Some(notification) = listener.try_recv().await? {
            for change in notification.payload().lines().filter_map(change) {
                updates.publish(&change);
            }
        }
        Ok::<(), sqlx::Error>(())
    };
    match heard.await {
        Ok(()) => tracing::warn!("the connection that hears of changes was lost"),
        Err(error) => tracing::warn!(%error, "cannot hear of changes"),
    }
}

/// What another server changed, which it does not tell whole.
fn change(line: &str) -> Option<Change> {
    let (id, version) = line.split_once(' ')?;
    Some(Change {
        id: id.parse().ok()?,
        version: version.parse().ok()?,
        transaction: None,
    })
}
