//! Whether the books are what was written. One walk over the transfers, in the order of their ids,
//! looks at every link of every customer's chain and hashes all of them; at times the hash is kept as
//! a checkpoint, and what they moved is added to the books of the house with it. A row that was changed
//! breaks its link, one that was added or taken away later, and a chain that was written anew, break every
//! checkpoint from there on.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use crate::{
    Billing, Result,
    laws::Violation,
    ledger::chain::hash,
    metrics::METRICS,
    store::{
        self,
        books::{Kind, Moves, Sum},
        chain::{Checkpoint, Link},
    },
    turn::Job,
};

/// How often the worker looks whether there is something new.
const EVERY: Duration = Duration::from_secs(3600);
/// An id is made before its transfer is durable. After so long, whatever has an earlier id is there or
/// never will be, also where the clocks of servers differ.
const SETTLED_AFTER: Duration = Duration::from_secs(300);
/// How many transfers are read at once.
const PAGE: i64 = 5_000;

/// How far a verification is: first all laws are looked at, then all transfers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    Laws { done: usize, of: usize },
    Transfers { done: i64, of: i64 },
}

/// What a walk over a part of the transfers found.
struct Walked {
    transfers: i64,
    broken: i64,
    hash: Vec<u8>,
    /// What they moved.
    days: Moves,
}

/// Writes checkpoints until `stop`, when it is this server's turn.
pub(crate) async fn run(billing: Billing) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = billing.stop.cancelled() => break,
        }
        let written = billing.checkpoint(SETTLED_AFTER);
        if let Err(error) = billing.in_turn(Job::Checkpoints, written).await {
            tracing::error!(%error, "cannot write a checkpoint");
        }
    }
    billing.end_turn(Job::Checkpoints).await;
}

impl Billing {
    /// Checks what must always be true of the books, and that they are what was written. Nothing is
    /// found in a healthy database.
    pub async fn verify(&self, mut progress: impl FnMut(Progress)) -> Result<Vec<Violation>> {
        let mut conn = self.store.read().await?;
        let of = store::chain::count(&mut conn).await?;
        let (days, covered) = store::books::days(&mut conn).await?;
        let checkpoints = store::chain::checkpoints(&mut conn).await?;
        let mut violations =
            store::laws::verify(&mut conn, |done, of| progress(Progress::Laws { done, of }))
                .await?;
        drop(conn);
        let mut told = |done| progress(Progress::Transfers { done, of });
        told(0);
        let (mut done, mut broken, mut changed) = (0, 0, 0);
        let mut moved = Moves::new();
        let mut last: Option<&Checkpoint> = None;
        for checkpoint in &checkpoints {
            let walked = self
                .walk(last, checkpoint.upto, |part| told(done + part))
                .await?;
            done += walked.transfers;
            broken += walked.broken;
            let same = walked.hash == checkpoint.hash && walked.transfers == checkpoint.transfers;
            changed += i64::from(!same);
            if checkpoint.number <= covered {
                add(&mut moved, walked.days);
            }
            last = Some(checkpoint);
        }
        let rest = self
            .walk(last, Uuid::max(), |part| told(done + part))
            .await?;
        broken += rest.broken;
        for (law, rule, rows) in [
            (
                "L12",
                "a transfer says what it said when it was written",
                broken,
            ),
            (
                "L12",
                "the transfers up to a checkpoint are those it was written for",
                changed,
            ),
            (
                "L13",
                "the books of the house are what the transfers up to a checkpoint moved",
                differences(&days, &moved),
            ),
        ] {
            if rows > 0 {
                violations.push(Violation { law, rule, rows });
            }
        }
        Ok(violations)
    }

