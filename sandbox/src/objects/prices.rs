//! Prices: how much, in which currency, once or how often. A price's amount never changes.

use serde_json::{Value, json};

use super::products;
use super::terms::checked_currency;
use crate::account::{Account, text};
use crate::calendar::{Interval, Unit};
use crate::errors::{ApiError, Result};
use crate::form::{Params, merge_metadata};
use crate::lists::Page;
use crate::{ids, money};

pub const KIND: &str = "price";
/// Periods are at most three years long.
const LONGEST_IN_DAYS: i64 = 3 * 366;

pub fn create(account: &mut Account, mut params: Params) -> Result<Value> {
    let product = match (params.text("product")?, params.nested("product_data")?) {
        (Some(id), None) => {
            account
                .store
                .find_for_param(products::KIND, &id, "product")?;
            id
        }
        (None, Some(data)) => products::create_inline(account, data)?,
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid(
                "You may only specify one of these parameters: product, product_data.",
            ));
        }
        (None, None) => return Err(ApiError::missing_param("product")),
    };
    of_product(account, &product, params)
}

/// A price of a product that is already known, as `default_price_data` describes one too.
pub fn of_product(account: &mut Account, product: &str, mut params: Params) -> Result<Value> {
    let mut price = drafted(account, product, &mut params)?;
    if let Some(active) = params.flag("active")? {
        price["active"] = active.into();
    }
    apply(account, &mut price, &mut params)?;
    params.finish()?;
    account.store.put(price.clone());
    account.emit("price.created", &price, None);
    Ok(price)
}

/// A price that one subscription item describes for itself, as `price_data`. It is not for sale
/// otherwise, and not written down before it is used.
pub fn inline(account: &Account, mut params: Params) -> Result<Value> {
    let product = params.required("product")?;
    account
        .store
        .find_for_param(products::KIND, &product, "price_data[product]")?;
    inline_of(account, &product, params)
}

/// The same for a product that may be inline itself.
pub fn inline_of(account: &Account, product: &str, mut params: Params) -> Result<Value> {
    let mut price = drafted(account, product, &mut params)?;
    params.finish()?;
    price["active"] = false.into();
    Ok(price)
}

/// Writes down the prices that items brought with them.
pub fn keep(account: &mut Account, items: &[Value]) {
    for price in items.iter().map(|item| &item["price"]) {
        if account.store.any(text(price, "id")).is_none() {
            account.store.put(price.clone());
            account.emit("price.created", price, None);
        }
    }
}

pub fn retrieve(account: &Account, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    account.store.find(KIND, id)
}

pub fn update(account: &mut Account, id: &str, mut params: Params) -> Result<Value> {
    let mut price = account.store.find(KIND, id)?;
    if let Some(active) = params.flag("active")? {
        price["active"] = active.into();
    }
    apply(account, &mut price, &mut params)?;
    params.finish()?;
    account.store.put(price.clone());
    account.emit("price.updated", &price, None);
    Ok(price)
}

pub fn list(account: &Account, mut params: Params) -> Result<Value> {
    let page = Page::from(&mut params)?;
    let active = params.flag("active")?;
    let currency = params.text("currency")?;
    let product = params.text("product")?;
    let kind = params.choice("type", &["one_time", "recurring"])?;
    let keys = params.list("lookup_keys")?;
    let interval = match params.nested("recurring")? {
        None => None,
        Some(mut recurring) => {
            let interval = recurring.choice("interval", Unit::NAMES)?;
            recurring.finish()?;
            interval
        }
    };
    params.finish()?;
    let same = |wanted: &Option<String>, found: &Value| {
        wanted.as_ref().is_none_or(|wanted| *found == **wanted)
    };
    let prices = account.store.newest(KIND).filter(|price| {
        active.is_none_or(|active| price["active"] == active)
            && same(&currency, &price["currency"])
            && same(&product, &price["product"])
            && same(&kind, &price["type"])
            && same(&interval, &price["recurring"]["interval"])
            && keys
                .as_ref()
                .is_none_or(|keys| keys.iter().any(|key| price["lookup_key"] == **key))
    });
    page.cut("/v1/prices", prices)
}

/// How often a recurring price is charged.
pub fn interval(price: &Value) -> Interval {
    let recurring = &price["recurring"];
    Interval {
        unit: Unit::named(text(recurring, "interval")),
        count: recurring["interval_count"].as_i64().unwrap_or(1),
    }
}

/// What so many of it cost.
pub fn amount(price: &Value, quantity: i64) -> i64 {
    let each = price["unit_amount"].as_i64().unwrap_or(0);
    each.saturating_mul(quantity)
}

