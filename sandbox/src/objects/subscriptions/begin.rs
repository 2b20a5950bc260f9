//! How a subscription begins.

use serde_json::Value;

use super::{items, method_of, save, shape, terms};
use crate::account::{Account, text};
use crate::calendar::{later, share};
use crate::errors::{ApiError, Result};
use crate::form::Params;
use crate::objects::invoices::lines::{self, Period};
use crate::objects::invoices::{self, Draft};
use crate::objects::{customers, discounts, prices, setup_intents};

const DAY_S: i64 = 24 * 60 * 60;
/// The gateway allows no longer trial.
const LONGEST_TRIAL_S: i64 = 2 * 366 * DAY_S;

/// When the first period begins to be paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Now,
    /// Free until then.
    Trial(i64),
    /// A part of a period first, so that later ones begin at that time.
    Anchored {
        at: i64,
        free: bool,
    },
}

pub fn create(account: &mut Account, mut params: Params) -> Result<Value> {
    let customer = params.required("customer")?;
    customers::named(account, &customer, "customer")?;
    let now = account.now();
    let mut subscription = shape::subscription(&customer, now);
    let behavior = params
        .choice(
            "payment_behavior",
            &["allow_incomplete", "default_incomplete"],
        )?
        .unwrap_or_else(|| "allow_incomplete".to_owned());
    let start = start(&mut params, now)?;
    let ends = params.flag("cancel_at_period_end")?.unwrap_or(false);
    let mode = params.nested("billing_mode")?;
    terms::apply(account, &mut subscription, &mut params)?;
    let discounts = discounts::wanted(account, &mut params, &customer)?;
    let rows = params
        .rows("items")?
        .ok_or_else(|| ApiError::missing_param("items"))?;
    params.finish()?;
    billing_mode(mode)?;
    let id = text(&subscription, "id").to_owned();
    let items = items::create(account, &id, rows)?;
    prices::keep(account, &items);
    set_out(&mut subscription, items, start, now)?;
    if behavior == "allow_incomplete" && start == Start::Now {
        must_have_method(account, &subscription)?;
    }
    discounts::apply(account, &mut subscription, discounts.unwrap_or_default());
    if ends {
        terms::cancel_at_period_end(account, &mut subscription, true);
    }
    account.store.put(subscription.clone());
    account.emit("customer.subscription.created", &subscription, None);
    let invoice = first_invoice(account, &subscription, start).create(account);
    subscription["latest_invoice"] = invoice["id"].clone();
    discounts::forget_used(account, &mut subscription);
    account.store.put(subscription.clone());
    account.retell(&subscription);
    save(account, &subscription);
    let invoice = invoices::finalize(account, invoice);
    let open = invoice["status"] == "open";
    if open && behavior == "allow_incomplete" {
        invoices::attempt(account, invoice);
    }
    if !open && behavior == "default_incomplete" {
        ask_for_card(account, &id);
    }
    account.store.find(super::KIND, &id)
}

/// Nothing is due yet. So that something can be charged later, the customer may leave a card now.
fn ask_for_card(account: &mut Account, id: &str) {
    let Some(mut subscription) = account.store.get(super::KIND, id).cloned() else {
        return;
    };
    if method_of(account, &subscription).is_none() {
        let intent = setup_intents::for_subscription(account, &subscription);
        subscription["pending_setup_intent"] = intent["id"].clone();
        save(account, &subscription);
    }
}

/// A subscription that somebody might begin now, with its first invoice. Nothing is written down.
pub fn imagined(account: &Account, customer: &str, rows: Vec<Params>) -> Result<Value> {
    let now = account.now();
    let mut subscription = shape::subscription(customer, now);
    let items = items::create(account, text(&subscription, "id"), rows)?;
    set_out(&mut subscription, items, Start::Now, now)?;
    Ok(subscription)
}

/// The first invoice of a subscription that begins now.
pub fn invoice_now<'a>(account: &Account, subscription: &'a Value) -> Draft<'a> {
    first_invoice(account, subscription, Start::Now)
}

