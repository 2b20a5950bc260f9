//! A change of what a subscription pays for: what it costs, and when it happens.
//!
//! What was billed and will not be used is given back, and what is new is paid for the rest of the
//! period, both to the second. When the length of the period changes, a new one begins at once and
//! is paid for whole.
//! Source: <https://docs.stripe.com/billing/subscriptions/prorations>.

use serde_json::{Value, json};

use super::cycle::INCOMPLETE_FOR_S;
use super::{items, save};
use crate::account::{Account, text};
use crate::objects::invoices::{self, Draft, lines};
use crate::objects::{discounts, invoice_items};

/// What an update comes to, before anything is written down.
#[derive(Debug)]
pub struct Change {
    /// The items after the change, with their periods.
    pub items: Vec<Value>,
    pub anchor: i64,
    /// What the change gives back and costs.
    pub lines: Vec<Value>,
    /// Whether it has an invoice of its own, and does not wait for the next renewal's.
    pub bills_now: bool,
}

/// What becomes of the part of a period that is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proration {
    /// On the next invoice.
    Create,
    /// On an invoice of its own.
    InvoiceNow,
    None,
}

/// How a change that must be paid for is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payment {
    /// It happens, and is charged at once.
    AtOnce,
    /// It happens, and waits for the customer to pay.
    ByCustomer,
    /// It happens when it is paid.
    Before,
}

impl Change {
    /// Works out what it means to have these items from `at` on.
    pub fn plan(
        account: &Account,
        subscription: &Value,
        mut new: Vec<Value>,
        proration: Proration,
        at: i64,
        restarts: bool,
    ) -> Change {
        let old = items::of(subscription);
        let anchor = subscription["billing_cycle_anchor"].as_i64().unwrap_or(at);
        let restarts = restarts || items::interval(&old) != items::interval(&new);
        if subscription["status"] == "trialing" {
            // Nothing was paid for the trial, so there is nothing to settle before it ends.
            return Change {
                items: new,
                anchor,
                lines: Vec::new(),
                bills_now: false,
            };
        }
        let is_in = |item: &Value, list: &[Value]| {
            let mut same = list.iter().filter(|other| other["id"] == item["id"]);
            !restarts && same.any(|other| items::same_cost(item, other))
        };
        let period = items::period(subscription);
        let mut lines = Vec::new();
        if proration != Proration::None {
            let gone = old.iter().filter(|item| !is_in(item, &new));
            lines.extend(gone.filter_map(|item| lines::unused(account, subscription, item, at)));
        }
        if restarts {
            let period = items::period_from(&new, at, at);
            items::set_period(&mut new, period);
            let whole = new.iter();
            lines.extend(whole.map(|item| lines::whole(account, subscription, item, period)));
        } else if proration != Proration::None {
            let fresh = new.iter().filter(|item| !is_in(item, &old));
            lines.extend(fresh.map(|item| lines::rest(account, subscription, item, at, period)));
        }
        Change {
            items: new,
            anchor: if restarts { at } else { anchor },
            bills_now: !lines.is_empty() && (restarts || proration == Proration::InvoiceNow),
            lines,
        }
    }

    /// Makes the change. `subscription` may already say something new beside its items.
    pub fn carry_out(self, account: &mut Account, mut subscription: Value, payment: Payment) {
        if !self.bills_now {
            for line in self.lines.clone() {
                invoice_items::keep(account, &subscription, line);
            }
            self.apply(&mut subscription);
            save(account, &subscription);
            return;
        }
        let invoice = self.bill(account, &subscription);
        subscription["latest_invoice"] = invoice["id"].clone();
        discounts::forget_used(account, &mut subscription);
        if payment == Payment::Before {
            self.happen_when_paid(account, subscription, invoice);
            return;
        }
        self.apply(&mut subscription);
        save(account, &subscription);
        let invoice = invoices::finalize(account, invoice);
        if invoice["status"] != "open" {
            return;
        }
        if payment == Payment::AtOnce {
            invoices::attempt(account, invoice);
        } else if subscription["status"] == "active" {
            subscription["status"] = "past_due".into();
            save(account, &subscription);
        }
    }

    /// The invoice for the change, and for whatever waited for the next one.
    fn bill(&self, account: &mut Account, subscription: &Value) -> Value {
        let now = account.now();
        let mut lines = invoice_items::pending(account, text(subscription, "id"));
        lines.extend(self.lines.iter().cloned());
        Draft {
            subscription,
            reason: "subscription_update",
            period: (now, now),
            lines,
        }
        .create(account)
    }

    fn happen_when_paid(self, account: &mut Account, mut subscription: Value, mut invoice: Value) {
        let id = text(&subscription, "id").to_owned();
        let pending = json!({
            "anchor": self.anchor,
            "invoice": invoice["id"],
            "items": self.items,
        });
        account.store.hide(&id, "pending", pending);
        save(account, &subscription);
        // It is paid now or by the customer; renewals are what is tried again.
        invoice["auto_advance"] = false.into();
        let invoice = invoices::finalize(account, invoice);
        if invoice["status"] == "open" {
            invoices::attempt(account, invoice);
        }
        if account.store.hidden(&id)["pending"].is_null() {
            return;
        }
        let (_, end) = items::period(&subscription);
        let expires_at = end.min(account.now() + INCOMPLETE_FOR_S);
        subscription["pending_update"] = json!({
            "billing_cycle_anchor": null,
            "discounts": [],
            "expires_at": expires_at,
            "metadata": null,
            "subscription_items": self.items,
            "trial_end": null,
            "trial_from_plan": null,
        });
        save(account, &subscription);
    }

    fn apply(&self, subscription: &mut Value) {
        subscription["billing_cycle_anchor"] = self.anchor.into();
        items::set(subscription, self.items.clone());
        if subscription["cancel_at_period_end"] == true {
            subscription["cancel_at"] = items::period(subscription).1.into();
        }
    }
}

/// Whether a change waits for this invoice to be paid.
pub fn waits_for(account: &Account, invoice: &Value) -> bool {
    let subscription = invoices::subscription_of(invoice);
    account.store.hidden(subscription)["pending"]["invoice"] == invoice["id"]
}

/// The change that waited is paid, so it happens.
pub fn carry_out_pending(account: &mut Account, subscription: &mut Value) {
    let id = text(subscription, "id").to_owned();
    let pending = account.store.hidden(&id)["pending"].clone();
    account.store.hide(&id, "pending", Value::Null);
    subscription["pending_update"] = Value::Null;
    subscription["billing_cycle_anchor"] = pending["anchor"].clone();
    let items = pending["items"].as_array().cloned().unwrap_or_default();
    items::set(subscription, items);
}