/// `$19.00 / month`, `$190.00 / 6 months`.
pub fn shown(price: &Value) -> String {
    let amount = money::shown(amount(price, 1), text(price, "currency"));
    let interval = text(&price["recurring"], "interval");
    match price["recurring"]["interval_count"].as_i64() {
        Some(1) => format!("{amount} / {interval}"),
        Some(count) => format!("{amount} / {count} {interval}s"),
        None => amount,
    }
}

/// The older view of a price, which a subscription's items still carry.
pub fn plan(price: &Value) -> Value {
    json!({
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "livemode": false,
        "metadata": price["metadata"],
        "meter": null,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": null,
        "transform_usage": null,
        "trial_period_days": null,
        "usage_type": "licensed",
    })
}

fn apply(account: &mut Account, price: &mut Value, params: &mut Params) -> Result<()> {
    if let Some(nickname) = params.change("nickname")? {
        price["nickname"] = nickname.into();
    }
    let transfer = params.flag("transfer_lookup_key")?.unwrap_or(false);
    if let Some(key) = params.change("lookup_key")? {
        if let Some(key) = &key {
            free_lookup_key(account, key, text(price, "id"), transfer)?;
        }
        price["lookup_key"] = key.into();
    }
    if let Some(metadata) = params.metadata()? {
        merge_metadata(price, metadata);
    }
    Ok(())
}

/// A lookup key leads to one price; another that has it gives it up when told to.
fn free_lookup_key(account: &mut Account, key: &str, price: &str, transfer: bool) -> Result<()> {
    let holder = account
        .store
        .newest(KIND)
        .find(|other| other["lookup_key"] == key && other["id"] != price);
    let Some(mut holder) = holder.cloned() else {
        return Ok(());
    };
    if !transfer {
        return Err(ApiError::invalid(format!(
            "A price (`{}`) already uses that lookup key.",
            text(&holder, "id")
        ))
        .code("resource_already_exists")
        .param("lookup_key"));
    }
    holder["lookup_key"] = Value::Null;
    account.store.put(holder.clone());
    account.emit("price.updated", &holder, None);
    Ok(())
}

fn drafted(account: &Account, product: &str, params: &mut Params) -> Result<Value> {
    let currency = checked_currency(params.required("currency")?)?;
    let amount = params
        .integer("unit_amount")?
        .ok_or_else(|| ApiError::missing_param(&params.full("unit_amount")))?;
    if !(0..=99_999_999).contains(&amount) {
        return Err(ApiError::invalid("Invalid non-negative integer")
            .code("parameter_invalid_integer")
            .param(&params.full("unit_amount")));
    }
    let tax = params.choice("tax_behavior", &["exclusive", "inclusive", "unspecified"])?;
    let recurring = match params.nested("recurring")? {
        None => Value::Null,
        Some(recurring) => checked_interval(recurring)?,
    };
    let kind = match recurring.is_null() {
        true => "one_time",
        false => "recurring",
    };
    Ok(json!({
        "id": ids::fresh("price"),
        "object": KIND,
        "active": true,
        "billing_scheme": "per_unit",
        "created": account.now(),
        "currency": currency,
        "custom_unit_amount": null,
        "livemode": false,
        "lookup_key": null,
        "metadata": {},
        "nickname": null,
        "product": product,
        "recurring": recurring,
        "tax_behavior": tax.as_deref().unwrap_or("unspecified"),
        "tiers_mode": null,
        "transform_quantity": null,
        "type": kind,
        "unit_amount": amount,
        "unit_amount_decimal": amount.to_string(),
    }))
}

fn checked_interval(mut recurring: Params) -> Result<Value> {
    let param = recurring.full("interval");
    let interval = recurring
        .choice("interval", Unit::NAMES)?
        .ok_or_else(|| ApiError::missing_param(&param))?;
    let count = recurring.integer("interval_count")?.unwrap_or(1);
    recurring.choice("usage_type", &["licensed"])?;
    let days = match Unit::named(&interval) {
        Unit::Day => 1,
        Unit::Week => 7,
        Unit::Month => 30,
        Unit::Year => 365,
    };
    if count < 1 || count.saturating_mul(days) > LONGEST_IN_DAYS {
        return Err(ApiError::invalid(
            "You can set at most three years as the interval of a price.",
        )
        .param(&recurring.full("interval_count")));
    }
    recurring.finish()?;
    Ok(json!({
        "interval": interval,
        "interval_count": count,
        "meter": null,
        "trial_period_days": null,
        "usage_type": "licensed",
    }))
}
