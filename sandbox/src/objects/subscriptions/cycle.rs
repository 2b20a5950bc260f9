//! What the clock does to a subscription: it renews, ends, or tells what is to come.

use serde_json::Value;

use super::{KIND, end, items, method_of, save, standing};
use crate::account::{Account, text};
use crate::objects::invoices::{self, Draft, lines, preview};
use crate::objects::{discounts, invoice_items};

const DAY_S: i64 = 24 * 60 * 60;
/// How long a first payment may take.
pub const INCOMPLETE_FOR_S: i64 = 23 * 60 * 60;
/// How early a renewal or the end of a trial is told.
const TOLD_BEFORE_S: i64 = 3 * DAY_S;

/// What happens next to a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Expire,
    DropPendingUpdate,
    Cancel,
    Renew,
    /// Says that a renewal, or the end of a trial, is near.
    Announce,
}

/// Has the subscription wait for its next turn.
pub fn schedule(account: &mut Account, subscription: &Value) {
    let next = next_turn(account, subscription).map(|(at, _)| at);
    account.store.wait(text(subscription, "id"), next);
}

/// When the next of all subscriptions renews.
pub fn next_renewal(account: &Account) -> Option<i64> {
    account
        .store
        .newest(KIND)
        .filter(|it| matches!(text(it, "status"), "active" | "past_due" | "trialing"))
        .filter(|it| it["cancel_at"].is_null())
        .map(|it| items::period(it).1)
        .min()
}

pub fn fall_due(account: &mut Account, subscription: Value) {
    let now = account.now();
    match next_turn(account, &subscription) {
        Some((at, turn)) if at <= now => take(account, subscription, turn),
        _ => schedule(account, &subscription),
    }
}

fn next_turn(account: &Account, subscription: &Value) -> Option<(i64, Turn)> {
    let (start, end) = items::period(subscription);
    match text(subscription, "status") {
        "incomplete" => {
            let created = subscription["created"].as_i64()?;
            return Some((created + INCOMPLETE_FOR_S, Turn::Expire));
        }
        "active" | "past_due" | "unpaid" | "trialing" => {}
        _ => return None,
    }
    let hidden = account.store.hidden(text(subscription, "id"));
    let told = hidden["told"] == end;
    let ends = subscription["cancel_at"].as_i64();
    let announce = (!told && ends.is_none()).then(|| (end - TOLD_BEFORE_S).max(start));
    let turns = [
        (
            subscription["pending_update"]["expires_at"].as_i64(),
            Turn::DropPendingUpdate,
        ),
        (ends, Turn::Cancel),
        (Some(end), Turn::Renew),
        (announce, Turn::Announce),
    ];
    // Of two at the same time the first in this list goes first.
    turns
        .into_iter()
        .filter_map(|(at, turn)| Some((at?, turn)))
        .min_by_key(|(at, _)| *at)
}

fn take(account: &mut Account, subscription: Value, turn: Turn) {
    match turn {
        Turn::Expire => standing::expire(account, subscription),
        Turn::DropPendingUpdate => standing::drop_pending_update(account, subscription),
        Turn::Cancel => {
            end(account, subscription, "cancellation_requested");
        }
        Turn::Renew => renew(account, subscription),
        Turn::Announce => announce(account, &subscription),
    }
}

fn announce(account: &mut Account, subscription: &Value) {
    let (_, end) = items::period(subscription);
    account
        .store
        .hide(text(subscription, "id"), "told", end.into());
    if subscription["status"] == "trialing" {
        account.emit("customer.subscription.trial_will_end", subscription, None);
    } else {
        let mut upcoming = preview::renewal(account, subscription);
        // What is not there yet has no id.
        if let Some(fields) = upcoming.as_object_mut() {
            fields.remove("id");
        }
        account.emit("invoice.upcoming", &upcoming, None);
    }
    schedule(account, subscription);
}

/// The next period begins, and its invoice is made.
fn renew(account: &mut Account, mut subscription: Value) {
    let (old_start, now) = items::period(&subscription);
    if subscription["status"] == "trialing" {
        if method_of(account, &subscription).is_none() {
            let settings = &subscription["trial_settings"]["end_behavior"];
            match text(settings, "missing_payment_method") {
                "cancel" => {
                    end(account, subscription, "payment_failed");
                    return;
                }
                "pause" => {
                    subscription["status"] = "paused".into();
                    save(account, &subscription);
                    account.emit("customer.subscription.paused", &subscription, None);
                    return;
                }
                _ => {}
            }
        }
        subscription["status"] = "active".into();
    }
    let invoice = next_invoice(
        account,
        &mut subscription,
        "subscription_cycle",
        (old_start, now),
    );
    if subscription["status"] == "unpaid" {
        invoices::rest(account, invoice);
    } else {
        invoices::finalize_later(account, invoice);
    }
    save(account, &subscription);
}

/// A period begins now, whatever the time, and is asked for at once.
pub fn restart(account: &mut Account, mut subscription: Value) {
    let now = account.now();
    subscription["billing_cycle_anchor"] = now.into();
    if subscription["trial_end"]
        .as_i64()
        .is_some_and(|end| end > now)
    {
        subscription["trial_end"] = now.into();
    }
    let invoice = next_invoice(
        account,
        &mut subscription,
        "subscription_update",
        (now, now),
    );
    if subscription["status"] == "trialing" {
        subscription["status"] = "active".into();
    }
    save(account, &subscription);
    let invoice = invoices::finalize(account, invoice);
    if invoice["status"] == "open" {
        invoices::attempt(account, invoice);
    }
}

/// Moves the items to the period after the one they are in, and makes its invoice with all that
/// waits for it.
fn next_invoice(
    account: &mut Account,
    subscription: &mut Value,
    reason: &'static str,
    past: lines::Period,
) -> Value {
    into_period(subscription, past.1);
    let lines = lines_of_period(account, subscription);
    let invoice = Draft {
        subscription,
        reason,
        period: past,
        lines,
    }
    .create(account);
    subscription["latest_invoice"] = invoice["id"].clone();
    discounts::forget_used(account, subscription);
    invoice
}

/// Moves the items to the period that begins at `at`.
pub fn into_period(subscription: &mut Value, at: i64) {
    let anchor = subscription["billing_cycle_anchor"].as_i64().unwrap_or(at);
    let mut all = items::of(subscription);
    let period = items::period_from(&all, anchor, at);
    items::set_period(&mut all, period);
    items::set(subscription, all);
}

/// All that an invoice for the items' period asks for: what waited for it, and whole periods.
pub fn lines_of_period(account: &Account, subscription: &Value) -> Vec<Value> {
    let period = items::period(subscription);
    let mut lines = invoice_items::pending(account, text(subscription, "id"));
    let whole = items::of(subscription);
    let whole = whole
        .iter()
        .map(|item| lines::whole(account, subscription, item, period));
    lines.extend(whole);
    lines
}
