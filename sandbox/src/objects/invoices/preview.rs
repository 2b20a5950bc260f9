//! Previews: the invoice that would be made, without making it.

use serde_json::Value;

use super::{Draft, lines};
use crate::account::{Account, text};
use crate::errors::{ApiError, Result};
use crate::form::Params;
use crate::ids;
use crate::objects::discounts::{self, Wanted};
use crate::objects::subscriptions::change::Change;
use crate::objects::subscriptions::{self, begin, cycle, items, update};
use crate::objects::{customers, invoice_items};

/// `POST /v1/invoices/create_preview`: the next renewal of a subscription, what a change of it
/// would come to, or the first invoice of one that a customer might begin.
pub fn create(account: &Account, mut params: Params) -> Result<Value> {
    let id = params.text("subscription")?;
    let customer = params.text("customer")?;
    let mut details = params.nested("subscription_details")?.unwrap_or_default();
    let subscription = match &id {
        None => None,
        Some(id) => Some(alive(account, id, customer.as_deref())?),
    };
    let payer = match (&subscription, customer) {
        (Some(subscription), _) => text(subscription, "customer").to_owned(),
        (None, Some(customer)) => {
            customers::named(account, &customer, "customer")?;
            customer
        }
        (None, None) => return Err(ApiError::missing_param("customer")),
    };
    let discounts = discounts::wanted(account, &mut params, &payer)?;
    params.finish()?;
    let Some(subscription) = subscription else {
        let rows = details
            .rows("items")?
            .ok_or_else(|| ApiError::missing_param("subscription_details[items]"))?;
        details.finish()?;
        let imagined = begin::imagined(account, &payer, rows)?;
        let draft = begin::invoice_now(account, &imagined);
        return Ok(as_preview(shaped(account, draft, discounts), account.now()));
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
    Ok(after(account, subscription, change, at, discounts))
}

/// The invoice of the next renewal.
pub fn renewal(account: &Account, subscription: &Value) -> Value {
    let past = items::period(subscription);
    let mut next = subscription.clone();
    cycle::into_period(&mut next, past.1);
    let draft = Draft {
        subscription: &next,
        reason: "upcoming",
        period: past,
        lines: cycle::lines_of_period(account, &next),
    };
    as_preview(draft.shape(account), past.1)
}

/// The invoice that a change leads to: its own, or the next renewal's with the change on it.
fn after(
    account: &Account,
    mut subscription: Value,
    change: Change,
    at: i64,
    discounts: Option<Vec<Wanted>>,
) -> Value {
    let past = items::period(&subscription);
    let mut lines = invoice_items::pending(account, text(&subscription, "id"));
    lines.extend(change.lines);
    items::set(&mut subscription, change.items);
    let (reason, period, created) = match change.bills_now {
        true => ("subscription_update", (at, at), at),
        false => ("upcoming", past, past.1),
    };
    if !change.bills_now {
        cycle::into_period(&mut subscription, past.1);
        let period = items::period(&subscription);
        let whole = items::of(&subscription);
        let whole = whole
            .iter()
            .map(|item| lines::whole(account, &subscription, item, period));
        lines.extend(whole);
    }
    let draft = Draft {
        subscription: &subscription,
        reason,
        period,
        lines,
    };
    as_preview(shaped(account, draft, discounts), created)
}

fn shaped(account: &Account, draft: Draft, discounts: Option<Vec<Wanted>>) -> Value {
    match discounts {
        None => draft.shape(account),
        Some(wanted) => draft.shape_with(account, &discounts::imagined(account, wanted)),
    }
}

fn alive(account: &Account, id: &str, customer: Option<&str>) -> Result<Value> {
    let subscription = account
        .store
        .find_for_param(subscriptions::KIND, id, "subscription")?;
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
    Ok(subscription)
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
