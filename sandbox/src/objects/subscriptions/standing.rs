//! How a subscription stands with its invoices: paid, late, or given up.

use serde_json::Value;

use super::{KIND, change, end, is_over, save};
use crate::account::{Account, text};
use crate::declines::Decline;
use crate::objects::invoices::{self, subscription_of};
use crate::objects::{merchant, payment_methods};

/// What becomes of a subscription whose renewal was tried in vain: `cancel`, `unpaid` or
/// `past_due`. The gateway's merchants decide it in their dashboard.
pub const AFTER_RETRIES: &str = "after_retries";

/// The method that renewals are charged to: the subscription's own, or the customer's. One that
/// was detached meanwhile is none.
pub fn method_of(account: &Account, subscription: &Value) -> Option<Value> {
    let customer = account.store.any(text(subscription, "customer"))?;
    let usual = &customer["invoice_settings"]["default_payment_method"];
    [&subscription["default_payment_method"], usual]
        .into_iter()
        .filter_map(|id| account.store.get(payment_methods::KIND, id.as_str()?))
        .find(|method| method["customer"] == customer["id"])
        .cloned()
}

/// An invoice is paid, and with it what it was for.
pub fn invoice_paid(account: &mut Account, invoice: &Value, intent: Option<&Value>) {
    let Some(mut subscription) = of(account, invoice) else {
        return;
    };
    if is_over(&subscription) {
        return;
    }
    if let Some(intent) = intent {
        let keeps = &subscription["payment_settings"]["save_default_payment_method"];
        if *keeps == "on_subscription" {
            subscription["default_payment_method"] = intent["payment_method"].clone();
        }
    }
    let owes = others_open(account, invoice);
    match text(&subscription, "status") {
        "incomplete" => subscription["status"] = "active".into(),
        "paused" => subscription["status"] = "active".into(),
        "past_due" | "unpaid" if !owes => subscription["status"] = "active".into(),
        _ => {}
    }
    if change::waits_for(account, invoice) {
        change::carry_out_pending(account, &mut subscription);
        account.emit(
            "customer.subscription.pending_update_applied",
            &subscription,
            None,
        );
    }
    save(account, &subscription);
}

/// The card that a subscription waited for is there: it is what renewals are charged to.
pub fn card_set_up(account: &mut Account, intent: &Value) {
    let id = text(account.store.hidden(text(intent, "id")), "subscription");
    let Some(mut subscription) = account.store.get(KIND, id).cloned() else {
        return;
    };
    if subscription["pending_setup_intent"] == intent["id"] {
        subscription["pending_setup_intent"] = Value::Null;
        subscription["default_payment_method"] = intent["payment_method"].clone();
        save(account, &subscription);
    }
}

/// An attempt to pay an invoice failed.
pub fn invoice_failed(account: &mut Account, invoice: &Value) {
    let Some(mut subscription) = of(account, invoice) else {
        return;
    };
    if subscription["status"] == "active" && !change::waits_for(account, invoice) {
        subscription["status"] = "past_due".into();
        save(account, &subscription);
    }
}

/// The last attempt to pay a renewal failed: what the merchant decided for that case happens.
pub fn give_up(account: &mut Account, invoice: &Value) {
    let Some(mut subscription) = of(account, invoice).filter(|it| !is_over(it)) else {
        return;
    };
    match merchant::decided(account, AFTER_RETRIES) {
        Some("past_due") => {}
        Some("unpaid") => {
            subscription["status"] = "unpaid".into();
            save(account, &subscription);
        }
        _ => {
            end(account, subscription, "payment_failed");
        }
    }
}

/// What an invoice was for is not owed any more.
pub fn invoice_voided(account: &mut Account, invoice: &Value) {
    let Some(mut subscription) = of(account, invoice) else {
        return;
    };
    if change::waits_for(account, invoice) {
        forget_pending(account, subscription);
        return;
    }
    match text(&subscription, "status") {
        "incomplete" => expire(account, subscription),
        "past_due" | "unpaid" if !others_open(account, invoice) => {
            subscription["status"] = "active".into();
            save(account, &subscription);
        }
        _ => {}
    }
}

/// Nobody paid the first invoice in time.
pub fn expire(account: &mut Account, mut subscription: Value) {
    subscription["status"] = "incomplete_expired".into();
    subscription["ended_at"] = account.now().into();
    void_open(account, text(&subscription, "latest_invoice").to_owned());
    save(account, &subscription);
}

/// Nobody paid for a change in time: it does not happen.
pub fn drop_pending_update(account: &mut Account, subscription: Value) {
    let hidden = account.store.hidden(text(&subscription, "id"));
    let invoice = text(&hidden["pending"], "invoice").to_owned();
    void_open(account, invoice);
    forget_pending(account, subscription);
}

/// What the next renewal of this customer is to fail with, if somebody asked for that. It is asked
/// for once.
pub fn forced_decline(account: &mut Account, invoice: &Value) -> Option<Decline> {
    if invoice["billing_reason"] != "subscription_cycle" {
        return None;
    }
    let customer = text(invoice, "customer");
    let decline = Decline::named(text(account.store.hidden(customer), "next_renewal"))?;
    account.store.hide(customer, "next_renewal", Value::Null);
    Some(decline)
}

fn forget_pending(account: &mut Account, mut subscription: Value) {
    let id = text(&subscription, "id").to_owned();
    account.store.hide(&id, "pending", Value::Null);
    subscription["pending_update"] = Value::Null;
    account.emit(
        "customer.subscription.pending_update_expired",
        &subscription,
        None,
    );
    save(account, &subscription);
}

fn void_open(account: &mut Account, invoice: String) {
    let open = account.store.get(invoices::KIND, &invoice).cloned();
    if let Some(open) = open.filter(|invoice| invoice["status"] == "open") {
        invoices::void(account, open);
    }
}

/// Whether the subscription still owes another invoice.
fn others_open(account: &Account, invoice: &Value) -> bool {
    account.store.newest(invoices::KIND).any(|other| {
        other["status"] == "open"
            && other["id"] != invoice["id"]
            && subscription_of(other) == subscription_of(invoice)
    })
}

fn of(account: &Account, invoice: &Value) -> Option<Value> {
    account.store.get(KIND, subscription_of(invoice)).cloned()
}
