//! Delivers what is owed: right after a commit that owes something, and again, with growing
//! pauses, what could not be delivered. Several servers may look at the same rows: whoever takes a
//! mail first has it until the lease ends. A crash between delivery and its mark repeats the mail,
//! and its Message-ID tells the receiver so.

use std::time::Duration;

use futures::StreamExt;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::{Mail, message::message};
use crate::{
    Billing, Result,
    id::PersonId,
    retry,
    store::{Tx, outbox, people},
};

/// How many mails are under way at once.
const AT_ONCE: usize = 8;
/// How many are looked at together.
const BATCH: usize = 64;
/// A mail lets those go first who wait for the same commit, and takes along what is owed meanwhile.
const BREATH: Duration = Duration::from_millis(20);
/// How often the outbox is looked into unasked.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Nobody else tries a mail for so long after it was taken. Longer than a delivery can last.
const LEASE: Duration = Duration::from_secs(300);
/// A delivery that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// Delivers until `stop`.
pub(crate) async fn run(billing: Billing) {
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = billing.store.updates.mail_owed() => sleep(BREATH).await,
            _ = look.tick() => {}
            () = billing.stop.cancelled() => return,
        }
        billing.deliver_mails().await;
    }
}

impl Billing {
    /// One round. Public, so that a test need not wait for the clock on the wall.
    pub async fn deliver_mails(&self) {
        while self.deliver_due().await && !self.is_stopping() {}
    }

    /// Delivers what is due. Answers whether there may be more.
    async fn deliver_due(&self) -> bool {
        let now = self.clock.now();
        let due = async { outbox::due(&mut self.store.read().await?, now, BATCH as i64).await };
        let due = match due.await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "cannot look into the outbox");
                return false;
            }
        };
        let is_full = due.len() == BATCH;
        let deliveries = futures::stream::iter(due)
            .map(|mail| async move {
                let id = mail.id;
                self.deliver(mail).await.inspect_err(|error| {
                    // The lease ends, and then it is tried again.
                    tracing::error!(mail = %id, %error, "cannot write down a delivery");
                })
            })
            .buffer_unordered(AT_ONCE);
        let written = deliveries.all(|delivered| async move { delivered.is_ok() });
        written.await && is_full
    }

    /// Takes a mail, delivers it, and writes down what came of that.
    async fn deliver(&self, mail: Mail) -> Result<()> {
        if self.is_stopping() {
            return Ok(());
        }
        let (id, taken) = (mail.id, mail.attempts + 1);
        let now = self.clock.now();
        let ours = self
            .store
            .write(move |tx| Box::pin(outbox::take(tx, id, taken, now, now.plus(LEASE))));
        if !ours.await? {
            return Ok(());
        }
        kill_point!("mail-taken");
        let posted = tokio::select! {
            posted = self.post(&mail) => posted,
            () = self.is_cut_off() => return Ok(()),
        };
        kill_point!("mail-sent");
        match posted {
            Ok(()) => self.note_sent(mail, taken).await,
            Err(error) => self.note_failure(mail, taken, error).await,
        }
    }

    async fn post(&self, mail: &Mail) -> Result<(), String> {
        let message = message(mail, &self.mail).map_err(|error| error.to_string())?;
        match tokio::time::timeout(PATIENCE, self.mail.post.take(mail.id, &message)).await {
            Ok(posted) => posted,
            Err(_) => Err("the mail server took too long".to_owned()),
        }
    }

    async fn note_sent(&self, mail: Mail, taken: i64) -> Result<()> {
        let (id, now) = (mail.id, self.clock.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    outbox::sent(tx, id, taken, &mail.letter.kept(), now).await?;
                    forget_if_closed(tx, mail.person).await
                })
            })
            .await
    }

    /// Leaves the mail for later, or for staff to see.
    async fn note_failure(&self, mail: Mail, taken: i64, error: String) -> Result<()> {
        // What a server says may name the address, which is nothing for a log.
        tracing::warn!(mail = %mail.id, attempts = taken, "a mail could not be delivered");
        let id = mail.id;
        let again = self.clock.now().plus(retry::pause_after(taken));
        let error = retry::in_short(&error);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    if again < mail.give_up_at {
                        return outbox::postpone(tx, id, taken, again, &error).await;
                    }
                    outbox::give_up(tx, id, taken, &mail.letter.kept(), &error).await?;
                    forget_if_closed(tx, mail.person).await
                })
            })
            .await
    }
}

/// The last mail to somebody who left was still addressed to them.
async fn forget_if_closed(tx: &mut Tx, person: PersonId) -> Result<()> {
    match people::address(tx, person).await? {
        Some(_) => Ok(()),
        None => outbox::forget(tx, person).await,
    }
}
