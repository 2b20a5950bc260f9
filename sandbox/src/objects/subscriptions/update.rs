//! Updating a subscription: another price, another method, or an end.

use serde_json::Value;

use super::change::{Change, Payment, Proration};
use super::{KIND, alive, cycle, items, save, terms};
use crate::account::{Account, text};
use crate::errors::{ApiError, Result};
use crate::form::Params;
use crate::objects::{discounts, prices};

pub const PRORATIONS: &[&str] = &["always_invoice", "create_prorations", "none"];
/// What may be said beside a change that happens only when it is paid.
const PENDING_WITH: &[&str] = &["items", "proration_behavior", "proration_date"];

pub fn update(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let before = alive(account, id)?;
    let payment = payment(&mut params)?;
    if payment == Payment::Before {
        only_what_can_wait(&params)?;
    }
    let proration = proration(&mut params)?;
    let at = proration_date(&mut params, &before, account.now())?;
    let anchor = params.choice("billing_cycle_anchor", &["now", "unchanged"])?;
    let trial_end = params.choice("trial_end", &["now"])?;
    let ends = params.flag("cancel_at_period_end")?;
    let mut subscription = before.clone();
    terms::apply(account, &mut subscription, &mut params)?;
    terms::cancellation_details(&mut subscription, &mut params)?;
    let discounts = discounts::wanted(account, &mut params, text(&before, "customer"))?;
    let rows = params.rows("items")?;
    params.finish()?;
    let restarts = anchor.as_deref() == Some("now");
    if (rows.is_some() || restarts) && before["status"] == "incomplete" {
        return Err(ApiError::state(
            "subscription_incomplete",
            "What a subscription pays for cannot be changed while its first invoice is unpaid.",
        ));
    }
    let items = match rows {
        Some(rows) => items::change(account, &before, rows)?,
        None => items::of(&before),
    };
    if let Some(ends) = ends.filter(|ends| before["cancel_at_period_end"] != *ends) {
        terms::cancel_at_period_end(account, &mut subscription, ends);
    }
    if let Some(discounts) = discounts {
        discounts::apply(account, &mut subscription, discounts);
    }
    if trial_end.is_some() && before["status"] == "trialing" {
        prices::keep(account, &items);
        items::set(&mut subscription, items);
        cycle::restart(account, subscription);
        return account.store.find(KIND, id);
    }
    if items == items::of(&before) && !restarts {
        save(account, &subscription);
        return Ok(subscription);
    }
    if !before["pending_update"].is_null() {
        super::standing::drop_pending_update(account, before.clone());
        subscription["pending_update"] = Value::Null;
    }
    prices::keep(account, &items);
    let change = Change::plan(account, &before, items, proration, at, restarts);
    change.carry_out(account, subscription, payment);
    account.store.find(KIND, id)
}

/// What becomes of the rest of the period, as updates and previews say it.
pub fn proration(params: &mut Params) -> Result<Proration> {
    let behavior = params.choice("proration_behavior", PRORATIONS)?;
    Ok(match behavior.as_deref() {
        Some("always_invoice") => Proration::InvoiceNow,
        Some("none") => Proration::None,
        _ => Proration::Create,
    })
}

/// The time from which a change counts: now, or another within the period.
pub fn proration_date(params: &mut Params, subscription: &Value, now: i64) -> Result<i64> {
    let param = params.full("proration_date");
    let Some(at) = params.integer("proration_date")? else {
        return Ok(now);
    };
    let (start, end) = items::period(subscription);
    if (start..=end).contains(&at) {
        return Ok(at);
    }
    Err(
        ApiError::invalid("The proration_date must be within the current billing period.")
            .param(&param),
    )
}

fn payment(params: &mut Params) -> Result<Payment> {
    const BEHAVIORS: &[&str] = &[
        "allow_incomplete",
        "default_incomplete",
        "pending_if_incomplete",
    ];
    let behavior = params.choice("payment_behavior", BEHAVIORS)?;
    Ok(match behavior.as_deref() {
        Some("default_incomplete") => Payment::ByCustomer,
        Some("pending_if_incomplete") => Payment::Before,
        _ => Payment::AtOnce,
    })
}

fn only_what_can_wait(params: &Params) -> Result<()> {
    let given = params.as_value();
    let names = given
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name);
    match names
        .into_iter()
        .find(|name| !PENDING_WITH.contains(&name.as_str()))
    {
        None => Ok(()),
        Some(name) => Err(ApiError::invalid(format!(
            "{name} cannot be updated together with payment_behavior=pending_if_incomplete."
        ))
        .param(name)),
    }
}