    /// Looks at what is new since the last checkpoint and was written at least `settled_after` ago, and
    /// writes the next one; none when there is nothing new or something is wrong with it.
    pub async fn checkpoint(&self, settled_after: Duration) -> Result<Option<Checkpoint>> {
        let last = store::chain::last_checkpoint(&mut self.store.read().await?).await?;
        let upto = last_id_before(SystemTime::now() - settled_after);
        if last.as_ref().is_some_and(|last| upto <= last.upto) {
            return Ok(None);
        }
        let walked = self.walk(last.as_ref(), upto, |_| ()).await?;
        let labels = [("law", "L12")];
        METRICS
            .law_violations
            .get_or_create(&labels)
            .set(walked.broken);
        if walked.broken > 0 {
            tracing::error!(
                transfers = walked.broken,
                "transfers were changed after they were written: run `tender verify`"
            );
        }
        if walked.broken > 0 || walked.transfers == 0 {
            return Ok(None);
        }
        let next = Checkpoint {
            number: last.map_or(1, |last| last.number + 1),
            upto,
            transfers: walked.transfers,
            hash: walked.hash,
            created_at: self.clock.now(),
        };
        let (row, days) = (next.clone(), walked.days);
        let ours = self
            .store
            .write(move |tx| {
                Box::pin(async move { store::chain::insert_checkpoint(tx, &row, &days).await })
            })
            .await?;
        if ours {
            // Also outside of the database, where whoever can write to it may not.
            tracing::info!(
                number = next.number,
                transfers = next.transfers,
                hash = hex::encode(&next.hash),
                "checkpoint"
            );
        }
        Ok(ours.then_some(next))
    }

    /// Walks over the transfers after a checkpoint, up to an id.
    async fn walk(
        &self,
        from: Option<&Checkpoint>,
        upto: Uuid,
        mut progress: impl FnMut(i64),
    ) -> Result<Walked> {
        let mut hasher = Sha256::new();
        hasher.update(from.map_or(&[][..], |from| &from.hash));
        let mut after = from.map_or(Uuid::nil(), |from| from.upto);
        let (mut transfers, mut broken) = (0, 0);
        let mut days = Moves::new();
        loop {
            let mut conn = self.store.read().await?;
            let links = store::chain::links(&mut conn, after, upto, PAGE).await?;
            let Some(last) = links.last() else {
                return Ok(Walked {
                    transfers,
                    broken,
                    hash: hasher.finalize().to_vec(),
                    days,
                });
            };
            after = last.id.0;
            for link in &links {
                transfers += 1;
                broken += i64::from(!holds(link));
                hasher.update(link.id.0);
                hasher.update(link.hash.as_deref().unwrap_or_default());
                let sum = days.entry(link.kind()).or_default();
                sum.credits += link.amount.0;
                sum.transfers += 1;
            }
            progress(transfers);
        }
    }
}

fn add(days: &mut Moves, more: Moves) {
    for (kind, sum) in more {
        let all = days.entry(kind).or_default();
        all.credits += sum.credits;
        all.transfers += sum.transfers;
    }
}

/// How many rows one of them has otherwise than the other.
fn differences(one: &Moves, other: &Moves) -> i64 {
    let differs = |(kind, sum): &(&Kind, &Sum)| other.get(kind) != Some(*sum);
    let changed = one.iter().filter(differs).count();
    let missing = other.keys().filter(|kind| !one.contains_key(kind)).count();
    i64::try_from(changed + missing).unwrap_or(i64::MAX)
}

/// Whether a transfer says what its hash says, and follows the one before. Those from before there
/// were hashes come first and have none.
fn holds(link: &Link) -> bool {
    let has_its_place = link.is_after == (link.seq > 1);
    let says = match &link.hash {
        Some(said) => {
            hash(&link.transfer(), link.before.as_deref()).is_ok_and(|hash| hash == *said)
        }
        None => link.before.is_none(),
    };
    has_its_place && says
}

/// The last id that could have been made before a moment.
fn last_id_before(moment: SystemTime) -> Uuid {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    let millis = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    uuid::Builder::from_unix_timestamp_millis(millis.saturating_sub(1), &[0xff; 10]).into_uuid()
}
