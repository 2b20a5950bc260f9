//! Old events stay, without what they say of people.

use std::time::Duration;

use crate::{Billing, Result, gateway::stripe, store::inbox};

/// So long an event stands as it came. The gateway itself remembers it no longer.
const AS_IT_CAME: Duration = Duration::from_secs(30 * 24 * 3600);
/// How many are looked at in one round of the sweeper.
const BATCH: i64 = 100;

impl Billing {
    /// Takes everything personal out of events that are done and old.
    pub(crate) async fn forget_people_in_events(&self) -> Result<()> {
        let now = self.clock.now();
        let mut conn = self.store.read().await?;
        let old = inbox::personal(&mut conn, now.minus(AS_IT_CAME), BATCH).await?;
        drop(conn);
        if old.is_empty() {
            return Ok(());
        }
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    for (id, body) in &old {
                        inbox::make_plain(tx, *id, &stripe::plain(body), now).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
