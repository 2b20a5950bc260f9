//! Previews: the invoice that would be made, without making it.

use serde_json::Value;

use super::Draft;
use crate::account::{Account, text};
use crate::errors::{ApiError, Result};
use crate::form::Params;
use crate::ids;
use crate::objects::invoice_items;
use crate::objects::subscriptions::change::{Change, Proration};
use crate::objects::subscriptions::{self, cycle, items, update};

/// `POST /v1/invoices/create_preview` for a subscription that is there: its next renewal, or what
/// a change of it would come to.
pub fn create(account: &mut Account, mut params: Params) -> Result<Value> {
    let id = params.required("subscription")?;
    let customer = params.text("customer")?;
    let details = params.nested("subscription_details")?;
    params.finish()?;
    let subscription = account
        .store
        .find_for_param(subscriptions::KIND, &id, "subscription")?;
    if customer.is_some_and(|customer| subscription["customer"] != *customer) {
        return Err(
            ApiError::invalid("The subscription belongs to another customer.").param("customer"),
        );
    }
    if subscriptions::is_over(&subscription) {
        return Err(
            ApiError::invalid("No upcoming invoices for a canceled subscription.")
                .code("invoice_upcoming_none")
                .param("subscription"),
        );
    }
    let Some(mut details) = details else {
        return Ok(renewal(account, &subscription));
    };
    let proration = update::proration(&mut details)?;
    let at = update::proration_date(&mut details, &subscription, account.now())?;
    let anchor = details.choice("billing_cycle_anchor", &["now", "unchanged"])?;
    let rows = details.rows("items")?;
    details.finish()?;
    let changed = match rows {
        Some(rows) => items::change(account, &subscription, rows)?,
        None => items::of(&subscription),
    };
    let restarts = anchor.as_deref() == Some("now");
    let change = Change::plan(account, &subscription, changed, proration, at, restarts);
    Ok(after(account, subscription, change, proration, at))
}

/// The invoice of the next renewal.
pub fn renewal(account: &Account, subscription: &Value) -> Value {
    let past = items::period(subscription);
    let mut next = subscription.clone();
    cycle::into_period(&mut next, past.1);
    let invoice = Draft {
        subscription: &next,
        reason: "upcoming",
        period: past,
        lines: cycle::lines_of_period(account, &next),
    };
    as_preview(invoice.shape(account), past.1)
}

/// The invoice that a change leads to: its own, or the next renewal's with the change on it.
fn after(
    account: &Account,
    mut subscription: Value,
    change: Change,
    proration: Proration,
    at: i64,
) -> Value {
    let mut lines = invoice_items::pending(account, text(&subscription, "id"));
    lines.extend(change.lines);
    let alone = change.bills_now || (proration == Proration::InvoiceNow && !lines.is_empty());
    let past = items::period(&subscription);
    items::set(&mut subscription, change.items);
    if alone {
        let draft = Draft {
            subscription: &subscription,
            reason: "subscription_update",
            period: (at, at),
            lines,
        };
        return as_preview(draft.shape(account), at);
    }
    cycle::into_period(&mut subscription, past.1);
    let period = items::period(&subscription);
    let whole = items::of(&subscription);
    let whole = whole
        .iter()
        .map(|item| super::lines::whole(account, &subscription, item, period));
    lines.extend(whole);
    let draft = Draft {
        subscription: &subscription,
        reason: "upcoming",
        period: past,
        lines,
    };
    as_preview(draft.shape(account), past.1)
}

fn as_preview(mut invoice: Value, at: i64) -> Value {
    let id = ids::fresh("upcoming_in");
    invoice["id"] = id.clone().into();
    invoice["created"] = at.into();
    invoice["next_payment_attempt"] = at.into();
    for line in invoice["lines"]["data"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        line["id"] = ids::fresh("il_tmp").into();
        line["invoice"] = id.clone().into();
    }
    invoice
}
