//! Finds what nobody sent. The gateway keeps a list of its events: it is compared with the inbox, from
//! the oldest event that was not compared yet, and what is missing comes in through the same door as
//! webhooks. So it takes one question to find all that was lost, a payment a moment ago as well as
//! everything of a day without webhooks.
//!
//! The list is read in spans of time, one after another. One that fills too many pages is read in
//! halves, so that no more than those are ever in memory; after one that did not, the next is twice as
//! long.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use tokio::time::sleep;

use super::{Refused, door::Came};
use crate::{
    Billing, Error, Result,
    clock::Time,
    gateway::{
        GatewayError, Witness,
        stripe::{
            self, Listed, REMEMBERED,
            events::{Reading, reading},
        },
    },
    metrics::METRICS,
    retry::doubled,
    store::{event_cursors, inbox},
    turn::Job,
};

/// How often the list is compared.
const EVERY: Duration = Duration::from_secs(20);
/// After failures the pause doubles up to this. A longer one that the gateway asks for is kept, too.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
const LONGEST_ASKED_FOR: Duration = Duration::from_secs(3600);
/// What is younger is on its way to us as a webhook, most likely.
const GRACE: Duration = Duration::from_secs(20);
/// An event may appear in the list a little after a later one.
const OVERLAP: Duration = Duration::from_secs(60);
/// The first span of time that is read, and the shortest, which is read however much it holds.
const FIRST_SPAN: Duration = Duration::from_secs(3600);
const SHORTEST_SPAN: Duration = Duration::from_secs(1);
/// How many pages of a span are held in memory.
const PAGES: usize = 10;
/// How many events come in at once; their writes are committed together.
const AT_ONCE: usize = 64;

/// How far the gateway's list was compared with the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The newest event that was compared, by the gateway's clock: so it does not matter to what is
    /// compared next whether ours is right.
    pub upto: Time,
    /// The moment up to which there was nothing else, by our clock.
    pub compared_at: Time,
}

/// Compares until `stop`, when it is this server's turn.
pub(crate) async fn watch(billing: Billing) {
    let (mut pause, mut failures) = (Duration::ZERO, 0);
    loop {
        let compared = async {
            sleep(pause).await;
            billing.in_turn(Job::Gaps, billing.fill_gaps()).await
        };
        let compared = tokio::select! {
            compared = compared => compared,
            () = billing.stop.cancelled() => break,
        };
        failures = match &compared {
            Ok(_) => 0,
            Err(_) => failures + 1,
        };
        pause = doubled(EVERY, failures, LONGEST_PAUSE);
        match compared {
            Ok(None | Some(0)) => {}
            Ok(Some(missing)) => tracing::warn!(missing, "events that nobody had sent were found"),
            Err(error) => {
                tracing::warn!(%error, "cannot compare the gateway's events with the inbox");
                if let Error::Gateway(GatewayError::NotNow { pause: asked, .. }) = error {
                    pause = asked.clamp(pause, LONGEST_ASKED_FOR);
                }
            }
        }
    }
    billing.end_turn(Job::Gaps).await;
}

impl Billing {
    /// Takes in every event of the gateway's list that the inbox lacks, the oldest first, and answers
    /// how many those were. One that is there already costs no write. Public, so that a test need not
    /// wait for the worker.
    pub async fn fill_gaps(&self) -> Result<u64> {
        let now = self.clock.now();
        let mut conn = self.store.read().await?;
        let cursor = event_cursors::find(&mut conn, stripe::NAME).await?;
        let begin = match cursor {
            Some(cursor) => cursor.upto,
            None => event_cursors::begin(&mut conn).await?.unwrap_or(now),
        };
        drop(conn);
        let mut upto = begin.max(now.minus(REMEMBERED));
        let mut from = upto.minus(OVERLAP);
        let (mut span, mut missing) = (FIRST_SPAN, 0);
        loop {
            // The last span has no end, so that it holds what is new whatever our clock says.
            let until = Some(from.plus(span)).filter(|until| *until < now);
            let pages = match span > SHORTEST_SPAN {
                true => PAGES,
                false => usize::MAX,
            };
            let listed = self.stripe.events_between(from, until, pages).await?;
            let Some(mut listed) = listed else {
                span = (span.min(now.since(from)) / 2).max(SHORTEST_SPAN);
                continue;
            };
            // One from the future is not young: our clock is wrong.
            let is_young = |event: &Listed| {
                event.created > now.minus(GRACE) && event.created < now.plus(GRACE)
            };
            let young = listed.iter().filter(|event| is_young(event));
            let begin_of_young = young.map(|event| event.created).min();
            listed.retain(|event| !is_young(event));
            if let Some(newest) = listed.first() {
                let newest = begin_of_young.map_or(newest.created, |it| it.min(newest.created));
                upto = upto.max(newest);
            }
            missing += self.take_in_missing(listed).await?;
            let compared_at = until.unwrap_or(now);
            self.move_cursor(Cursor { upto, compared_at }).await?;
            match until {
                Some(until) => (from, span) = (until, span * 2),
                None => return Ok(missing),
            }
        }
    }

    /// How far the gateway's list was compared with the inbox; nothing before the first time.
    pub async fn event_cursor(&self) -> Result<Option<Cursor>> {
        event_cursors::find(&mut self.store.read().await?, stripe::NAME).await
    }

    /// Takes in those of these events, newest first, that mean something and are not in the inbox.
    async fn take_in_missing(&self, mut listed: Vec<Listed>) -> Result<u64> {
        listed.retain(|event| !matches!(reading(&event.kind), Reading::Nothing(_)));
        let ids: Vec<&str> = listed.iter().map(|event| event.id.as_str()).collect();
        let mut conn = self.store.read().await?;
        let known = inbox::known(&mut conn, stripe::NAME, &ids).await?;
        drop(conn);
        listed.retain(|event| !known.contains(&event.id));
        let missing = futures::stream::iter(listed.into_iter().rev())
            .map(|event| self.take_in_listed(event))
            .buffered(AT_ONCE)
            .try_fold(0, async |sum, taken| Ok(sum + u64::from(taken)))
            .await?;
        METRICS.webhooks_missed.inc_by(missing);
        Ok(missing)
    }

    /// Whether it came in. What the door refuses stays outside, and keeps nothing else there.
    async fn take_in_listed(&self, event: Listed) -> Result<bool> {
        let came = Came {
            witness: Witness::Listing,
            signature: None,
            user_agent: None,
        };
        match self.admit(event.body.get(), came).await {
            Ok(()) => Ok(true),
            Err(Refused::Other(error)) => Err(error),
            Err(error) => {
                tracing::error!(event = event.id, %error, "an event in the list is refused");
                Ok(false)
            }
        }
    }

    async fn move_cursor(&self, cursor: Cursor) -> Result<()> {
        self.store
            .write(move |tx| Box::pin(event_cursors::set(tx, stripe::NAME, cursor)))
            .await
    }
}
