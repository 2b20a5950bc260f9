//! What falls due: each object that waits for a time gets its turn then, earliest first.
//!
//! While something is carried out the account's clock stands at the moment when it fell due, so
//! that a clock which jumps a month writes the same dates as a month that passed.

use std::sync::Arc;
use std::time::Duration;

use crate::account::{Account, text};
use crate::control::settle;
use crate::gateway::Gateway;
use crate::objects::{
    bank_debits, checkout_sessions, invoices, payment_intents, payouts, refunds, subscriptions,
};

/// How late something may be that falls due while nobody moves the clock.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Carries out what falls due as time passes, until the sandbox stops.
pub async fn keep(gateway: Arc<Gateway>) {
    loop {
        catch_up(&gateway);
        if !gateway.pause(LOOK_EVERY).await {
            return;
        }
    }
}

fn catch_up(gateway: &Arc<Gateway>) {
    let mut account = gateway.account();
    let now = account.now();
    if account.store.next_due().is_some_and(|(at, _)| at <= now) {
        run_until(&mut account, now);
        settle(gateway, account);
    }
}

/// Carries out all that falls due up to a time.
pub fn run_until(account: &mut Account, to: i64) {
    while let Some((at, id)) = account.store.next_due().filter(|(at, _)| *at <= to) {
        let id = id.to_owned();
        // Whatever becomes of it, its turn has come once.
        account.store.wait(&id, None);
        account.stopped_at = Some(at);
        fall_due(account, &id);
    }
    account.stopped_at = None;
}

fn fall_due(account: &mut Account, id: &str) {
    let Some(object) = account.store.any(id).cloned() else {
        return;
    };
    match text(&object, "object") {
        subscriptions::KIND => subscriptions::fall_due(account, object),
        invoices::KIND => invoices::fall_due(account, object),
        refunds::KIND => refunds::fall_due(account, &object),
        payouts::KIND => payouts::fall_due(account, &object),
        payment_intents::KIND => bank_debits::fall_due(account, object),
        checkout_sessions::KIND => checkout_sessions::fall_due(account, object),
        kind => tracing::warn!(kind, id, "nothing falls due for such an object"),
    }
}