/// The first invoice: whole periods, a part of one, or nothing while a trial lasts.
fn first_invoice<'a>(account: &Account, subscription: &'a Value, start: Start) -> Draft<'a> {
    let now = account.now();
    let (_, end) = items::period(subscription);
    let lines = items::of(subscription)
        .iter()
        .map(|item| match start {
            Start::Now => lines::whole(account, subscription, item, (now, end)),
            Start::Trial(_) => lines::trial(account, subscription, item, (now, end)),
            Start::Anchored { at, free } => {
                let whole = (later(at, -1, prices::interval(&item["price"])), at);
                let mut line = lines::whole(account, subscription, item, (now, at));
                let full = line["amount"].as_i64().unwrap_or(0);
                let part = match free {
                    true => 0,
                    false => share(full, at - now, whole.1 - whole.0),
                };
                line["amount"] = part.into();
                line
            }
        })
        .collect();
    Draft {
        subscription,
        reason: "subscription_create",
        period: (now, now),
        lines,
    }
}

/// Gives the items their first period, and the subscription its anchor.
fn set_out(subscription: &mut Value, mut items: Vec<Value>, start: Start, now: i64) -> Result<()> {
    let every = items::interval(&items);
    let (anchor, period): (i64, Period) = match start {
        Start::Now => (now, items::period_from(&items, now, now)),
        Start::Trial(end) => (end, (now, end)),
        Start::Anchored { at, .. } if at > later(now, 1, every) => {
            return Err(ApiError::invalid(
                "billing_cycle_anchor cannot be later than next natural billing date",
            )
            .param("billing_cycle_anchor"));
        }
        Start::Anchored { at, .. } => (at, (now, at)),
    };
    if let Start::Trial(end) = start {
        subscription["status"] = "trialing".into();
        subscription["trial_start"] = now.into();
        subscription["trial_end"] = end.into();
    }
    items::set_period(&mut items, period);
    subscription["billing_cycle_anchor"] = anchor.into();
    subscription["currency"] = items[0]["price"]["currency"].clone();
    items::set(subscription, items);
    Ok(())
}

fn start(params: &mut Params, now: i64) -> Result<Start> {
    let end = params.text("trial_end")?;
    let days = params.integer("trial_period_days")?;
    let anchor = params.integer("billing_cycle_anchor")?;
    let free = params
        .choice("proration_behavior", &["create_prorations", "none"])?
        .is_some_and(|behavior| behavior == "none");
    let trial_end = match (end.as_deref(), days) {
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid(
                "You may only specify one of these parameters: trial_end, trial_period_days.",
            ));
        }
        (None | Some("now"), None | Some(0)) => None,
        (None, Some(days)) => Some(now.saturating_add(days.saturating_mul(DAY_S))),
        (Some(at), _) => Some(
            at.parse()
                .map_err(|_| ApiError::not_an_integer("trial_end", at))?,
        ),
    };
    match (trial_end, anchor) {
        (Some(end), _) if end <= now || end > now.saturating_add(LONGEST_TRIAL_S) => Err(
            ApiError::invalid("The trial must end in the future, and within two years.").param(
                if days.is_some() {
                    "trial_period_days"
                } else {
                    "trial_end"
                },
            ),
        ),
        (Some(_), Some(_)) => Err(ApiError::invalid(
            "A billing_cycle_anchor beside a trial is not supported here.",
        )
        .param("billing_cycle_anchor")),
        (Some(end), None) => Ok(Start::Trial(end)),
        (None, Some(at)) if at <= now => Err(ApiError::invalid(
            "billing_cycle_anchor must be in the future.",
        )
        .param("billing_cycle_anchor")),
        (None, Some(at)) => Ok(Start::Anchored { at, free }),
        (None, None) => Ok(Start::Now),
    }
}

/// This version's only mode here; the older one is refused rather than imitated.
fn billing_mode(mode: Option<Params>) -> Result<()> {
    let Some(mut mode) = mode else {
        return Ok(());
    };
    mode.choice("type", &["flexible"])?;
    mode.any("flexible");
    mode.finish()
}

fn must_have_method(account: &mut Account, subscription: &Value) -> Result<()> {
    if method_of(account, subscription).is_some() {
        return Ok(());
    }
    Err(ApiError::invalid(
        "This customer has no attached payment source or default payment method. Please consider \
         adding a default payment method.",
    )
    .code("resource_missing"))
}
